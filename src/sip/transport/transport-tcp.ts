import { once } from 'node:events';
import { connect, createServer, isIPv6, type Server } from 'node:net';
import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import { bindError } from './bind-error.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { Flow } from './flow.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { Sources } from './sources.ts';
import { STREAM_LIMITS, type StreamLimits } from './stream-connection.ts';

export interface StreamTransport {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /**
   * Goes out on the connection that `to` names, else on one that leads there already, else on a new one.
   *
   * @param to - an IP address, not a name
   */
  send(bytes: Uint8Array, to: Flow, onError: (error: Error) => void): void;
  readonly keepAlive: KeepAlive;
  close(): Promise<void>;
}

export interface StreamTransportOptions {
  readonly host: string;
  readonly port: number;
  /** `::` without the IPv4 addresses. */
  readonly ipv6Only?: boolean;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly limits?: StreamLimits;
  readonly sources: Pick<Sources, 'allows' | 'trusts'>;
  readonly receive: (bytes: Uint8Array, flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onError: (error: Error) => void;
}

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openTcpTransport(options: StreamTransportOptions): Promise<StreamTransport> {
  const pool = new ConnectionPool({
    limits: STREAM_LIMITS,
    ...options,
    protocol: 'TCP',
    connect: ({ host, port }) => connect({ host, port }),
  });
  const server = createServer((socket) => {
    const accepted = pool.admit(socket);
    if (accepted !== undefined) pool.accept(socket, accepted);
  });
  return listening('TCP', server, pool, options);
}

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function listening(
  protocol: 'TCP' | 'TLS',
  server: Server,
  pool: ConnectionPool,
  options: StreamTransportOptions,
): Promise<StreamTransport> {
  const bound = once(server, 'listening');
  server.listen({
    host: options.host,
    port: options.port,
    exclusive: true,
    ipv6Only: isIPv6(options.host) && options.ipv6Only === true,
  });
  try {
    await bound;
  } catch (thrown) {
    throw bindError(protocol, options, thrown);
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
    keepAlive: (to, heard) => pool.keepAlive(to, heard),
    close: () =>
      (closing ??= (async () => {
        const closed = once(server, 'close');
        server.close();
        pool.close();
        await closed;
      })()),
  };
}
