import { Worker } from 'node:worker_threads';
import { dirname } from 'node:path';
import type { KeyStore } from '../archive/keys/key-store.ts';
import type { TransparencyLog } from '../archive/log/transparency-log.ts';
import type { ArchivePipeline, PipelineCounts } from '../archive/pipeline/archive-pipeline.ts';
import type { Config } from '../config/schema.ts';
import { asError, IvrError } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import { entryPoint } from '../lib/entry.ts';
import type { Logger } from '../lib/logger.ts';
import { Retries } from '../lib/retries.ts';
import { callsTo, fromFailure, serveCalls, type ThreadCalls } from '../lib/thread-calls.ts';
import type { SpoolKeys } from '../recording/spool/spool-keys.ts';
import type { WritePriority } from '../storage/write-priority.ts';
import { SIGNING_PURPOSE, SM2_PURPOSE } from './archive-signer.ts';
import { INDEX_HASH_PURPOSE } from './index-hash.ts';
import {
  type MainFunctions,
  PIPELINE_FUNCTIONS,
  type PipelineFunctions,
  type PipelineNotice,
  type PipelineThreadOptions,
} from './pipeline-messages.ts';

/** What is answered with keys of recordings: the thread has a copy then, and nobody here needs it. */
const ANSWERED_BY_KEYS: ReadonlySet<string> = new Set<keyof MainFunctions>([
  'createDataKey',
  'openDataKey',
  'keysAbove',
]);

/** All bytes in it become zeros. */
function wipeKeys(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) wipeKeys(one);
}

export interface ThreadParts {
  readonly keys: KeyStore;
  readonly log: TransparencyLog;
  readonly over: (contact: ContactId) => Promise<void>;
  /** Of the sealed folders that wait. */
  readonly sealedKeys: SpoolKeys;
  /** Of the database. */
  readonly priority: WritePriority;
}

const START_LIMIT = seconds(30);
/** The recording under way comes to its end; one that hangs with its store is gone on with by the next start. */
const CLOSE_LIMIT = seconds(10);
/** All deaths are one trouble. */
const THREAD = 'thread';
const NONE: PipelineCounts = { waiting: 0, failing: 0, archived: 0, unverified: 0 };

/**
 * The pipeline of the archive in a thread of its own, which is replaced when it dies: what it had under way lies on the disk.
 *
 * @throws IvrError what the thread could not open; DEADLINE_EXCEEDED
 */
export async function openPipelineThread(
  config: Config,
  parts: ThreadParts,
  clock: Pick<Clock, 'after'>,
  logger: Logger,
): Promise<ArchivePipeline> {
  let thread: PipelineThread | undefined;
  let closed = false;
  /** Threads that died or did not start, until one has archived something. */
  const deaths = new Retries<typeof THREAD>(clock);
  let starting: Promise<void> = Promise.resolve();
  /** Of threads that died. */
  let before = NONE;

  const start = async (): Promise<PipelineThread> => {
    const started = new PipelineThread(config, parts, logger, (error) => died(started, error));
    await started.ready;
    if (closed) {
      await started.close();
      throw new IvrError('CANCELLED', 'the archive was closed');
    }
    return (thread = started);
  };
  function died(dead: PipelineThread, error: Error): void {
    if (closed || dead !== thread) return;
    thread = undefined;
    const { archived, unverified } = dead.counts;
    before = { ...NONE, archived: before.archived + archived, unverified: before.unverified + unverified };
    logger.error({}, 'the thread that archives recordings died; another one is starting', error);
    if (archived > 0) deaths.done(THREAD);
    replaceSoon();
  }
  function replaceSoon(): void {
    deaths.failed(THREAD, 'INTERNAL', () => {
      starting = start().then(
        async ({ calls }) => {
          // its death is told by `died`
          await calls.functions
            .catchUp()
            .catch((thrown: unknown) =>
              logger.warn({}, 'recordings that wait for the archive could not be listed', asError(thrown)),
            );
        },
        (thrown: unknown) => {
          if (closed) return;
          logger.error({}, 'the thread that archives recordings could not be started', asError(thrown));
          replaceSoon();
        },
      );
    });
  }
  /** It archives, or has nothing to archive. */
  const isWell = (): boolean => thread !== undefined && (deaths.size === 0 || thread.counts.archived > 0);
  await start();

  return {
    async take({ recording, path }) {
      // without a thread the sealed folder waits for the next one
      await thread?.take(recording, dirname(path));
    },
    catchUp: () => thread?.calls.functions.catchUp() ?? Promise.resolve(0),
    async idle() {
      await thread?.calls.functions.idle();
    },
    counts() {
      const { waiting, failing, archived, unverified } = thread?.counts ?? NONE;
      return {
        waiting,
        failing: failing + (isWell() ? 0 : 1),
        archived: before.archived + archived,
        unverified: before.unverified + unverified,
      };
    },
    trouble: () => (isWell() ? thread?.trouble : 'INTERNAL'),
    async [Symbol.asyncDispose]() {
      closed = true;
      deaths[Symbol.dispose]();
      await starting;
      const last = thread;
      thread = undefined; // what is sealed from now on waits for the next start
      await last?.close();
    },
  };
}

