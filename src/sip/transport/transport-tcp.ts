import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { unmapped } from '../../lib/networks.ts';
import { SourceCounts } from '../../lib/source-shares.ts';
import { formatHostPort } from '../message/host.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import { bindError } from './bind-error.ts';
import type { Flow } from './flow.ts';
import type { Sources } from './sources.ts';
import { TCP_LIMITS, TcpConnection, type TcpLimits } from './tcp-connection.ts';

const SWEEP = ms(1_000);

export interface TcpTransport {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /**
   * Goes out on the connection that `to` names, else on one that leads there already, else on a new one.
   *
   * @param to - an IP address, not a name
   */
  send(bytes: Uint8Array, to: Flow, onError: (error: Error) => void): void;
  close(): Promise<void>;
}

export interface TcpTransportOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly limits?: TcpLimits;
  readonly sources: Pick<Sources, 'allows' | 'trusts'>;
  readonly receive: (bytes: Uint8Array, flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onError: (error: Error) => void;
}

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openTcpTransport(options: TcpTransportOptions): Promise<TcpTransport> {
  const pool = new ConnectionPool(options);
  const server = createServer((socket) => pool.accept(socket));
  const listening = once(server, 'listening');
  server.listen({ host: options.host, port: options.port, exclusive: true });
  try {
    await listening;
  } catch (thrown) {
    throw bindError('TCP', options, thrown);
  }
  server.on('error', options.onError);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new IvrError('INTERNAL', 'a TCP server has an address');
  let closing: Promise<void> | undefined;
  return {
    host: address.address,
    port: address.port,
    get connections() {
      return pool.size;
    },
    send: (bytes, to, onError) => pool.send(bytes, to, onError),
    close: () =>
      (closing ??= (async () => {
        const closed = once(server, 'close');
        server.close();
        pool.close();
        await closed;
      })()),
  };
}

class ConnectionPool {
  readonly #options: TcpTransportOptions;
  readonly #limits: TcpLimits;
  readonly #byNumber = new Map<number, TcpConnection>();
  /** Those that strangers have opened. */
  readonly #strangers = new SourceCounts();
  /** The newest to each address. */
  readonly #byAddress = new Map<string, TcpConnection>();
  #number = 0;
  #closed = false;
  #stopSweep: CancelTimer | undefined;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#limits = options.limits ?? TCP_LIMITS;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  accept(socket: Socket): void {
    const { remoteAddress = '', remotePort = 0 } = socket;
    const host = unmapped(remoteAddress);
    const trusted = this.#options.sources.trusts(host);
    const refusal = this.#refusal(host, trusted);
    if (remotePort === 0 || this.#closed || refusal !== undefined) {
      this.#options.drop(refusal ?? 'tcp-connection-limit');
      socket.on('error', this.#options.onError);
      socket.destroy();
      return;
    }
    this.#add(socket, host, remotePort, { connecting: false, trusted });
  }

  /** Why one more of that address is not taken. */
  #refusal(host: string, trusted: boolean): string | undefined {
    if (!this.#options.sources.allows(host)) return 'tcp-not-allowed';
    const { connections, ofStranger } = this.#limits;
    if (!trusted && (this.#strangers.of(host) >= ofStranger || this.#strangers.total >= connections / 2))
      return 'tcp-share';
    return this.#hasRoom(trusted) ? undefined : 'tcp-connection-limit';
  }

  send(bytes: Uint8Array, to: Flow, onError: (error: Error) => void): void {
    const there = to.connection === undefined ? undefined : this.#byNumber.get(to.connection);
    const connection = there ?? this.#byAddress.get(formatHostPort(to.host, to.port)) ?? this.#connect(to, onError);
    connection?.send(bytes, onError);
  }

  close(): void {
    this.#closed = true;
    this.#stopSweep?.();
    for (const connection of this.#byNumber.values()) connection.destroy();
  }

  #connect(to: Flow, onError: (error: Error) => void): TcpConnection | undefined {
    try {
      if (this.#closed) throw new IvrError('ENDPOINT_CLOSED', 'the SIP stack is closed');
      if (!this.#hasRoom(true)) throw new IvrError('OVERLOADED', 'the limit of SIP connections is reached');
      const socket = connect({ host: to.host, port: to.port });
      return this.#add(socket, to.host, to.port, { connecting: true, trusted: true });
    } catch (thrown) {
      queueMicrotask(() => onError(asError(thrown))); // no room, or a port of 0
      return undefined;
    }
  }

  #add(
    socket: Socket,
    host: string,
    port: number,
    { connecting, trusted }: { readonly connecting: boolean; readonly trusted: boolean },
  ): TcpConnection {
    const release = trusted ? () => undefined : this.#strangers.add(host);
    const number = ++this.#number;
    const address = formatHostPort(host, port);
    const connection = new TcpConnection({
      socket,
      flow: { protocol: 'TCP', host, port, connection: number },
      connecting,
      trusted,
      now: () => this.#options.clock.now(),
      receive: this.#options.receive,
      drop: this.#options.drop,
      onClosed: () => {
        release();
        this.#byNumber.delete(number);
        if (this.#byAddress.get(address) === connection) this.#byAddress.delete(address);
      },
    });
    this.#byNumber.set(number, connection);
    this.#byAddress.set(address, connection);
    this.#stopSweep ??= this.#options.wheel.after(SWEEP, () => this.#sweep());
    return connection;
  }

  /** At the limit the idlest stranger makes room, for whom we trust or call also the idlest of those. */
  #hasRoom(trusted: boolean): boolean {
    if (this.#byNumber.size < this.#limits.connections) return true;
    const connections = [...this.#byNumber.values()];
    const idlest =
      idlestOf(connections.filter((each) => !each.trusted)) ?? (trusted ? idlestOf(connections) : undefined);
    if (idlest === undefined || this.#options.clock.now() - idlest.idleSince < this.#limits.yieldsAfterMs) return false;
    this.#options.drop('tcp-made-room');
    idlest.destroy();
    return true;
  }

  #sweep(): void {
    this.#stopSweep = undefined;
    for (const connection of this.#byNumber.values()) {
      const because = connection.overdue(this.#limits);
      if (because === undefined) continue;
      this.#options.drop(because);
      connection.destroy(new IvrError('SIP_TIMEOUT', 'the SIP connection was given up', { because }));
    }
    if (this.#byNumber.size > 0 && !this.#closed)
      this.#stopSweep = this.#options.wheel.after(SWEEP, () => this.#sweep());
  }
}

const idlestOf = (connections: readonly TcpConnection[]): TcpConnection | undefined =>
  connections.reduce<TcpConnection | undefined>(
    (idlest, each) => (idlest === undefined || each.idleSince < idlest.idleSince ? each : idlest),
    undefined,
  );
