import type { CodecName } from '../../domain/codec.ts';
import { IvrError } from '../../domain/error.ts';
import type { ControlAddress } from '../../drachtio/drachtio-srf.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { Logger } from '../../lib/logger.ts';
import { Scope } from '../../lib/scope.ts';
import { WorkerPool, type WorkerStatistics } from '../engine/worker-pool.ts';
import type { Endpoint, EndpointOptions, MediaServer, MediaStatistics, VoiceActivity } from '../media-server.ts';
import { sileroModelPath } from '../vad/silero-model.ts';
import { ControlConnections } from './control-connections.ts';
import { EndpointMaking, isFreeswitchLeg, type MakingParts } from './endpoint-making.ts';
import type { GivenOptions } from '../engine/media-protocol.ts';
import type { ForkWorkerOptions } from './fork-worker.ts';
import { type FreeswitchAddress, FreeswitchServer, type ServerStatistics } from './freeswitch-server.ts';
import { nodeIdentity } from './node-identity.ts';
import { OrphanSweep } from './orphan-sweep.ts';

/** FreeSWITCH's `uuid_setvar` and its `${}` in applications read these otherwise. */
const PLAIN = /^[A-Za-z0-9._~+/=@%:,-]{1,128}$/;

export interface FreeswitchMediaOptions {
  /** Event sockets. */
  readonly servers: readonly FreeswitchAddress[];
  /** Control connections of drachtio-server (or ours) that reach the FreeSWITCH servers. */
  readonly signalling: readonly ControlAddress[];
  /**
   * Where FreeSWITCH's event sockets of single channels come to: the first server's at `port`, each further server's one
   * port higher; 0: the system picks. `advertise`: the address that FreeSWITCH is told, when it is not `host`.
   */
  readonly listen: { readonly host: string; readonly port: number; readonly advertise?: string };
  /** The WebSocket servers of the media workers, one port each, and how FreeSWITCH reaches them. */
  readonly fork: {
    readonly host: string;
    /** Both ends included; 0 and 0: the system picks. */
    readonly ports: { readonly min: number; readonly max: number };
    readonly advertise?: string;
    /** Basic authentication. Letters, digits and `._~+/=@%:,-`, up to 128. */
    readonly user: string;
    readonly password: string;
  };
  /** FreeSWITCH's SIP profile; default drachtio_mrf. */
  readonly profile?: string;
  /** Names this node, the same across restarts and like no other's: how channels of a former life are known. Default: of host name and `listen`. */
  readonly node?: string;
  readonly workers: number;
  readonly rtpTimeoutMs: number;
  readonly voiceActivity: VoiceActivity;
  readonly inbandDtmf: boolean;
  /** The most wanted first. */
  readonly codecs: readonly CodecName[];
  readonly clock?: Clock;
}

export interface FreeswitchStatistics {
  readonly servers: readonly ServerStatistics[];
  /** Forks that broke in mid-call and were connected again. */
  readonly forksReattached: number;
  /** Channels that nobody owned any more. */
  readonly orphansKilled: number;
  /** Control connections that are up. */
  readonly controlConnections: number;
}

export interface FreeswitchMediaServer extends MediaServer {
  /** As they are now, in the order of the configuration. */
  readonly servers: readonly ServerStatistics[];
  statistics(): Promise<MediaStatistics & WorkerStatistics & FreeswitchStatistics>;
  /**
   * Whether a server gets no new calls; those that it has go on, and may get further legs there.
   *
   * @param host - `host:port` of its event socket
   * @returns false when there is no such server
   */
  drain(host: string, draining: boolean): boolean;
}

/**
 * Connects to the servers and starts the media workers.
 *
 * @throws IvrError CONFIG_INVALID; CONTROL_PROTOCOL without a control connection; MEDIA_SERVER_LOST when not one FreeSWITCH
 * is up (it says why of each); MEDIA_WORKER_LOST, MODEL_MISSING
 */
