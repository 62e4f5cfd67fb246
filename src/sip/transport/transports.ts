import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { Sources } from './sources.ts';
import { openTcpTransport, type TcpTransport } from './transport-tcp.ts';
import { openUdpTransport, type UdpTransport } from './transport-udp.ts';

/** The far side of the transaction layer: UDP and TCP on one port number. */
export interface Transports {
  readonly addresses: readonly { readonly protocol: 'UDP' | 'TCP'; readonly host: string; readonly port: number }[];
  connections(): number;
  send(bytes: Buffer, to: Flow, onError: (error: Error) => void): void;
  close(): Promise<void>;
}

export interface TransportsOptions {
  readonly host: string;
  readonly port: number;
  readonly tcp: boolean;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly sources: Pick<Sources, 'allows' | 'trusts'>;
  /** Default: sockets of this machine. */
  readonly openUdp?: typeof openUdpTransport;
  readonly receive: (bytes: Uint8Array, framing: 'datagram' | 'stream', flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onError: (error: Error) => void;
}

/** A free UDP port may be taken for TCP: this many are tried. */
const ATTEMPTS = 20;

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openTransports(options: TransportsOptions): Promise<Transports> {
  const { udp, tcp } = await bind(options, options.port === 0 ? ATTEMPTS : 1);
  return {
    addresses: [
      { protocol: 'UDP', host: udp.host, port: udp.port },
      ...(tcp === undefined ? [] : [{ protocol: 'TCP' as const, host: tcp.host, port: tcp.port }]),
    ],
    connections: () => tcp?.connections ?? 0,
    send(bytes, to, onError) {
      if (to.protocol === 'UDP') udp.send(bytes, to, onError);
      else if (tcp !== undefined) tcp.send(bytes, to, onError);
      else queueMicrotask(() => onError(new IvrError('CONFIG_INVALID', 'SIP over TCP is switched off')));
    },
    async close() {
      await Promise.all([udp.close(), tcp?.close()]);
    },
  };
}

async function bind(
  options: TransportsOptions,
  attempts: number,
): Promise<{ udp: UdpTransport; tcp: TcpTransport | undefined }> {
  const { host, drop, onError, openUdp = openUdpTransport } = options;
  const udp = await openUdp({
    host,
    port: options.port,
    drop,
    onError,
    receive: (bytes, flow) => options.receive(bytes, 'datagram', flow),
  });
  if (!options.tcp) return { udp, tcp: undefined };
  try {
    const receive = (bytes: Uint8Array, flow: Flow): void => options.receive(bytes, 'stream', flow);
    return { udp, tcp: await openTcpTransport({ ...options, port: udp.port, receive }) };
  } catch (thrown) {
    await udp.close();
    if (attempts > 1 && thrown instanceof IvrError && thrown.code === 'PORT_IN_USE') return bind(options, attempts - 1);
    throw thrown;
  }
}
