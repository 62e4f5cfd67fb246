import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { asError, IvrError } from '../../domain/error.ts';
import { bindError } from './bind-error.ts';
import type { Flow } from './flow.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { Sources } from './sources.ts';
import { isStun, stunResponse } from './stun.ts';
import { StunKeepAlives } from './stun-keep-alives.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';

/** What may wait in this process for the network to take it. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/** The system's default holds about a hundred messages: one burst of calls. */
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface UdpTransport {
  readonly host: string;
  readonly port: number;
  /** What the system granted; at most its own limit (net.core.rmem_max). */
  readonly receiveBufferBytes: number;
  /** @param to - an IP address, not a name */
  send(bytes: Buffer, to: Flow, onError: (error: Error) => void): void;
  readonly keepAlive: KeepAlive;
  close(): Promise<void>;
}

export interface UdpTransportOptions {
  readonly host: string;
  readonly port: number;
  /** `::` without the IPv4 addresses. */
  readonly ipv6Only?: boolean;
  readonly wheel: TimerWheel;
  readonly sources: Pick<Sources, 'allows'>;
  readonly receive: (bytes: Buffer, flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onError: (error: Error) => void;
}

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openUdpTransport(options: UdpTransportOptions): Promise<UdpTransport> {
  const six = isIPv6(options.host);
  // Only addresses are ever sent to, so nothing needs looking up.
  const socket = createSocket({
    type: six ? 'udp6' : 'udp4',
    ipv6Only: six && options.ipv6Only === true,
    lookup: (host, _options, done) => done(null, host, six ? 6 : 4),
  });
  const bound = once(socket, 'listening');
  socket.bind({ port: options.port, address: options.host, exclusive: true });
  try {
    await bound;
  } catch (thrown) {
    socket.close();
    throw bindError('UDP', options, thrown);
  }
  socket.on('error', options.onError);
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  const { address, port } = socket.address();
  let open = true;
  const keepAlives = new StunKeepAlives(options.wheel, (bytes, { host, port: toPort }) =>
    socket.send(bytes, toPort, six && !isIPv6(host) ? `::ffff:${host}` : host, () => undefined),
  );
  socket.on('message', (bytes, { address: from, port: fromPort }) => {
    const host = from.startsWith('::ffff:') ? from.slice(7) : from;
    if (!open) return;
    if (!isStun(bytes)) return options.receive(bytes, { protocol: 'UDP', host, port: fromPort });
    if (keepAlives.receive(bytes, { host, port: fromPort })) return;
    const answer = options.sources.allows(host) ? stunResponse(bytes, { host, port: fromPort }) : undefined;
    if (answer === undefined) options.drop('stun');
    else socket.send(answer, fromPort, from, () => undefined);
  });
  return {
    host: address,
    port,
    receiveBufferBytes: socket.getRecvBufferSize(),
    send(bytes, to, onError) {
      const fail = (thrown: unknown): void => queueMicrotask(() => onError(asError(thrown)));
      if (!open) return fail(new IvrError('ENDPOINT_CLOSED', 'the SIP stack is closed'));
      if (socket.getSendQueueSize() > MAX_UNSENT_BYTES) return options.drop('udp-unsent');
      const host = six && !isIPv6(to.host) ? `::ffff:${to.host}` : to.host;
      try {
        socket.send(bytes, to.port, host, (error) => {
          if (error !== null) onError(error);
        });
      } catch (thrown) {
        fail(thrown); // a port of 0, for instance
      }
    },
    keepAlive(to, heard) {
      if (open) keepAlives.ask(to, heard);
      else queueMicrotask(() => heard(undefined));
    },
    async close() {
      if (!open) return;
      open = false;
      keepAlives.close();
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