export async function openFreeswitchMediaServer(
  options: FreeswitchMediaOptions,
  logger: Logger,
): Promise<FreeswitchMediaServer> {
  checkOptions(options);
  if (options.voiceActivity === 'silero') sileroModelPath();
  const scope = new Scope((error) => logger.error({}, 'the media server could not release its resources', error));
  try {
    const clock = options.clock ?? systemClock;
    const control = new ControlConnections(logger);
    scope.defer(() => control.close());
    await control.start(options.signalling);
    const { listen, profile = 'drachtio_mrf', rtpTimeoutMs, voiceActivity, inbandDtmf, fork } = options;
    let onUp: (server: FreeswitchServer) => void = () => undefined;
    const servers = options.servers.map((address, index) => {
      const port = listen.port === 0 ? 0 : listen.port + index;
      return new FreeswitchServer(address, {
        control,
        place: { listen: { ...listen, port }, profile },
        clock,
        logger,
        onUp: (server) => onUp(server),
      });
    });
    scope.defer(() => Promise.all(servers.map((server) => server.close())));
    await Promise.all(servers.map((server) => server.start()));
    demandOne(servers);
    const { host, ports, user, password } = fork;
    const workerData: GivenOptions<ForkWorkerOptions> = {
      host,
      ports,
      user,
      password,
      rtpTimeoutMs,
      voiceActivity,
      inbandDtmf,
    };
    const pool = new WorkerPool(
      { entry: entryPoint(import.meta.url, './fork-worker.js'), workerData, workers: options.workers, clock },
      logger,
    );
    await pool.start();
    scope.defer(() => pool.close());
    const identity = nodeIdentity(options.node, listen);
    const sweep = new OrphanSweep(servers, identity.isOurs, { clock, logger });
    scope.defer(() => sweep.close());
    onUp = (server) => void sweep.sweep(server);
    for (const server of servers) if (server.state !== 'down') void sweep.sweep(server);
    return new Server({ options, clock, logger, scope, control, servers, pool, sweep, from: identity.from });
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

function checkOptions({ servers, signalling, fork, profile = '' }: FreeswitchMediaOptions): void {
  const wrong = (what: string): IvrError => new IvrError('CONFIG_INVALID', what);
  if (servers.length === 0) throw wrong('the FreeSWITCH front end needs at least one server');
  if (signalling.length === 0) throw wrong('the FreeSWITCH front end needs a control connection for its INVITEs');
  if (!PLAIN.test(fork.user) || !PLAIN.test(fork.password))
    throw wrong('user and password of the fork: 1 to 128 letters, digits and ._~+/=@%:,-');
  if (!/^[\w-]*$/.test(profile)) throw wrong('the SIP profile is a name of letters, digits, _ and -');
}

function demandOne(servers: readonly FreeswitchServer[]): void {
  if (servers.some(({ state }) => state !== 'down')) return;
  const each = servers.map(({ host, trouble }) => `${host}: ${trouble?.message ?? 'down'}`).join('; ');
  throw new IvrError('MEDIA_SERVER_LOST', `no FreeSWITCH is up (${each})`);
}

interface Parts extends MakingParts {
  readonly scope: Scope;
  readonly sweep: OrphanSweep;
}

class Server implements FreeswitchMediaServer {
  /** Its bridges join two; a conference there would take the audio forks' right channel, by which an agent is recorded. */
  readonly mixes = false;
  readonly #parts: Parts;
  #forksReattached = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async createEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<Endpoint> {
    const { pool } = this.#parts;
    const { near } = options;
    if (signal.aborted) throw new IvrError('CANCELLED', 'the endpoint is no longer needed');
    if (near !== undefined && !isFreeswitchLeg(near))
      throw new IvrError('INTERNAL', 'the near leg is on another media server');
    const worker = pool.workerFor(near);
    const making = new EndpointMaking(this.#parts, options, worker, near, () => this.#forksReattached++);
    return making.make(signal);
  }

  get servers(): readonly ServerStatistics[] {
    return this.#parts.servers.map((server) => server.statistics);
  }

  async statistics(): Promise<MediaStatistics & WorkerStatistics & FreeswitchStatistics> {
    const { pool, servers, sweep, control } = this.#parts;
    return {
      ...(await pool.statistics()),
      endpoints: pool.endpoints,
      // sessions: each has its port
      portsFree: servers.reduce((sum, server) => sum + server.sessionsFree, 0),
      servers: this.servers,
      forksReattached: this.#forksReattached,
      orphansKilled: sweep.killed,
      controlConnections: control.states.filter(Boolean).length,
    };
  }

  drain(host: string, draining: boolean): boolean {
    const server = this.#parts.servers.find((each) => each.host === host);
    if (server !== undefined) server.draining = draining;
    return server !== undefined;
  }

  connect(line: Parameters<MediaServer['connect']>[0]): void {
    this.#parts.pool.connect(line);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.scope.close();
  }
}