class PipelineThread {
  readonly calls: ThreadCalls<PipelineFunctions>;
  readonly ready: Promise<void>;
  /** Code of what is wrong with one of its recordings; undefined: all is well. */
  trouble: string | undefined;
  readonly #worker: Worker;
  readonly #logger: Logger;
  #counts = NONE;
  /** Handed over, and not among its counts yet. */
  #taking = 0;

  constructor(
    config: Config,
    { keys, log, over, sealedKeys, priority }: ThreadParts,
    logger: Logger,
    onDeath: (error: Error) => void,
  ) {
    this.#logger = logger;
    const workerData: PipelineThreadOptions = {
      config,
      signingKey: keys.deriveKey(SIGNING_PURPOSE),
      sm2Key: config.archive.profile === 'national' ? keys.deriveKey(SM2_PURPOSE) : undefined,
      hashKey: keys.deriveKey(INDEX_HASH_PURPOSE),
      logHash: log.hash,
      sealedKeys,
      priority: priority.shared,
    };
    this.#worker = new Worker(entryPoint(import.meta.url, './pipeline-worker.js'), { workerData });
    wipeKeys([workerData.signingKey, workerData.sm2Key, workerData.hashKey]); // the thread has copies of its own
    this.calls = callsTo<PipelineFunctions>(this.#worker, PIPELINE_FUNCTIONS);
    const functions: MainFunctions = {
      createDataKey: (...given) => keys.createDataKey(...given),
      openDataKey: (...given) => keys.openDataKey(...given),
      keysAbove: (...given) => keys.keysAbove(...given),
      append: (leaf) => log.append(leaf),
      newest: (count) => log.newest(count),
      leaf: (index) => log.leaf(index),
      over,
    };
    serveCalls(this.#worker, functions, (name, value) => {
      if (ANSWERED_BY_KEYS.has(name)) wipeKeys(value);
    });
    const ready = new Promise<void>((resolve, reject) => {
      this.#worker.on('message', (notice: PipelineNotice) => {
        if (notice.type === 'ready') resolve();
        else if (notice.type === 'failed') reject(fromFailure(notice.failure));
        else if (notice.type === 'state' || notice.type === 'log') this.#take(notice);
      });
      const gone = (error: Error): void => {
        reject(error);
        this.calls.fail(new IvrError('INTERNAL', 'the thread that archives recordings died', {}, error));
        onDeath(error);
      };
      this.#worker.on('error', gone);
      this.#worker.on('exit', (code) => gone(new Error(`exit status ${code}`)));
    });
    this.ready = within(ready, START_LIMIT, 'the start of the thread that archives').catch(async (thrown: unknown) => {
      await this.#worker.terminate();
      throw thrown;
    });
  }

  get counts(): PipelineCounts {
    return { ...this.#counts, waiting: this.#counts.waiting + this.#taking };
  }

  async take(recording: RecordingId, source: string): Promise<void> {
    this.#taking += 1;
    try {
      await this.calls.functions.take(recording, source);
    } finally {
      this.#taking -= 1;
    }
  }

  async close(): Promise<void> {
    await within(this.calls.functions.close(), CLOSE_LIMIT, 'the end of the thread that archives').catch(
      (thrown: unknown) => this.#logger.warn({}, 'the next start continues what is being archived', asError(thrown)),
    );
    await this.#worker.terminate();
  }

  #take(notice: Extract<PipelineNotice, { readonly type: 'state' | 'log' }>): void {
    if (notice.type === 'state') {
      this.#counts = notice.counts;
      this.trouble = notice.trouble;
      return;
    }
    const { level, facts, message, failure } = notice;
    if (level === 'info') this.#logger.info(facts, message);
    else this.#logger[level](facts, message, failure === undefined ? undefined : fromFailure(failure));
  }
}
