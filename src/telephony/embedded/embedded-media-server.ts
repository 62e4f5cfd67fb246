import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { asError, IvrError, systemCode } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { ms } from '../../domain/units.ts';
import { type Clock, sharedNow, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AudioCodec } from '../../sdp/far-audio.ts';
import { sileroModelPath } from '../../speech/vad/silero-model.ts';
import type { Endpoint, EndpointOptions, MediaServer, MediaStatistics, PlaybackId } from '../media-server.ts';
import { EmbeddedEndpoint } from './embedded-endpoint.ts';
import { latenessPercentile } from '../media/lateness-histogram.ts';
import type { EndpointKey, MediaWorkerOptions, MediaWorkerStatistics, TapOrigin } from '../media/media-protocol.ts';
import { PortPool } from './port-pool.ts';
import { type Notice, WorkerHost } from '../media/worker-host.ts';

const DRAIN = ms(5_000);
const PER_MS = 8;
/** Ports found busy in a row before we say that there is none. */
const BUSY_PORTS = 100;
/** A worker that dies sooner than this after its start is replaced no faster. */
const SHORTEST_LIFE = ms(1_000);
/** Origins of recordings are remembered for so many, which is more than live at once. */
const ORIGINS = 4096;

export interface EmbeddedMediaOptions {
  /** Where RTP sockets are bound. */
  readonly host: string;
  /** What SDP names instead (behind a NAT; needed when `host` is 0.0.0.0). */
  readonly advertise?: string;
  /** Both ends included; 0 and 0: the system picks. */
  readonly portRange: { readonly min: number; readonly max: number };
  readonly workers: number;
  readonly rtpTimeoutMs: number;
  /** The most wanted first. */
  readonly codecs: readonly AudioCodec[];
  readonly vad: boolean;
  /** Detects keys in the audio of far ends that have no telephone-event. */
  readonly inbandDtmf: boolean;
  readonly clock?: Clock;
}

export interface EmbeddedMediaStatistics extends MediaStatistics {
  /** Media workers that died and were replaced. */
  readonly workersReplaced: number;
  /** Silence in the middle of playbacks, because speech was made slower than it was said. */
  readonly underrunMs: number;
  /** Audio that came too late for the recording. */
  readonly tapLateMs: number;
  /** Times that energy alone had to tell speech from silence. */
  readonly vadFallbacks: number;
}

export interface EmbeddedMediaServer extends MediaServer {
  statistics(): Promise<EmbeddedMediaStatistics>;
}

interface Line {
  readonly to: 'speech' | 'recorder';
  readonly open: () => MessagePort;
}

interface OpenEndpoint {
  readonly endpoint: EmbeddedEndpoint;
  readonly worker: WorkerHost;
}

/**
 * Starts the media workers.
 *
 * @throws IvrError MEDIA_WORKER_LOST when one does not start, MODEL_MISSING, CONFIG_INVALID when `host` is not ours
 */
export async function openEmbeddedMediaServer(
  options: EmbeddedMediaOptions,
  logger: Logger,
): Promise<EmbeddedMediaServer> {
  if (options.vad) sileroModelPath();
  await tryAddress(options.host);
  const server = new Server(options, logger);
  try {
    await server.start();
  } catch (thrown) {
    await server.close();
    throw new IvrError('MEDIA_WORKER_LOST', 'a media worker did not start', {}, thrown);
  }
  return server;
}

/** An address that is not this machine's would be found out by the first caller only. */
async function tryAddress(host: string): Promise<void> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, host, resolve);
    });
  } catch (thrown) {
    throw new IvrError(
      'CONFIG_INVALID',
      `RTP cannot be received on ${host} (${systemCode(thrown) ?? 'unknown'}); set rtp.host to an address of this machine`,
      { host },
      thrown,
    );
  } finally {
    socket.close();
  }
}

class Server implements EmbeddedMediaServer {
  #workersReplaced = 0;
  readonly #options: EmbeddedMediaOptions;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #ports: PortPool;
  readonly #workers: WorkerHost[] = [];
  readonly #endpoints = new Map<EndpointKey, OpenEndpoint>();
  /** The latest of each kind: a worker that starts later gets one of its own. */
  readonly #lines = new Map<Line['to'], Line>();
  /** When each recording's first endpoint was made: sample 0 of all its tracks. */
  readonly #origins = new Map<RecordingId, number>();
  #keys = 0;
  #playbacks = 0;
  #closing: Promise<void> | undefined;
  #cancelRestart: (() => void)[] = [];

  constructor(options: EmbeddedMediaOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#clock = options.clock ?? systemClock;
    this.#ports = new PortPool(options.portRange, DRAIN, this.#clock);
  }

