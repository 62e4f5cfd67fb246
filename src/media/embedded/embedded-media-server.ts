import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { CodecName } from '../../domain/codec.ts';
import { IvrError, systemCode } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { Logger } from '../../lib/logger.ts';
import { isWebrtc } from '../../sdp/webrtc.ts';
import type { NatPolicy } from '../../rtp/media-source.ts';
import { familyOf } from '../../sdp/far-audio.ts';
import { offeredFamily } from '../../sdp/offered-family.ts';
import type { EndpointKey, GivenOptions } from '../engine/media-protocol.ts';
import { WorkerEndpoint } from '../engine/worker-endpoint.ts';
import type { WorkerHost } from '../engine/worker-host.ts';
import { WorkerPool, type WorkerStatistics } from '../engine/worker-pool.ts';
import type { Endpoint, EndpointOptions, MediaServer, MediaStatistics, VoiceActivity } from '../media-server.ts';
import { sileroModelPath } from '../vad/silero-model.ts';
import type { GatewayLeg, WebrtcGateway } from '../webrtc-gateway.ts';
import { EmbeddedEndpoint } from './embedded-endpoint.ts';
import type { EmbeddedWorkerOptions } from './media-worker-options.ts';
import { PortPool } from './port-pool.ts';
import { localSrtp, type SrtpOptions } from './local-srtp.ts';
import { WebrtcEndpoint } from './webrtc-endpoint.ts';

const DRAIN = ms(5_000);
/** Ports found busy in a row before we say that there is none. */
const BUSY_PORTS = 100;

export interface EmbeddedMediaOptions {
  /** Where RTP sockets are bound: at least one address; of IPv4 and IPv6 a leg has the one that its far end speaks. */
  readonly hosts: readonly string[];
  /** What SDP names instead (behind a NAT; needed for 0.0.0.0 and ::), by the same rule. */
  readonly advertise?: readonly string[];
  /** Both ends included; 0 and 0: the system picks. */
  readonly portRange: { readonly min: number; readonly max: number };
  readonly workers: number;
  readonly rtpTimeoutMs: number;
  /** The most wanted first. */
  readonly codecs: readonly CodecName[];
  readonly voiceActivity: VoiceActivity;
  /** Detects keys in the audio of far ends that have no telephone-event. */
  readonly inbandDtmf: boolean;
  /** Default: off. */
  readonly srtp?: SrtpOptions | undefined;
  /** Whose RTP may be taken besides that of the announced address and port. Default 'same-address'. */
  readonly nat?: NatPolicy;
  /** For far ends that are browsers; absent: they are refused. */
  readonly webrtc?: WebrtcGateway;
  readonly clock?: Clock;
}

export interface EmbeddedMediaServer extends MediaServer {
  statistics(): Promise<MediaStatistics & WorkerStatistics>;
  /** Whether an endpoint could be made now. */
  readonly ready: boolean;
}

/**
 * Starts the media workers.
 *
 * @throws IvrError MEDIA_WORKER_LOST when one does not start, MODEL_MISSING, CONFIG_INVALID when an address is not ours
 */
