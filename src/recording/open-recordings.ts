import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { asError, IvrError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { type RecordingMs, seconds, type SharedMs } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { OpenedRecording } from './opened-recording.ts';
import type { RecorderNotices } from './recorder-notices.ts';
import { type RecorderWorkerOptions, STATISTICS, type ToRecorderWorker } from './recorder-protocol.ts';
import type { SegmentOwner } from './spool/segment-head.ts';
import type { FoundSegment } from './spool/spool-catalogue.ts';
import type { SpoolPlaces } from './spool/spool-source.ts';
import { WorkerRequests } from './worker-requests.ts';

const OPEN_LIMIT = seconds(5);
const END_LIMIT = seconds(10);
const RELEASE_LIMIT = seconds(60);
const REPLACE_AFTER = seconds(0.5);

/** The recordings of the calls under way, which a worker spools. One that takes a dead worker's place goes on with them. */
export class OpenRecordings implements AsyncDisposable {
  /** Told when lines are dead because the worker was replaced. */
  readonly channelListeners: (() => void)[] = [];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #notices: RecorderNotices;
  readonly #worker: WorkerRequests<ToRecorderWorker>;
  readonly #statistics = new Int32Array(
    new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * Object.keys(STATISTICS).length),
  );
  /** `deaths`: of recorders, before it was opened. */
  readonly #open = new Map<
    RecordingId,
    { readonly opened: OpenedRecording; readonly openedAt: SharedMs; readonly deaths: number }
  >();
  /** Told when another recorder has taken the place of one that died. */
  onReplaced: (deaths: number) => Promise<void> = () => Promise.resolve();
  #deaths = 0;
  #cancelReplacing = (): void => undefined;

  constructor(
    options: Omit<RecorderWorkerOptions, 'statistics' | 'owner'>,
    owner: Omit<SegmentOwner, 'writer'>,
    notices: RecorderNotices,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#notices = notices;
    this.#worker = new WorkerRequests<ToRecorderWorker>(
      'recorder-worker.js',
      (deaths) =>
        ({
          ...options,
          owner: { ...owner, writer: deaths },
          statistics: this.#statistics.buffer,
        }) satisfies RecorderWorkerOptions,
      notices.take,
      (error) => this.#onDeath(error),
      () => this.#resume(),
    );
  }

  get size(): number {
    return this.#open.size;
  }

  get oldestUnsyncedMs(): number {
    return Atomics.load(this.#statistics, STATISTICS.oldestUnsyncedMs);
  }

  /** @throws IvrError INTERNAL, DEADLINE_EXCEEDED */
  start(): Promise<void> {
    return this.#worker.start();
  }

  /** @param openedAt - sample 0, by the shared clock @throws IvrError RECORDINGS_UNWRITABLE, DISK_FULL */
  async open(opened: OpenedRecording, openedAt: SharedMs): Promise<void> {
    await this.#worker.ask<'open'>({ type: 'open', opened, openedAt, resumed: 0 }, OPEN_LIMIT);
    this.#open.set(opened.recording, { opened, openedAt, deaths: this.#deaths });
  }

  note(recording: RecordingId, at: RecordingMs, event: string, facts: Readonly<Record<string, unknown>>): void {
    this.#worker.post({ type: 'event', recording, at, event, facts });
  }

  /** @returns where its records lie; undefined: the recorder that knew died */
  async end(recording: RecordingId, at: RecordingMs): Promise<SpoolPlaces | undefined> {
    const before = this.#open.get(recording)?.deaths;
    this.#open.delete(recording);
    const places = await this.#worker.ask<'end'>({ type: 'end', recording, at }, END_LIMIT).catch(unlessGone);
    return before === this.#deaths ? places : undefined;
  }

  /** The spool needs to keep nothing of it any more. Durable when this resolves. */
  async release(recording: RecordingId): Promise<void> {
    await this.#worker.ask<'release'>({ type: 'release', recording }, RELEASE_LIMIT);
  }

  /** What an earlier process left goes as it is released. */
  async adopt(segments: readonly FoundSegment[]): Promise<void> {
    await this.#worker.ask<'adopt'>({ type: 'adopt', segments }, RELEASE_LIMIT);
  }

  openChannel(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.post({ type: 'channel', port: port2 }, [port2]);
    return port1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelReplacing();
    await this.#worker[Symbol.asyncDispose]();
  }

  #onDeath(error: Error): void {
    this.#logger.error({}, 'the recorder died; another one is starting', error);
    this.#deaths++;
    for (const recording of this.#open.keys()) this.#notices.tellTrouble(recording, 'INTERNAL');
    this.#cancelReplacing = this.#clock.after(REPLACE_AFTER, () => void this.#replace());
  }

  async #replace(): Promise<void> {
    try {
      await this.start();
    } catch (thrown) {
      this.#logger.error({}, 'the recorder could not be started', asError(thrown));
    }
  }

  /** The recorder that takes the place of a dead one goes on with what is open; what was on its way is lost, and listed. */
  #resume(): void {
    for (const [recording, { opened, openedAt }] of this.#open)
      this.#worker
        .ask<'open'>({ type: 'open', opened, openedAt, resumed: this.#deaths }, OPEN_LIMIT)
        .catch((thrown: unknown) =>
          this.#logger.error({ recording }, 'a recording cannot be continued', asError(thrown)),
        );
    for (const listener of this.channelListeners) listener();
    this.onReplaced(this.#deaths).catch((thrown: unknown) =>
      this.#logger.error({}, 'recordings that a dead recorder left stay until the next start', asError(thrown)),
    );
  }
}

/** A recording that the recorder does not know was given up for abandoned, or its recorder died: it is sealed as it is. */
function unlessGone(thrown: unknown): undefined {
  if (!(thrown instanceof IvrError && (thrown.code === 'RECORDING_NOT_FOUND' || thrown.code === 'INTERNAL')))
    throw thrown;
}