  async start(): Promise<void> {
    for (let i = 0; i < Math.max(1, this.#options.workers); i++) this.#startWorker();
    await Promise.all(this.#workers.map((worker) => worker.ready()));
  }

  async createEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<Endpoint> {
    if (signal.aborted) throw new IvrError('CANCELLED', 'the endpoint is no longer wanted');
    const worker = this.#place(options.near);
    const key = ++this.#keys as EndpointKey;
    worker.endpoints++;
    let port: { readonly taken: number; readonly actual: number } | undefined;
    try {
      port = await this.#open(key, worker, options, signal);
      if (signal.aborted) throw new IvrError('CANCELLED', 'the endpoint is no longer wanted');
      const { taken, actual } = port;
      const endpoint = new EmbeddedEndpoint(
        {
          key,
          leg: options.leg,
          worker,
          local: {
            host: this.#options.advertise ?? this.#options.host,
            port: actual,
            sessionId: String(randomInt(2 ** 47)),
            codecs: this.#options.codecs,
          },
          nextPlayback: () => ++this.#playbacks as PlaybackId,
          onReleased: () => this.#release(key, worker, taken),
        },
        options.remoteSdp,
      );
      this.#endpoints.set(key, { endpoint, worker });
      return endpoint;
    } catch (thrown) {
      worker.post({ type: 'close', endpoint: key });
      if (port === undefined) worker.endpoints--;
      else this.#release(key, worker, port.taken);
      throw thrown;
    }
  }

  async statistics(): Promise<EmbeddedMediaStatistics> {
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
      endpoints: this.#endpoints.size,
      portsFree: this.#ports.free,
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

  connect(line: Line): void {
    this.#lines.set(line.to, line);
    for (const worker of this.#workers) worker.connect(line.to, line.open());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const cancel of this.#cancelRestart) cancel();
    await Promise.all([...this.#endpoints.values()].map(({ endpoint }) => endpoint.close()));
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #place(near: Endpoint | undefined): WorkerHost {
    if (near instanceof EmbeddedEndpoint) {
      if (near.worker.alive) return near.worker;
    } else {
      let least: WorkerHost | undefined;
      for (const worker of this.#workers)
        if (worker.alive && (least === undefined || worker.endpoints < least.endpoints)) least = worker;
      if (least !== undefined && this.#closing === undefined) return least;
    }
    throw new IvrError('MEDIA_WORKER_LOST', 'no media worker can take this leg');
  }

  async #open(
    key: EndpointKey,
    worker: WorkerHost,
    options: EndpointOptions,
    signal: AbortSignal,
  ): Promise<{ readonly taken: number; readonly actual: number }> {
    const record = this.#origin(options);
    const { listen } = options;
    for (let busy = 0; busy < BUSY_PORTS; busy++) {
      const taken = this.#ports.take();
      try {
        const reply = await worker.ask(
          (request) => ({ type: 'open', endpoint: key, request, port: taken, record, listen }),
          'opening a leg',
          signal,
        );
        if (reply.type === 'opened') return { taken, actual: reply.port };
        if (reply.type === 'refused' && reply.code === 'INTERNAL')
          throw new IvrError('INTERNAL', 'the media worker could not open a leg');
      } catch (thrown) {
        this.#ports.release(taken);
        throw thrown;
      }
      this.#ports.release(taken);
      this.#logger.warn({ port: taken }, 'an RTP port of our range is in use by another program');
    }
    throw new IvrError('MEDIA_PORTS_EXHAUSTED', 'other programs hold the RTP port range', { tried: BUSY_PORTS });
  }

  #origin({ record }: EndpointOptions): TapOrigin | undefined {
    if (record === undefined) return undefined;
    const openedAt = this.#origins.get(record.recording) ?? sharedNow();
    this.#origins.delete(record.recording);
    this.#origins.set(record.recording, openedAt);
    const [oldest] = this.#origins.keys();
    if (this.#origins.size > ORIGINS && oldest !== undefined) this.#origins.delete(oldest);
    return { ...record, openedAt };
  }

  #release(key: EndpointKey, worker: WorkerHost, port: number): void {
    this.#endpoints.delete(key);
    worker.endpoints--;
    this.#ports.release(port);
  }

  #startWorker(): void {
    const { host, rtpTimeoutMs, vad, inbandDtmf } = this.#options;
    const options: MediaWorkerOptions = { host, rtpTimeoutMs, vad, inbandDtmf };
    const startedAt = this.#clock.now();
    const worker: WorkerHost = new WorkerHost(
      options,
      (notice) => this.#onNotice(notice),
      (cause) => this.#onDeath(worker, cause, startedAt),
    );
    this.#workers.push(worker);
    for (const { to, open } of this.#lines.values())
      try {
        worker.connect(to, open());
      } catch (thrown) {
        // it is being replaced itself, and will be connected then
        this.#logger.warn({ to }, 'no line for a media worker yet', asError(thrown));
      }
  }

  #onNotice(notice: Notice): void {
    if (notice.type === 'trouble')
      this.#logger.error({ code: notice.code, where: notice.where }, 'trouble in a media worker');
    else if (notice.type === 'closed') this.#endpoints.get(notice.endpoint)?.endpoint.released();
    else if (notice.type === 'event') this.#endpoints.get(notice.endpoint)?.endpoint.take(notice.event);
  }

  #onDeath(worker: WorkerHost, cause: Error, startedAt: number): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    if (this.#closing !== undefined) return;
    this.#logger.error(
      { endpoints: worker.endpoints },
      'a media worker died; its calls are lost, another one starts',
      asError(cause),
    );
    this.#workersReplaced++;
    const pause = Math.max(0, SHORTEST_LIFE - (this.#clock.now() - startedAt));
    const cancel = this.#clock.after(ms(pause), () => {
      if (this.#closing === undefined) this.#startWorker();
    });
    this.#cancelRestart = [cancel];
    for (const { endpoint, worker: place } of this.#endpoints.values())
      if (place === worker) endpoint.fail('MEDIA_WORKER_LOST');
  }
}
