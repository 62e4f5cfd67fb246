import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SipProtocol } from '../message/protocol.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { Sources } from './sources.ts';
import { openTcpTransport, type StreamTransport } from './transport-tcp.ts';
import { openTlsTransport, type SipTlsOptions, type TlsTransport } from './transport-tls.ts';
import { openUdpTransport, type UdpTransport } from './transport-udp.ts';

export interface HostTransportsOptions {
  readonly host: string;
  readonly port: number;
  readonly tcp: boolean;
  readonly tls?: SipTlsOptions;
  /** `::` is IPv6 alone: another socket has the IPv4 addresses. */
  readonly ipv6Only?: boolean;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly sources: Pick<Sources, 'allows' | 'trusts'>;
  /** Default: sockets of this machine. */
  readonly openUdp?: typeof openUdpTransport;
  readonly receive: (bytes: Uint8Array, framing: 'datagram' | 'stream', flow: Flow) => void;
  readonly drop: (because: string) => void;
  readonly onError: (error: Error) => void;
}

/** What listens on one address: UDP and TCP on one port number, TLS on one of its own. */
export interface HostTransports {
  readonly host: string;
  readonly by: Readonly<Partial<Record<SipProtocol, UdpTransport | StreamTransport | undefined>>>;
  readonly udp: UdpTransport;
  readonly tls: TlsTransport | undefined;
  readonly connections: number;
  close(): Promise<void>;
}

/** A free UDP port may be taken for TCP: this many are tried. */
const ATTEMPTS = 20;

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openHostTransports(options: HostTransportsOptions): Promise<HostTransports> {
  const { udp, tcp } = await bind(options, options.port === 0 ? ATTEMPTS : 1);
  const tls = await bindTls(options).catch(async (thrown: unknown) => {
    await Promise.all([udp.close(), tcp?.close()]);
    throw thrown;
  });
  return {
    host: options.host,
    by: { UDP: udp, TCP: tcp, TLS: tls },
    udp,
    tls,
    get connections() {
      return (tcp?.connections ?? 0) + (tls?.connections ?? 0);
    },
    async close() {
      await Promise.all([udp.close(), tcp?.close(), tls?.close()]);
    },
  };
}

async function bindTls({ tls, ...options }: HostTransportsOptions): Promise<TlsTransport | undefined> {
  if (tls === undefined) return undefined;
  const receive = (bytes: Uint8Array, flow: Flow): void => options.receive(bytes, 'stream', flow);
  return openTlsTransport({ ...options, tls, receive });
}

async function bind(
  options: HostTransportsOptions,
  attempts: number,
): Promise<{ udp: UdpTransport; tcp: StreamTransport | undefined }> {
  const { openUdp = openUdpTransport } = options;
  const udp = await openUdp({
    ...options,
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
