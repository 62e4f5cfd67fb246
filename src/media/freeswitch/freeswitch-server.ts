import type { Socket } from 'node:net';
import { asError, IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import type { Logger } from '../../lib/logger.ts';
import { type ControlConnections, ENDPOINT_HEADER } from './control-connections.ts';
import {
  type FsmrfEndpoint,
  type FsmrfMediaServer,
  type MediaServerPlace,
  newFsmrfMediaServer,
} from './drachtio-fsmrf.ts';
import { EventSocket, type EventSocketAddress } from './event-socket.ts';
import { guardListener } from './guard-listener.ts';
import { type ChannelServer, LegChannel } from './leg-channel.ts';
import { tryListening } from './try-listening.ts';

const CONNECT_LIMIT = ms(3_000);
const READY_LIMIT = ms(1_500);
const API_LIMIT = ms(2_000);
const SHORTEST_RETRY = 250;
const LONGEST_RETRY = 2_000;

export interface FreeswitchAddress extends EventSocketAddress {
  /** Legs relative to those of the others; default 1. */
  readonly weight?: number;
}

/** 'refusing': up, but it takes no calls (it is full, paused, or shuts down); tried last until its next probe. */
export type ServerState = 'up' | 'refusing' | 'down';

export interface ServerStatistics {
  /** `host:port` of the event socket. */
  readonly host: string;
  readonly state: ServerState;
  readonly legs: number;
  readonly weight: number;
  readonly draining: boolean;
}

export interface LegRequest {
  /** In ENDPOINT_HEADER. */
  readonly endpoint: string;
  /** Undefined: FreeSWITCH makes the offer. */
  readonly remoteSdp: string | undefined;
  /** Whose channel it is: comes back in `show channels`. */
  readonly from: string;
  readonly limit: Milliseconds;
  readonly signal: AbortSignal;
}

export interface ServerSurroundings {
  readonly control: ControlConnections;
  readonly place: MediaServerPlace;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A connection is up, the first or another one. */
  readonly onUp: (server: FreeswitchServer) => void;
}

/** One FreeSWITCH: connected and connected again for ever, its channels, its commands. */
export class FreeswitchServer implements ChannelServer {
  readonly host: string;
  readonly weight: number;
  draining = false;
  /** Placed here, or being placed. */
  legs = 0;
  readonly owned = new Map<string, LegChannel>();
  readonly #address: FreeswitchAddress;
  readonly #around: ServerSurroundings;
  #socket: EventSocket | undefined;
  #media: FsmrfMediaServer | undefined;
  /** Channels' event sockets, of this connection and of those before. */
  readonly #sockets = new Set<Socket>();
  #refusing = false;
  #lastTrouble: Error | undefined;
  #attempts = 0;
  #connecting: Promise<void> | undefined;
  #cancelRetry: CancelTimer | undefined;
  #closed = false;

  constructor(address: FreeswitchAddress, around: ServerSurroundings) {
    this.#address = address;
    this.#around = around;
    this.host = `${address.host}:${address.port}`;
    this.weight = address.weight ?? 1;
  }

  get signallingUp(): boolean {
    return this.#around.control.up;
  }

  /** Settles with the first attempt, however it went. */
  start(): Promise<void> {
    return (this.#connecting = this.#connect());
  }

  get state(): ServerState {
    if (this.#media === undefined) return 'down';
    return this.#refusing ? 'refusing' : 'up';
  }

  /** Why it is down. */
  get trouble(): Error | undefined {
    return this.#lastTrouble;
  }

  /** What it can still take, as of its last heartbeat. */
  get sessionsFree(): number {
    const { maxSessions = 0, currentSessions = 0 } = this.#media ?? {};
    return Math.max(0, maxSessions - currentSessions);
  }

  get statistics(): ServerStatistics {
    const { host, state, legs, weight, draining } = this;
    return { host, state, legs, weight, draining };
  }

  /** @throws IvrError MEDIA_SERVER_LOST while it is down, or when it does not answer */
  async api(command: string): Promise<string> {
    const socket = this.#media === undefined ? undefined : this.#socket;
    if (socket === undefined) throw new IvrError('MEDIA_SERVER_LOST', 'FreeSWITCH is down', { host: this.host });
    try {
      return await socket.api(command, API_LIMIT, 'a command of FreeSWITCH');
    } catch (thrown) {
      // an answer that comes after all would be taken for the next one's
      this.#onLost(socket, 'it does not answer');
      // its machine may be gone without a word: nobody is left in silence
      if (thrown instanceof IvrError && thrown.code === 'DEADLINE_EXCEEDED')
        for (const channel of this.owned.values()) channel.lose();
      throw new IvrError('MEDIA_SERVER_LOST', 'FreeSWITCH does not answer', { host: this.host }, thrown);
    }
  }

  async kill(uuid: string): Promise<void> {
    await this.api(`uuid_kill ${uuid}`).catch(() => undefined);
  }

  /** It takes calls again, as far as we know. */
  forgive(): void {
    this.#refusing = false;
  }

  /**
   * A channel, by an INVITE. One that comes too late is hung up.
   *
   * @throws IvrError MEDIA_SERVER_LOST, CANCELLED
   */
  async createChannel({ endpoint, remoteSdp, from, limit, signal }: LegRequest): Promise<LegChannel> {
    const media = this.#media;
    const lost = this.#socket?.lost;
    if (media === undefined || lost === undefined)
      throw new IvrError('MEDIA_SERVER_LOST', 'FreeSWITCH is down', { host: this.host });
    const unwanted = new AbortController();
    const forget = this.#around.control.expect(endpoint, unwanted.signal);
    // fsmrf throws at once for descriptions that it takes for SRTP
    const making = new Promise<FsmrfEndpoint>((resolve) =>
      resolve(
        media.createEndpoint({
          ...(remoteSdp === undefined ? {} : { remoteSdp }),
          headers: { From: `<sip:${from}@localhost>`, [ENDPOINT_HEADER]: endpoint },
        }),
      ),
    ).finally(forget);
    try {
      const made = await within(making, limit, 'INVITE to FreeSWITCH', AbortSignal.any([signal, lost]));
      this.#refusing = false;
      return new LegChannel(made, this);
    } catch (thrown) {
      unwanted.abort();
      making.then(
        (late) => void new LegChannel(late, this).hangUp(),
        () => undefined,
      );
      if (signal.aborted) throw thrown;
      const { message } = asError(thrown);
      if (thrown instanceof IvrError && thrown.code === 'SIP_REJECTED') {
        if (thrown.facts['status'] === 488)
          throw new IvrError(
            'NO_COMMON_CODEC',
            'FreeSWITCH accepts no stream of the offer',
            { because: message },
            thrown,
          );
        this.#refusing = true;
      }
      throw new IvrError(
        'MEDIA_SERVER_LOST',
        `FreeSWITCH did not create the leg: ${message}`,
        { host: this.host },
        thrown,
      );
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    await this.#connecting;
    this.#cancelRetry?.();
    this.#dropConnection();
  }

  async #connect(): Promise<void> {
    const { logger, onUp } = this.#around;
    try {
      await this.#open();
      if (this.#closed) return this.#dropConnection();
      this.#attempts = 0;
      this.#lastTrouble = undefined;
      logger.info({ host: this.host }, 'connected to FreeSWITCH');
      onUp(this);
    } catch (thrown) {
      this.#dropConnection();
      this.#trouble(asError(thrown));
    }
  }

  async #open(): Promise<void> {
    const { control, place } = this.#around;
    const socket = await EventSocket.open(this.#address, CONNECT_LIMIT);
    this.#socket = socket;
    const lost = (because: string): void => this.#onLost(socket, because);
    socket.lost.addEventListener('abort', () => lost('its event socket ended'));
    // fsmrf throws where nobody can catch it when the profile is not there yet
    const status = await socket.api('sofia status', API_LIMIT, 'asking for the SIP profile');
    if (!new RegExp(`^\\s*${place.profile}\\s.*sip:mod_sofia@[0-9.]+:\\d+`, 'm').test(status))
      throw new IvrError('MEDIA_SERVER_LOST', `it has no SIP profile ${place.profile} running on IPv4`, {
        host: this.host,
      });
    // at the last moment: what comes between has an error that nobody catches
    await tryListening(place.listen);
    const media = newFsmrfMediaServer(socket.connection, control, place);
    const ready = new Promise<void>((resolve, reject) => {
      media.once('connect', () => guardListener(media, this.#sockets));
      media.once('ready', resolve);
      media.on('error', reject);
    });
    // its own limit is 1 s; it disconnects by then
    try {
      await within(ready, READY_LIMIT, 'the start of a media server', socket.lost);
    } catch (thrown) {
      disconnect(media);
      throw thrown;
    }
    this.#media = media;
  }

  #onLost(socket: EventSocket, because: string): void {
    if (this.#socket !== socket) return;
    const wasUp = this.#media !== undefined;
    this.#dropConnection();
    if (wasUp && !this.#closed) this.#trouble(new IvrError('MEDIA_SERVER_LOST', because, { host: this.host }));
  }

  #trouble(error: Error): void {
    const { logger, clock } = this.#around;
    this.#lastTrouble = error;
    if (this.#closed) return;
    if (this.#attempts === 0)
      logger.warn({ host: this.host, because: error.message }, 'FreeSWITCH is down; connecting again until it is up');
    const pause = Math.min(LONGEST_RETRY, SHORTEST_RETRY * 2 ** Math.min(this.#attempts++, 10));
    this.#cancelRetry = clock.after(ms(pause), () => {
      this.#connecting = this.#connect();
    });
  }

  /** The legs' own event sockets go on as long as FreeSWITCH lives. */
  #dropConnection(): void {
    const [media, socket] = [this.#media, this.#socket];
    this.#media = undefined;
    this.#socket = undefined;
    if (media !== undefined) disconnect(media);
    socket?.close();
    if (this.#closed) for (const each of this.#sockets) each.destroy();
  }
}

function disconnect(media: FsmrfMediaServer): void {
  media.closing = true;
  try {
    media.disconnect();
  } catch {
    // its listener was not open yet
    media.once('connect', () => media._server?.close());
  }
}
