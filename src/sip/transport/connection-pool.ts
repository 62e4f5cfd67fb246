import type { Socket } from 'node:net';
import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { unmapped } from '../../lib/networks.ts';
import { SourceCounts } from '../../lib/source-shares.ts';
import { formatHostPort } from '../message/host.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { KeepAliveAnswer } from './keep-alive.ts';
import type { Sources } from './sources.ts';
import { StreamConnection, type StreamLimits } from './stream-connection.ts';

const SWEEP = ms(1_000);
/** RFC 5626 section 4.4.1. */
const ANSWERS_WITHIN = ms(10_000);

export interface ConnectionPoolOptions {
  readonly protocol: 'TCP' | 'TLS';
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly limits: StreamLimits;
  readonly sources: Pick<Sources, 'allows' | 'trusts'>;
  /** Opens a connection. May throw: a port of 0, for instance. */
  readonly connect: (to: Flow) => Socket;
  readonly receive: (bytes: Uint8Array, flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onError: (error: Error) => void;
}

/** Whom a connection that was accepted comes from. */
export interface Accepted {
  readonly host: string;
  readonly port: number;
  readonly trusted: boolean;
}

/** The connections of one protocol, in both directions: which of them a message goes out on, and how many there may be. */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #byNumber = new Map<number, StreamConnection>();
  /** Admitted, and not added yet: those that shake hands. */
  readonly #admitted = new Set<Socket>();
  /** Those that strangers have opened. */
  readonly #strangers = new SourceCounts();
  /** The newest to each address, and over TLS to each name there. */
  readonly #byAddress = new Map<string, StreamConnection>();
  #number = 0;
  #closed = false;
  #stopSweep: CancelTimer | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byNumber.size + this.#admitted.size;
  }

  /** Whether a new connection may stay; if not it is ended. It counts from here on, until it closes. */
  admit(socket: Socket): Accepted | undefined {
    const { remoteAddress = '', remotePort = 0 } = socket;
    const host = unmapped(remoteAddress);
    const trusted = this.#options.sources.trusts(host);
    const refusal = remotePort === 0 || this.#closed ? 'connection-limit' : this.#refusal(host, trusted);
    if (refusal !== undefined) {
      this.refuse(socket, refusal);
      return undefined;
    }
    if (!trusted) socket.once('close', this.#strangers.add(host));
    this.#admitted.add(socket);
    socket.once('close', () => this.#admitted.delete(socket));
    return { host, port: remotePort, trusted };
  }

  refuse(socket: Socket, because: string): void {
    this.#drop(because);
    socket.on('error', this.#options.onError);
    socket.destroy();
  }

  /** @param admitted - the socket that was, when what is read and written is another one on it */
  accept(socket: Socket, { host, port, trusted }: Accepted, admitted: Socket = socket): void {
    this.#admitted.delete(admitted);
    if (this.#closed) socket.destroy();
    else this.#add(socket, { host, port }, { connecting: false, trusted });
  }

  send(bytes: Uint8Array, to: Flow, onError: (error: Error) => void): void {
    const connection = this.#leadingTo(to) ?? this.#connect(to, onError);
    connection?.send(bytes, onError);
  }

  /** See `KeepAlive`. Without a connection there is no answer. */
  keepAlive(to: Flow, heard: (answer: KeepAliveAnswer | undefined) => void): void {
    const connection = this.#leadingTo(to);
    if (connection === undefined) return queueMicrotask(() => heard(undefined));
    const { wheel } = this.#options;
    const stop = wheel.after(ANSWERS_WITHIN, () => {
      this.#drop('no-pong');
      connection.destroy(new IvrError('SIP_TIMEOUT', 'the far end of a SIP connection is silent'));
    });
    connection.ping((lives) => {
      stop();
      heard(lives ? { seenAs: undefined } : undefined);
    });
  }

  #leadingTo(to: Flow): StreamConnection | undefined {
    const there = to.connection === undefined ? undefined : this.#byNumber.get(to.connection);
    return there ?? this.#byAddress.get(keyOf(to));
  }

  close(): void {
    this.#closed = true;
    this.#stopSweep?.();
    for (const socket of this.#admitted) socket.destroy();
    for (const connection of this.#byNumber.values()) connection.destroy();
  }

  /** Why one more of that address is not taken. */
  #refusal(host: string, trusted: boolean): string | undefined {
    if (!this.#options.sources.allows(host)) return 'not-allowed';
    const { connections, ofStranger } = this.#options.limits;
    if (!trusted && (this.#strangers.of(host) >= ofStranger || this.#strangers.total >= connections / 2))
      return 'share';
    return this.#hasRoom(trusted) ? undefined : 'connection-limit';
  }

  #connect(to: Flow, onError: (error: Error) => void): StreamConnection | undefined {
    try {
      if (this.#closed) throw new IvrError('ENDPOINT_CLOSED', 'the SIP stack is closed');
      if (!this.#hasRoom(true)) throw new IvrError('OVERLOADED', 'the limit of SIP connections is reached');
      return this.#add(this.#options.connect(to), to, { connecting: true, trusted: true });
    } catch (thrown) {
      queueMicrotask(() => onError(asError(thrown)));
      return undefined;
    }
  }

  #add(
    socket: Socket,
    { host, port, name }: Pick<Flow, 'host' | 'port' | 'name'>,
    { connecting, trusted }: { readonly connecting: boolean; readonly trusted: boolean },
  ): StreamConnection {
    const { protocol } = this.#options;
    const number = ++this.#number;
    const proved = name === undefined ? {} : { name };
    const key = keyOf({ host, port, ...proved });
    const connection = new StreamConnection({
      socket,
      flow: { protocol, host, port, connection: number, ...proved },
      connecting,
      trusted,
      now: () => this.#options.clock.now(),
      receive: this.#options.receive,
      drop: this.#options.drop,
      onClosed: () => {
        this.#byNumber.delete(number);
        if (this.#byAddress.get(key) === connection) this.#byAddress.delete(key);
      },
    });
    this.#byNumber.set(number, connection);
    // over TLS whoever came has not proved to be what is at its address: only the number of its connection leads there
    if (connecting || protocol === 'TCP') this.#byAddress.set(key, connection);
    this.#stopSweep ??= this.#options.wheel.after(SWEEP, () => this.#sweep());
    return connection;
  }

  /** At the limit the idlest stranger makes room, for whom we trust or call also the idlest of those. */
  #hasRoom(trusted: boolean): boolean {
    if (this.size < this.#options.limits.connections) return true;
    const connections = [...this.#byNumber.values()];
    const idlest =
      idlestOf(connections.filter((each) => !each.trusted)) ?? (trusted ? idlestOf(connections) : undefined);
    const { clock, limits } = this.#options;
    if (idlest === undefined || clock.now() - idlest.idleSince < limits.yieldsAfterMs) return false;
    this.#drop('made-room');
    idlest.destroy();
    return true;
  }

  #sweep(): void {
    this.#stopSweep = undefined;
    for (const connection of this.#byNumber.values()) {
      const because = connection.overdue(this.#options.limits);
      if (because === undefined) continue;
      this.#drop(because);
      connection.destroy(new IvrError('SIP_TIMEOUT', 'the SIP connection was given up', { because }));
    }
    if (this.#byNumber.size > 0 && !this.#closed)
      this.#stopSweep = this.#options.wheel.after(SWEEP, () => this.#sweep());
  }

  #drop(because: string): void {
    this.#options.drop(`${this.#options.protocol.toLowerCase()}-${because}`);
  }
}

/** A far end that has proved to be one domain has not proved to be another. */
const keyOf = ({ host, port, name = host }: Pick<Flow, 'host' | 'port' | 'name'>): string =>
  `${name} ${formatHostPort(host, port)}`;

const idlestOf = (connections: readonly StreamConnection[]): StreamConnection | undefined =>
  connections.reduce<StreamConnection | undefined>(
    (idlest, each) => (idlest === undefined || each.idleSince < idlest.idleSince ? each : idlest),
    undefined,
  );
