import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { Logger } from '../../lib/logger.ts';
import { Scope } from '../../lib/scope.ts';
import type { AudioCodec } from '../../sdp/far-audio.ts';
import { sileroModelPath } from '../../speech/vad/silero-model.ts';
import type { EndpointKey } from '../media/media-protocol.ts';
import type { WorkerHost } from '../media/worker-host.ts';
import { WorkerPool, type WorkerStatistics } from '../media/worker-pool.ts';
import type { Endpoint, EndpointOptions, MediaServer, MediaStatistics } from '../media-server.ts';
import { type ControlAddress, ControlConnections } from './control-connections.ts';
import { type EndpointSurroundings, FreeswitchEndpoint } from './freeswitch-endpoint.ts';
import type { ForkWorkerOptions } from './fork-worker.ts';
import { type FreeswitchAddress, FreeswitchServer, type ServerStatistics } from './freeswitch-server.ts';
import type { LegChannel } from './leg-channel.ts';
import { narrowSdp } from './narrow-sdp.ts';
import { OrphanSweep } from './orphan-sweep.ts';

/** For one INVITE, and for the whole endpoint with every fail-over. */
const INVITE_LIMIT = ms(2_500);
const CREATE_LIMIT = 8_000;
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
  readonly vad: boolean;
  readonly inbandDtmf: boolean;
  /** The most wanted first. */
  readonly codecs: readonly AudioCodec[];
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
  if (options.vad) sileroModelPath();
  const scope = new Scope((error) => logger.error({}, 'the media server did not clean up', error));
  try {
    const clock = options.clock ?? systemClock;
    const control = new ControlConnections(logger);
    scope.defer(() => control.close());
    await control.start(options.signalling);
    const { listen, profile = 'drachtio_mrf', rtpTimeoutMs, vad, inbandDtmf, fork } = options;
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
    const workerData: ForkWorkerOptions = { host, ports, user, password, rtpTimeoutMs, vad, inbandDtmf };
    const pool = new WorkerPool(
      { entry: entryPoint(import.meta.url, './fork-worker.js'), workerData, workers: options.workers, clock },
      logger,
    );
    await pool.start();
    scope.defer(() => pool.close());
    const identity = identityOf(options);
    const sweep = new OrphanSweep(servers, identity.isOurs, { clock, logger });
    scope.defer(() => sweep.close());
    onUp = (server) => void sweep.sweep(server);
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

/** How our channels are known: who calls is this node, in this life of it. */
function identityOf({ node, listen }: FreeswitchMediaOptions): {
  readonly from: string;
  readonly isOurs: (from: string) => boolean;
} {
  const name = node ?? (listen.port === 0 ? randomUUID() : `${hostname()} ${listen.host} ${listen.port}`);
  const prefix = `tellerline-${createHash('sha256').update(name).digest('hex').slice(0, 12)}-`;
  return { from: prefix + randomBytes(4).toString('hex'), isOurs: (from) => from.startsWith(prefix) };
}

interface Parts {
  readonly options: FreeswitchMediaOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  readonly control: ControlConnections;
  readonly servers: readonly FreeswitchServer[];
  readonly pool: WorkerPool;
  readonly sweep: OrphanSweep;
  readonly from: string;
}

class Server implements FreeswitchMediaServer {
  readonly #parts: Parts;
  #forksReattached = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async createEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<Endpoint> {
    const { pool } = this.#parts;
    const { near } = options;
    if (signal.aborted) throw cancelled();
    if (near !== undefined && !(near instanceof FreeswitchEndpoint))
      throw new IvrError('INTERNAL', 'a leg of another media server cannot be near');
    const worker = pool.place(near);
    const making = new EndpointMaking(this.#parts, options, worker, near, () => this.#forksReattached++);
    return making.make(signal);
  }

  async statistics(): Promise<MediaStatistics & WorkerStatistics & FreeswitchStatistics> {
    const { pool, servers, sweep, control } = this.#parts;
    return {
      ...(await pool.statistics()),
      endpoints: pool.endpoints,
      // sessions: each has its port
      portsFree: servers.reduce((sum, server) => sum + server.sessionsFree, 0),
      servers: servers.map((server) => server.statistics),
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

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the endpoint is no longer wanted');

/** One endpoint on its way: a channel on one server or, when that will not do, on another; a leg in a worker; a fork. */
class EndpointMaking {
  readonly #parts: Parts;
  readonly #options: EndpointOptions;
  readonly #worker: WorkerHost;
  readonly #near: FreeswitchEndpoint | undefined;
  readonly #onReattached: () => void;
  readonly #tried = new Set<FreeswitchServer>();
  readonly #key: EndpointKey;
  readonly #until: number;
  #server: FreeswitchServer | undefined;
  #endpoint: FreeswitchEndpoint | undefined;
  #lastTrouble: unknown;

  constructor(
    parts: Parts,
    options: EndpointOptions,
    worker: WorkerHost,
    near: FreeswitchEndpoint | undefined,
    onReattached: () => void,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#worker = worker;
    this.#near = near;
    this.#onReattached = onReattached;
    this.#key = parts.pool.nextKey();
    this.#until = parts.clock.now() + CREATE_LIMIT;
  }

  async make(signal: AbortSignal): Promise<FreeswitchEndpoint> {
    const { remoteSdp } = this.#options;
    const narrow = remoteSdp === undefined ? undefined : narrowSdp(remoteSdp, this.#parts.options.codecs);
    this.#worker.endpoints++;
    const opening = this.#openLeg(signal);
    opening.catch(() => undefined);
    let channel: LegChannel | undefined;
    try {
      for (;;) {
        channel = await this.#channel(narrow, signal);
        const port = await opening;
        if (signal.aborted) throw cancelled();
        const endpoint = this.#place(channel, port);
        channel = undefined;
        if (await this.#ready(endpoint, signal)) return endpoint;
      }
    } catch (thrown) {
      void channel?.hangUp();
      this.#abandon();
      throw thrown;
    }
  }

  async #openLeg(signal: AbortSignal): Promise<number> {
    const { listen } = this.#options;
    const record = this.#parts.pool.origin(this.#options);
    const reply = await this.#worker.ask(
      (request) => ({ type: 'open', endpoint: this.#key, request, audio: { from: 'fork' }, record, listen }),
      'opening a leg',
      signal,
    );
    if (reply.type === 'opened') return reply.port;
    throw new IvrError('INTERNAL', 'the media worker could not open a leg');
  }

  /** On the best server that has not been tried. @throws IvrError MEDIA_SERVER_LOST, NO_COMMON_CODEC, CANCELLED */
  async #channel(remoteSdp: string | undefined, signal: AbortSignal): Promise<LegChannel> {
    const { clock, logger, control, from } = this.#parts;
    for (;;) {
      const server = this.#choose();
      const left = this.#until - clock.now();
      if (server === undefined || left <= 0 || !control.up) throw this.#nowhere(left);
      this.#leaveServer();
      this.#server = server;
      server.legs++;
      this.#tried.add(server);
      try {
        const limit = ms(Math.min(INVITE_LIMIT, left));
        return await server.createChannel({ endpoint: randomUUID(), remoteSdp, from, limit, signal });
      } catch (thrown) {
        if (!(thrown instanceof IvrError) || thrown.code !== 'MEDIA_SERVER_LOST') throw thrown;
        this.#lastTrouble = thrown;
        logger.warn({ host: server.host, leg: this.#options.leg, because: thrown.message }, 'no leg on a FreeSWITCH');
      }
    }
  }

  #choose(): FreeswitchServer | undefined {
    const usable = (server: FreeswitchServer): boolean => server.state !== 'down' && !this.#tried.has(server);
    const { servers } = this.#parts;
    if (this.#near !== undefined) {
      const { channel } = this.#near;
      return servers.find((server) => server === channel.server && usable(server));
    }
    const cost = (server: FreeswitchServer): number =>
      (server.legs + 1) / server.weight + (server.state === 'refusing' ? Number.MAX_SAFE_INTEGER : 0);
    return servers
      .filter((server) => usable(server) && !server.draining && server.weight > 0)
      .reduce<FreeswitchServer | undefined>(
        (best, server) => (best === undefined || cost(server) < cost(best) ? server : best),
        undefined,
      );
  }

  #place(channel: LegChannel, port: number): FreeswitchEndpoint {
    const { remoteSdp } = this.#options;
    if (this.#endpoint !== undefined) {
      this.#endpoint.replace(channel, remoteSdp);
      return this.#endpoint;
    }
    try {
      this.#endpoint = new FreeswitchEndpoint(
        {
          key: this.#key,
          leg: this.#options.leg,
          worker: this.#worker,
          nextPlayback: this.#parts.pool.nextPlayback,
          onReleased: () => this.#release(),
        },
        channel,
        remoteSdp,
        this.#surroundings(port),
      );
    } catch (thrown) {
      void channel.hangUp();
      throw thrown;
    }
    this.#parts.pool.enter(this.#key, this.#endpoint);
    this.#endpoint.begin();
    return this.#endpoint;
  }

  /** False: its fork does not come up there, and there may be another server. */
  async #ready(endpoint: FreeswitchEndpoint, signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#parts;
    if (this.#near !== undefined && !this.#options.listen) return true;
    try {
      await endpoint.attach(signal);
      if (signal.aborted) throw cancelled();
      return true;
    } catch (thrown) {
      if (signal.aborted) throw cancelled();
      this.#lastTrouble = thrown;
      logger.warn({ leg: endpoint.leg, host: this.#server?.host ?? '', because: asError(thrown).message }, 'no fork');
      if (this.#choose() === undefined || clock.now() >= this.#until || !this.#worker.alive)
        throw new IvrError(
          'MEDIA_SERVER_LOST',
          `FreeSWITCH does not connect its fork: ${asError(thrown).message}`,
          {},
          thrown,
        );
      await endpoint.channel.hangUp();
      return false;
    }
  }

  #surroundings(port: number): EndpointSurroundings {
    const { options, clock, logger } = this.#parts;
    const { fork, rtpTimeoutMs, codecs } = options;
    const host = fork.advertise ?? fork.host;
    return {
      codecs,
      rtpTimeoutMs,
      forkUrl: (token) => `ws://${host}:${port}/fork/${token}`,
      variables: {
        MOD_AUDIO_BASIC_AUTH_USERNAME: fork.user,
        MOD_AUDIO_BASIC_AUTH_PASSWORD: fork.password,
        hangup_after_bridge: 'false',
        park_after_bridge: 'true',
      },
      clock,
      logger,
      onReattached: this.#onReattached,
    };
  }

  #nowhere(left: number): IvrError {
    const { control, servers } = this.#parts;
    const because = !control.up
      ? 'no connection to a SIP server'
      : left <= 0
        ? 'it takes too long'
        : this.#lastTrouble === undefined
          ? servers.map(({ host, state, draining }) => `${host} ${draining ? 'draining' : state}`).join(', ')
          : asError(this.#lastTrouble).message;
    return new IvrError('MEDIA_SERVER_LOST', `no FreeSWITCH takes this leg: ${because}`, {}, this.#lastTrouble);
  }

  #abandon(): void {
    if (this.#endpoint !== undefined) return void this.#endpoint.close();
    this.#worker.post({ type: 'close', endpoint: this.#key });
    this.#release();
  }

  #release(): void {
    this.#parts.pool.leave(this.#key);
    this.#worker.endpoints--;
    this.#leaveServer();
  }

  #leaveServer(): void {
    if (this.#server !== undefined) this.#server.legs--;
    this.#server = undefined;
  }
}
