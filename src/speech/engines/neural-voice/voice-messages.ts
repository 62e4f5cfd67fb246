import type { ErrorCode } from '../../../domain/error.ts';
import type { NeuralVoice } from './voices.ts';

/* What goes over the channel between the speech worker and a voice process (structured clones, `serialization: 'advanced'`). */

export interface SpeakMessage {
  readonly job: number;
  readonly clause: string;
  readonly voice: NeuralVoice;
}

export type FromVoiceProcess =
  | { readonly type: 'ready' }
  | { readonly type: 'failed-to-start'; readonly code: ErrorCode; readonly message: string }
  /** 8 kHz mono 16-bit. */
  | { readonly type: 'spoken'; readonly job: number; readonly samples: Int16Array }
  | { readonly type: 'failed'; readonly job: number; readonly message: string };
