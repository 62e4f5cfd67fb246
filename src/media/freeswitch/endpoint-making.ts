import { randomUUID } from 'node:crypto';
import type { CodecName } from '../../domain/codec.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { type MonotonicMs, ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EndpointKey } from '../engine/media-protocol.ts';
import { WorkerEndpoint } from '../engine/worker-endpoint.ts';
import type { WorkerHost } from '../engine/worker-host.ts';
import type { WorkerPool } from '../engine/worker-pool.ts';
import type { Endpoint, EndpointOptions } from '../media-server.ts';
import type { ControlConnections } from './control-connections.ts';
import { type EndpointSurroundings, FreeswitchEndpoint } from './freeswitch-endpoint.ts';
import type { FreeswitchServer } from './freeswitch-server.ts';
import type { LegChannel } from './leg-channel.ts';
import { narrowSdp } from './narrow-sdp.ts';

/** For one INVITE, and for the whole endpoint with every fail-over. */
const INVITE_LIMIT = ms(2_500);
const CREATE_LIMIT = 8_000;

/** What endpoints are made of. */
export interface MakingParts {
  readonly options: {
    readonly fork: {
      readonly host: string;
      readonly advertise?: string;
      readonly user: string;
      readonly password: string;
    };
    readonly rtpTimeoutMs: number;
    readonly codecs: readonly CodecName[];
  };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly control: ControlConnections;
  readonly servers: readonly FreeswitchServer[];
  readonly pool: WorkerPool;
  /** The caller that FreeSWITCH sees. */
  readonly from: string;
}

/** An endpoint of this media server. */
export type FreeswitchLeg = WorkerEndpoint<FreeswitchEndpoint>;
export const isFreeswitchLeg = (endpoint: Endpoint): endpoint is FreeswitchLeg =>
  endpoint instanceof WorkerEndpoint && endpoint.adapter instanceof FreeswitchEndpoint;

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the endpoint is no longer needed');

/** One endpoint on its way: a channel on one server or, when that will not do, on another; a leg in a worker; a fork. */
export class EndpointMaking {
  readonly #parts: MakingParts;
  readonly #options: EndpointOptions;
  readonly #worker: WorkerHost;
  readonly #near: FreeswitchLeg | undefined;
  readonly #onReattached: () => void;
  readonly #tried = new Set<FreeswitchServer>();
  readonly #key: EndpointKey;
  readonly #until: MonotonicMs;
  #server: FreeswitchServer | undefined;
  #endpoint: FreeswitchLeg | undefined;
  #lastTrouble: unknown;

  constructor(
    parts: MakingParts,
    options: EndpointOptions,
    worker: WorkerHost,
    near: FreeswitchLeg | undefined,
    onReattached: () => void,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#worker = worker;
    this.#near = near;
    this.#onReattached = onReattached;
    this.#key = parts.pool.nextKey();
    this.#until = ms(parts.clock.now() + CREATE_LIMIT);
  }

  async make(signal: AbortSignal): Promise<FreeswitchLeg> {
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
        if (!(await this.#ready(endpoint, signal))) continue;
        endpoint.adapter.made();
        return endpoint;
      }
    } catch (thrown) {
      void channel?.hangUp();
      this.#abandon();
      throw thrown;
    }
  }

  async #openLeg(signal: AbortSignal): Promise<number> {
    const { listen, record } = this.#options;
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
        logger.warn(
          { host: server.host, leg: this.#options.leg, because: thrown.message },
          'a FreeSWITCH did not create a leg',
        );
      }
    }
  }

  #choose(): FreeswitchServer | undefined {
    const usable = (server: FreeswitchServer): boolean => server.state !== 'down' && !this.#tried.has(server);
    const { servers } = this.#parts;
    if (this.#near !== undefined) {
      const { channel } = this.#near.adapter;
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

  #place(channel: LegChannel, port: number): FreeswitchLeg {
    const { remoteSdp } = this.#options;
    if (this.#endpoint !== undefined) {
      this.#endpoint.adapter.replace(channel, remoteSdp);
      return this.#endpoint;
    }
    try {
      const surroundings = this.#surroundings(port);
      this.#endpoint = new WorkerEndpoint(
        {
          key: this.#key,
          leg: this.#options.leg,
          worker: this.#worker,
          nextPlayback: this.#parts.pool.nextPlayback,
          onReleased: () => this.#release(),
        },
        (leg) => new FreeswitchEndpoint(leg, channel, remoteSdp, surroundings),
      );
    } catch (thrown) {
      void channel.hangUp();
      throw thrown;
    }
    this.#parts.pool.enter(this.#key, this.#endpoint);
    this.#endpoint.adapter.begin();
    return this.#endpoint;
  }

  /** False: its fork does not come up there, and there may be another server. */
  async #ready(endpoint: FreeswitchLeg, signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#parts;
    if (this.#near !== undefined && !this.#options.listen) return true;
    try {
      await endpoint.adapter.attach(signal);
      if (signal.aborted) throw cancelled();
      return true;
    } catch (thrown) {
      if (signal.aborted) throw cancelled();
      this.#lastTrouble = thrown;
      logger.warn({ leg: endpoint.leg, host: this.#server?.host ?? '', because: asError(thrown).message }, 'no fork');
      if (this.#choose() === undefined || clock.now() >= this.#until || !this.#worker.alive)
        throw new IvrError(
          'MEDIA_SERVER_LOST',
          `FreeSWITCH does not connect its audio fork: ${asError(thrown).message}`,
          {},
          thrown,
        );
      await endpoint.adapter.channel.hangUp();
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
      variables: { MOD_AUDIO_BASIC_AUTH_USERNAME: fork.user, MOD_AUDIO_BASIC_AUTH_PASSWORD: fork.password },
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
    return new IvrError('MEDIA_SERVER_LOST', `no FreeSWITCH accepts this leg: ${because}`, {}, this.#lastTrouble);
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