export async function openEmbeddedMediaServer(
  options: EmbeddedMediaOptions,
  logger: Logger,
): Promise<EmbeddedMediaServer> {
  if (options.voiceActivity === 'silero') sileroModelPath();
  for (const host of options.hosts) await tryAddress(host);
  const clock = options.clock ?? systemClock;
  const { rtpTimeoutMs, voiceActivity, inbandDtmf, nat = 'same-address' } = options;
  const workerData: GivenOptions<EmbeddedWorkerOptions> = { rtpTimeoutMs, voiceActivity, inbandDtmf, nat };
  const pool = new WorkerPool(
    { entry: entryPoint(import.meta.url, './media-worker.js'), workerData, workers: options.workers, clock },
    logger,
  );
  await pool.start();
  return new Server(options, pool, clock, logger);
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

/** What the far end speaks: by its session description, else by where its messages come from or ours go. */
function familyTowards({ remoteSdp, signalling, towards }: EndpointOptions): 'IP4' | 'IP6' | undefined {
  const offered = remoteSdp === undefined ? undefined : offeredFamily(remoteSdp);
  if (offered !== undefined) return offered;
  if (signalling !== undefined) return familyOf(signalling);
  return towards?.includes('[') ? 'IP6' : undefined;
}

const ofFamily = (hosts: readonly string[], family: 'IP4' | 'IP6' | undefined): string =>
  hosts.find((host) => family !== undefined && familyOf(host) === family) ?? hosts[0] ?? '127.0.0.1';

class Server implements EmbeddedMediaServer {
  readonly mixes = true;
  readonly #options: EmbeddedMediaOptions;
  readonly #pool: WorkerPool;
  readonly #ports: PortPool;
  readonly #logger: Logger;

  constructor(options: EmbeddedMediaOptions, pool: WorkerPool, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#pool = pool;
    this.#logger = logger;
    this.#ports = new PortPool(options.portRange, DRAIN, clock);
  }

  async createEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<Endpoint> {
    if (signal.aborted) throw new IvrError('CANCELLED', 'the endpoint is no longer needed');
    const { near } = options;
    if (near !== undefined && !(near instanceof WorkerEndpoint && near.adapter instanceof EmbeddedEndpoint))
      throw new IvrError('INTERNAL', 'the near leg is on another media server');
    const worker = this.#pool.workerFor(near);
    const key = this.#pool.nextKey();
    worker.endpoints++;
    const over: EndpointOptions = this.#isOverWebrtc(options) ? { ...options, awaitConsent: true } : options;
    let port: { readonly taken: number; readonly actual: number } | undefined;
    let gateway: GatewayLeg | undefined;
    try {
      const family = familyTowards(options);
      const bound = ofFamily(this.#options.hosts, family);
      port = await this.#open(key, worker, bound, over, signal);
      const { taken, actual } = port;
      if (over !== options) gateway = await this.#options.webrtc?.open({ host: bound, port: actual });
      const plain = await plainOf(options, gateway);
      if (signal.aborted) throw new IvrError('CANCELLED', 'the endpoint is no longer needed');
      const media = {
        host: ofFamily([...(this.#options.advertise ?? []), ...this.#options.hosts], family),
        port: actual,
        sessionId: String(randomInt(2 ** 47)),
        codecs: this.#options.codecs,
        // within this machine it is plain RTP
        srtp: gateway === undefined ? localSrtp(this.#options.srtp, options) : undefined,
      };
      const endpoint = new WorkerEndpoint(
        {
          key,
          leg: options.leg,
          worker,
          nextPlayback: this.#pool.nextPlayback,
          onReleased: () => this.#release(key, worker, taken),
        },
        (leg) =>
          gateway === undefined
            ? new EmbeddedEndpoint(leg, media, options)
            : new WebrtcEndpoint(leg, media, plain, gateway),
      );
      if (endpoint.adapter instanceof WebrtcEndpoint) await endpoint.adapter.describe();
      this.#pool.enter(key, endpoint);
      return endpoint;
    } catch (thrown) {
      await gateway?.close();
      worker.post({ type: 'close', endpoint: key });
      if (port === undefined) worker.endpoints--;
      else this.#release(key, worker, port.taken);
      throw thrown;
    }
  }

  #isOverWebrtc({ remoteSdp, overWebrtc = false }: EndpointOptions): boolean {
    if (this.#options.webrtc === undefined) return false;
    return remoteSdp === undefined ? overWebrtc : isWebrtc(remoteSdp);
  }

  get ready(): boolean {
    return this.#pool.alive && this.#ports.free > 0;
  }

  async statistics(): Promise<MediaStatistics & WorkerStatistics> {
    return {
      ...(await this.#pool.statistics()),
      endpoints: this.#pool.endpoints,
      portsFree: this.#ports.free,
    };
  }

  connect(line: Parameters<MediaServer['connect']>[0]): void {
    this.#pool.connect(line);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.close();
  }

  async #open(
    key: EndpointKey,
    worker: WorkerHost,
    host: string,
    options: EndpointOptions,
    signal: AbortSignal,
  ): Promise<{ readonly taken: number; readonly actual: number }> {
    const { record, listen, awaitConsent = false } = options;
    for (let busy = 0; busy < BUSY_PORTS; busy++) {
      const taken = this.#ports.take();
      try {
        const reply = await worker.ask(
          (request) => ({
            type: 'open',
            endpoint: key,
            request,
            audio: { from: 'rtp', host, port: taken, awaitConsent },
            record,
            listen,
          }),
          'opening a leg',
          signal,
        );
        if (reply.type === 'opened') return { taken, actual: reply.port };
        if (reply.type === 'refused' && reply.code !== 'PORT_IN_USE')
          throw new IvrError(reply.code, 'the media worker could not open a leg');
      } catch (thrown) {
        this.#ports.release(taken);
        throw thrown;
      }
      this.#ports.release(taken);
      this.#logger.warn({ port: taken }, 'another program uses a port of the RTP range');
    }
    throw new IvrError('MEDIA_PORTS_EXHAUSTED', 'other programs use the RTP port range', { tried: BUSY_PORTS });
  }

  #release(key: EndpointKey, worker: WorkerHost, port: number): void {
    this.#pool.leave(key);
    worker.endpoints--;
    this.#ports.release(port);
  }
}

/** What the far end offers, as it comes from the gateway. */
async function plainOf(options: EndpointOptions, gateway: GatewayLeg | undefined): Promise<EndpointOptions> {
  if (gateway === undefined || options.remoteSdp === undefined) return options;
  return { ...options, remoteSdp: await gateway.take(options.remoteSdp) };
}
