import { IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import type { MessageLink, MessageLinkUser } from '../../lib/message-link.ts';
import { SourceCounts } from '../../lib/source-shares.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { Sources } from './sources.ts';

export interface WebSocketLimits {
  readonly connections: number;
  /** Of one address that is not trusted and has not proved who it is. */
  readonly unproved: number;
  /** How long a connection may stay without having proved who it is, ms. */
  readonly proveMs: number;
}

export const WEB_SOCKET_LIMITS: WebSocketLimits = { connections: 1024, unproved: 8, proveMs: 20_000 };

const SWEEP = ms(1_000);
/** The far end asks whether the connection lives, and is answered (RFC 5626 section 4.4.1). */
const PING = '\r\n\r\n';
const PONG = Buffer.from('\r\n');

export interface WsTransportOptions {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly sources: Pick<Sources, 'allows' | 'trusts'>;
  readonly limits?: WebSocketLimits;
  readonly receive: (message: Uint8Array, flow: Flow) => void;
  readonly drop: (because: string) => void;
}

interface Connection {
  readonly link: MessageLink;
  readonly flow: Flow;
  readonly since: number;
  proved: boolean;
  /** Gives back the share of its address. */
  release: () => void;
}

/**
 * SIP over WebSocket (RFC 7118): each message is one frame. Browsers open the connections, at the web server, and are
 * reached over the one that they opened alone. Who has not proved to be somebody within 20 s is let go.
 */
export class WsTransport {
  readonly #options: WsTransportOptions;
  readonly #limits: WebSocketLimits;
  readonly #connections = new Map<number, Connection>();
  readonly #unproved = new SourceCounts();
  #number = 0;
  #closed = false;
  #stopSweep: CancelTimer | undefined;

  constructor(options: WsTransportOptions) {
    this.#options = options;
    this.#limits = options.limits ?? WEB_SOCKET_LIMITS;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** A connection has been opened. One that is not taken is closed at once. */
  accept(link: MessageLink): MessageLinkUser {
    const { sources, clock, receive } = this.#options;
    const { host, port } = link;
    const refusal = this.#refusal(host);
    if (refusal !== undefined) {
      this.#options.drop(`ws-${refusal}`);
      link.close();
      return { onMessage: () => undefined, onClosed: () => undefined };
    }
    const number = ++this.#number;
    const connection: Connection = {
      link,
      flow: { protocol: link.secure ? 'WSS' : 'WS', host, port, connection: number },
      since: clock.now(),
      proved: false,
      release: sources.trusts(host) ? () => undefined : this.#unproved.add(host),
    };
    this.#connections.set(number, connection);
    this.#stopSweep ??= this.#options.wheel.after(SWEEP, () => this.#sweep());
    return {
      onMessage(message) {
        if (isPing(message)) link.send(PONG);
        else if (message.length > 2) receive(message, connection.flow);
      },
      onClosed: () => {
        connection.release();
        this.#connections.delete(number);
      },
    };
  }

  /** Whoever is at the far end of that connection is known. */
  prove({ connection: number = 0 }: Flow): void {
    const connection = this.#connections.get(number);
    if (connection === undefined || connection.proved) return;
    connection.proved = true;
    connection.release();
    connection.link.prove();
  }

  send(bytes: Uint8Array, to: Flow, onError: (error: Error) => void): void {
    const connection = this.#connections.get(to.connection ?? 0);
    if (connection !== undefined) connection.link.send(bytes);
    else queueMicrotask(() => onError(new IvrError('ENDPOINT_CLOSED', 'the browser has closed its SIP connection')));
  }

  close(): void {
    this.#closed = true;
    this.#stopSweep?.();
    for (const { link } of this.#connections.values()) link.close();
  }

  #refusal(host: string): string | undefined {
    const { sources } = this.#options;
    if (this.#closed || this.#connections.size >= this.#limits.connections) return 'connection-limit';
    if (!sources.allows(host)) return 'not-allowed';
    const { unproved, connections } = this.#limits;
    const full = this.#unproved.of(host) >= unproved || this.#unproved.total >= connections / 2;
    return full && !sources.trusts(host) ? 'share' : undefined;
  }

  #sweep(): void {
    this.#stopSweep = undefined;
    const now = this.#options.clock.now();
    for (const { proved, since, link } of this.#connections.values()) {
      if (proved || now - since < this.#limits.proveMs) continue;
      this.#options.drop('ws-unproved');
      link.close();
    }
    if (this.#connections.size > 0 && !this.#closed)
      this.#stopSweep = this.#options.wheel.after(SWEEP, () => this.#sweep());
  }
}

const isPing = (message: Uint8Array): boolean =>
  message.length === PING.length && Buffer.from(message).toString('latin1') === PING;
