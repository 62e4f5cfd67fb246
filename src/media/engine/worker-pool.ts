import type { MessagePort } from 'node:worker_threads';
import { asError, IvrError } from '../../domain/error.ts';
import { type MonotonicMs, ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { PlaybackId } from '../media-server.ts';
import { latenessPercentile } from './lateness-histogram.ts';
import type { EndpointKey, MediaWorkerStatistics } from './media-protocol.ts';
import type { WorkerEndpoint } from './worker-endpoint.ts';
import { type Notice, WorkerHost } from './worker-host.ts';

const PER_MS = 8;
/** A worker that dies sooner than this after its start is replaced no faster. */
const SHORTEST_LIFE = ms(1_000);

export interface WorkerPoolOptions {
  /** The workers' entry file, and what they are given. */
  readonly entry: URL;
  readonly workerData: object;
  readonly workers: number;
  readonly clock: Clock;
}

/** Of all workers together. */
export interface WorkerStatistics {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly packetsDropped: number;
  /** Lateness of the playout tick since the last reading, ms. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  /** Media workers that died and were replaced. */
  readonly workersReplaced: number;
  /** Silence in the middle of playbacks, because speech was made slower than it was said. */
  readonly underrunMs: number;
  /** Audio that came too late for the recording. */
  readonly tapLateMs: number;
  /** Times that energy alone had to tell speech from silence. */
  readonly vadFallbacks: number;
}

interface Line {
  readonly to: 'speech' | 'recorder';
  readonly open: () => MessagePort;
}

/** The media workers of a media server: started, connected, chosen for new legs, replaced when one dies. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #logger: Logger;
  readonly #workers: WorkerHost[] = [];
  readonly #endpoints = new Map<EndpointKey, WorkerEndpoint>();
  /** The latest of each kind: a worker that starts later gets one of its own. */
  readonly #lines = new Map<Line['to'], Line>();
  #keys = 0;
  #playbacks = 0;
  #workersReplaced = 0;
  #closing: Promise<void> | undefined;
  readonly #cancelRestarts = new Set<() => void>();

  constructor(options: WorkerPoolOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  /** @throws IvrError MEDIA_WORKER_LOST when one does not start */
  async start(): Promise<void> {
    for (let i = 0; i < Math.max(1, this.#options.workers); i++) this.#startWorker();
    try {
      await Promise.all(this.#workers.map((worker) => worker.ready()));
    } catch (thrown) {
      await this.close();
      throw new IvrError('MEDIA_WORKER_LOST', 'a media worker did not start', {}, thrown);
    }
  }

  /** A worker could take a leg now. */
  get alive(): boolean {
    return this.#workers.some(({ alive }) => alive);
  }

  get endpoints(): number {
    return this.#endpoints.size;
  }

  readonly nextKey = (): EndpointKey => ++this.#keys as EndpointKey;
  readonly nextPlayback = (): PlaybackId => ++this.#playbacks as PlaybackId;

  /**
   * The worker for a new leg: that of the leg it is to be near, else the one with the fewest.
   *
   * @throws IvrError MEDIA_WORKER_LOST
   */
  workerFor(near: WorkerEndpoint | undefined): WorkerHost {
    if (near?.worker.alive === true) return near.worker;
    if (near === undefined) {
      let least: WorkerHost | undefined;
      for (const worker of this.#workers)
        if (worker.alive && (least === undefined || worker.endpoints < least.endpoints)) least = worker;
      if (least !== undefined && this.#closing === undefined) return least;
    }
    throw new IvrError('MEDIA_WORKER_LOST', 'no media worker is available for this leg');
  }

  /** What its worker has to say goes to this endpoint from now on. */
  enter(key: EndpointKey, endpoint: WorkerEndpoint): void {
    this.#endpoints.set(key, endpoint);
  }

  leave(key: EndpointKey): void {
    this.#endpoints.delete(key);
  }

  connect(line: Line): void {
    this.#lines.set(line.to, line);
    for (const worker of this.#workers) worker.connect(line.to, line.open());
  }

  async statistics(): Promise<WorkerStatistics> {
    const all: MediaWorkerStatistics[] = [];
    await Promise.all(
      this.#workers.map(async (worker) => {
        const reply = await worker
          .ask((request) => ({ type: 'statistics', request }), 'media statistics')
          .catch(() => undefined);
        if (reply?.type === 'statistics') all.push(reply.statistics);
      }),
    );
    const lateness = all.map((one) => one.lateness);
    const total = (count: (one: MediaWorkerStatistics) => number): number =>
      all.reduce((sum, one) => sum + count(one), 0);
    return {
      packetsReceived: total((one) => one.packetsReceived),
      packetsSent: total((one) => one.packetsSent),
      packetsLost: total((one) => one.packetsLost),
      packetsDropped: total((one) => one.packetsDropped),
      workersReplaced: this.#workersReplaced,
      underrunMs: total((one) => one.underrun) / PER_MS,
      tapLateMs: total((one) => one.tapLate) / PER_MS,
      vadFallbacks: total((one) => one.vadFallbacks),
      latenessP50Ms: latenessPercentile(lateness, 0.5),
      latenessP99Ms: latenessPercentile(lateness, 0.99),
    };
  }

  /** Closes every endpoint, then the workers. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    for (const cancel of this.#cancelRestarts) cancel();
    await Promise.all([...this.#endpoints.values()].map((endpoint) => endpoint.close()));
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #startWorker(): void {
    const { entry, workerData, clock } = this.#options;
    const startedAt = clock.now();
    const worker: WorkerHost = new WorkerHost(
      entry,
      workerData,
      (notice) => this.#onNotice(notice),
      (cause) => this.#onDeath(worker, cause, startedAt),
    );
    this.#workers.push(worker);
    for (const { to, open } of this.#lines.values())
      try {
        worker.connect(to, open());
      } catch (thrown) {
        // it is being replaced itself, and will be connected then
        this.#logger.warn({ to }, 'a media worker has no channel yet', asError(thrown));
      }
  }

  #onNotice(notice: Notice): void {
    if (notice.type === 'trouble')
      this.#logger.error({ code: notice.code, where: notice.where }, 'a media worker reported an error');
    else if (notice.type !== 'ready') this.#endpoints.get(notice.endpoint)?.take(notice);
  }

  #onDeath(worker: WorkerHost, cause: Error, startedAt: MonotonicMs): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    if (this.#closing !== undefined) return;
    this.#logger.error(
      { endpoints: worker.endpoints },
      'a media worker died; its legs are lost and another one is starting',
      asError(cause),
    );
    this.#workersReplaced++;
    const { clock } = this.#options;
    const pause = Math.max(0, SHORTEST_LIFE - (clock.now() - startedAt));
    const cancel = clock.after(ms(pause), () => {
      this.#cancelRestarts.delete(cancel);
      if (this.#closing === undefined) this.#startWorker();
    });
    this.#cancelRestarts.add(cancel);
    for (const endpoint of this.#endpoints.values()) if (endpoint.worker === worker) endpoint.fail('MEDIA_WORKER_LOST');
  }
}
