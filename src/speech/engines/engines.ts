import type { RecognizerCapabilities, RecognizerName } from '../recognizer.ts';
import type { SynthesizerCapabilities, SynthesizerName } from '../synthesizer.ts';
import { ESPEAK } from './espeak/capabilities.ts';
import { NEURAL_VOICE } from './neural-voice/capabilities.ts';
import { RECORDINGS } from './recordings/capabilities.ts';
import { WHISPER } from './whisper/capabilities.ts';

/* What the engines of the configuration can do. Whoever asks, asks here, and nowhere by an engine's name. */

/** Nobody listens: callers use the keys. */
const DEAF: RecognizerCapabilities = { languages: [], rates: [], streaming: false, partials: false, hints: 'none' };

export const RECOGNIZERS: Readonly<Record<RecognizerName, RecognizerCapabilities>> = { whisper: WHISPER, none: DEAF };

export const SYNTHESIZERS: Readonly<Record<SynthesizerName, SynthesizerCapabilities>> = {
  'neural-voice': NEURAL_VOICE,
  'espeak-ng': ESPEAK,
  recordings: RECORDINGS,
};
