import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, seconds } from '../../domain/units.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { Logger } from '../../lib/logger.ts';
import { EngineProcessPool } from '../../speech/processes/engine-process-pool.ts';
import type { EncodedSentence, IntentModel } from '../intent-model.ts';
import type { ExampleSentence, IntentAnswer, IntentRequest } from './intent-jobs.ts';

export interface IntentEngine extends AsyncDisposable {
  /** 1 to 3 ms of the process's time. @throws IvrError UNDERSTANDING_FAILED, CANCELLED */
  encode(text: string, signal: AbortSignal): Promise<EncodedSentence>;
  /** Seconds, for a dialplan's examples. @throws IvrError UNDERSTANDING_FAILED, CANCELLED */
  learn(examples: readonly ExampleSentence[], signal: AbortSignal): Promise<IntentModel>;
}

export interface IntentEngineOptions {
  /** The node_modules folder that has the weights; by default where Node finds them. */
  readonly modules?: string;
  /** Of the process's own time: ten thousand examples are learnt in two minutes. */
  readonly stall?: Milliseconds;
}

/** A process loads 23 MB of weights and takes 130 MB. */
const MEMORY = 600_000_000;
const CODES = { unreachable: 'UNDERSTANDING_FAILED', failed: 'UNDERSTANDING_FAILED' } as const;

/**
 * The sentence encoder in a process of its own: native code, whose crash must cost no call. A lost process is replaced.
 *
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, UNDERSTANDING_FAILED
 */
export async function openIntentEngine(
  { modules, stall = seconds(300) }: IntentEngineOptions,
  logger: Logger,
): Promise<IntentEngine> {
  const pool = new EngineProcessPool<IntentRequest, IntentAnswer>(
    {
      name: 'intent classifier',
      entry: entryPoint(import.meta.url, './intent-process.js'),
      args: modules === undefined ? [] : [modules],
      processes: 1,
      jobsAtOnce: 1,
      attempts: 2,
      stall,
      memory: MEMORY,
      codes: CODES,
    },
    logger,
  );
  await pool.open();
  const unexpected = (): IvrError =>
    new IvrError('UNDERSTANDING_FAILED', 'the process of the intent classifier answered something else');
  return {
    async encode(text, signal) {
      const answer = await pool.run({ do: 'encode', text }, signal);
      if (answer.did !== 'encode') throw unexpected();
      return answer.sentence;
    },
    async learn(examples, signal) {
      const answer = await pool.run({ do: 'learn', examples }, signal);
      if (answer.did !== 'learn') throw unexpected();
      return answer.model;
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
