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
  /** Seconds, for a dialplan's examples, in another process: what callers say is encoded meanwhile. @throws IvrError UNDERSTANDING_FAILED, CANCELLED */
  learn(examples: readonly ExampleSentence[], signal: AbortSignal): Promise<IntentModel>;
}

export interface IntentEngineOptions {
  /** The node_modules folder that has the weights; by default where Node finds them. */
  readonly modules?: string;
}

interface Limits {
  /** Of a process's own time, without a step. */
  readonly stall: Milliseconds;
  /** Bytes. */
  readonly memory: number;
}

/** A process loads 23 MB of weights and takes 130 MB; a sentence takes it milliseconds. */
const ENCODING: Limits = { stall: seconds(5), memory: 600_000_000 };
/** Ten thousand examples are learnt in two minutes, and the process ends then. */
const LEARNING: Limits = { stall: seconds(300), memory: Number.POSITIVE_INFINITY };
const CODES = { unreachable: 'UNDERSTANDING_FAILED', failed: 'UNDERSTANDING_FAILED' } as const;

/**
 * The sentence encoder in processes of its own: native code, whose crash must cost no call. A lost process is replaced.
 *
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, UNDERSTANDING_FAILED
 */
export async function openIntentEngine({ modules }: IntentEngineOptions, logger: Logger): Promise<IntentEngine> {
  const openPool = async (limits: Limits): Promise<EngineProcessPool<IntentRequest, IntentAnswer>> => {
    const pool = new EngineProcessPool<IntentRequest, IntentAnswer>(
      {
        name: 'intent classifier',
        entry: entryPoint(import.meta.url, './intent-process.js'),
        args: modules === undefined ? [] : [modules],
        processes: 1,
        jobsAtOnce: 1,
        attempts: 2,
        codes: CODES,
        ...limits,
      },
      logger,
    );
    await pool.open();
    return pool;
  };
  const encoding = await openPool(ENCODING);
  const unexpected = (): IvrError =>
    new IvrError('UNDERSTANDING_FAILED', 'the process of the intent classifier gave an unexpected answer');
  return {
    async encode(text, signal) {
      const answer = await encoding.run({ do: 'encode', text }, signal);
      if (answer.did !== 'encode') throw unexpected();
      return answer.sentence;
    },
    async learn(examples, signal) {
      await using learning = await openPool(LEARNING);
      const answer = await learning.run({ do: 'learn', examples }, signal);
      if (answer.did !== 'learn') throw unexpected();
      return answer.model;
    },
    [Symbol.asyncDispose]: () => encoding[Symbol.asyncDispose](),
  };
}
