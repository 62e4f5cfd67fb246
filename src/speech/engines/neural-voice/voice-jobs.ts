import type { NeuralVoice } from './voices.ts';

/* What the speech worker asks a voice process, and what it answers. */

export interface SpeakRequest {
  readonly clause: string;
  readonly voice: NeuralVoice;
}

/** 8 kHz mono 16-bit. */
export type SpeakAnswer = Int16Array;
