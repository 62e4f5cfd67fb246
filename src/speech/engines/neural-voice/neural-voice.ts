import { IvrError } from '../../../domain/error.ts';
import { type Milliseconds, seconds } from '../../../domain/units.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Synthesizer } from '../../synthesizer.ts';
import { startVoiceChild } from './voice-child.ts';
import { VoicePool } from './voice-pool.ts';
import { DEFAULT_NEURAL_VOICE, NEURAL_VOICES, neuralVoice } from './voices.ts';

export interface NeuralVoiceOptions {
  /** Some 200 MB each; one makes about a minute of speech per second. */
  readonly processes?: number;
  /** For one clause. */
  readonly limit?: Milliseconds;
  /** The node_modules folder that has the weights; by default where Node finds them. */
  readonly modules?: string;
}

/** Of the weights, and of the rules by which we read and speak with them: raised when the same text comes to sound different. */
const VERSION = 'hibari 0.2.1/1';

/**
 * English by a small neural voice, offline, in processes of its own. Resolves when all have loaded it (about 1.5 s).
 *
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, SYNTHESIZER_UNREACHABLE, DEADLINE_EXCEEDED
 */
export async function openNeuralVoice(options: NeuralVoiceOptions, logger: Logger): Promise<Synthesizer> {
  const { processes = 1, limit = seconds(10), modules } = options;
  const pool = new VoicePool({ start: (signal) => startVoiceChild(modules, signal), processes, limit }, logger);
  await pool.open();
  return {
    name: 'neural-voice',
    version: VERSION,
    languages: ['en'],
    voices: NEURAL_VOICES,
    async speak(clause, { voice = DEFAULT_NEURAL_VOICE }, signal) {
      const speaker = neuralVoice(voice);
      if (speaker === undefined)
        throw new IvrError('SYNTHESIS_FAILED', `the neural voice has no speaker '${voice}'`, { voice });
      return pool.speak(clause, speaker, signal);
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
