import { IvrError } from '../../../domain/error.ts';
import { type Milliseconds, seconds } from '../../../domain/units.ts';
import { entryPoint } from '../../../lib/entry.ts';
import type { Logger } from '../../../lib/logger.ts';
import { EngineProcessPool } from '../../processes/engine-process-pool.ts';
import type { Synthesizer } from '../../synthesizer.ts';
import { NEURAL_VOICE } from './capabilities.ts';
import type { SpeakAnswer, SpeakRequest } from './voice-jobs.ts';
import { DEFAULT_NEURAL_VOICE, neuralVoice } from './voices.ts';

export interface NeuralVoiceOptions {
  /** Some 200 MB each; one makes about a minute of speech per second. */
  readonly processes?: number;
  /** For one clause, of the process's own time. */
  readonly limit?: Milliseconds;
  /** The node_modules folder that has the weights; by default where Node finds them. */
  readonly modules?: string;
}

/** Of the weights, and of the rules by which we read and speak with them: raised when the same text comes to sound different. */
const VERSION = 'hibari 0.2.1/1';
/** A clause of a process that was lost is spoken by the next. */
const ATTEMPTS = 2;
/** Twice what was measured (docs/performance.md, The voice). */
const MEMORY = 600_000_000;

/**
 * English by a small neural voice, offline, in processes of its own: of two texts that are made at the same time neither
 * waits for the other's end, as they are handed out by the clause. Resolves when all have loaded it (about 1.5 s).
 *
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, SYNTHESIZER_UNREACHABLE
 */
export async function openNeuralVoice(options: NeuralVoiceOptions, logger: Logger): Promise<Synthesizer> {
  const { processes = 1, limit = seconds(10), modules } = options;
  const pool = new EngineProcessPool<SpeakRequest, SpeakAnswer>(
    {
      name: 'voice',
      entry: entryPoint(import.meta.url, './voice-process.js'),
      args: modules === undefined ? [] : [modules],
      processes,
      jobsAtOnce: 1,
      attempts: ATTEMPTS,
      stall: limit,
      memory: MEMORY,
      codes: { unreachable: 'SYNTHESIZER_UNREACHABLE', failed: 'SYNTHESIS_FAILED' },
    },
    logger,
  );
  await pool.open();
  return {
    name: 'neural-voice',
    version: VERSION,
    capabilities: NEURAL_VOICE,
    async speak(clause, { voice = DEFAULT_NEURAL_VOICE }, signal) {
      const speaker = neuralVoice(voice);
      if (speaker === undefined)
        throw new IvrError('SYNTHESIS_FAILED', `the neural voice has no speaker '${voice}'`, { voice });
      return (await pool.run({ clause, voice: speaker }, signal)).slice();
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
