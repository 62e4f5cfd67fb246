import type { SynthesizerCapabilities } from '../../synthesizer.ts';
import { NEURAL_VOICES } from './voices.ts';

/** A clause is spoken when all of it is known. */
export const NEURAL_VOICE: SynthesizerCapabilities = {
  languages: ['en'],
  voices: NEURAL_VOICES,
  rates: [8000],
  streaming: false,
};
