import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TlsMaterial } from '../../lib/tls-files.ts';
import type { SipProtocol } from '../message/protocol.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { Sources } from './sources.ts';
import { openTcpTransport, type StreamTransport } from './transport-tcp.ts';
import { openTlsTransport, type SipTlsOptions, type TlsTransport } from './transport-tls.ts';
import { openUdpTransport, type UdpTransport } from './transport-udp.ts';

export interface BoundAddress {
  readonly protocol: SipProtocol;
  readonly host: string;
  readonly port: number;
}

/** The far side of the transaction layer: UDP and TCP on one port number, TLS on one of its own. */
export interface Transports {
  readonly addresses: readonly BoundAddress[];
  connections(): number;
  send(bytes: Buffer, to: Flow, onError: (error: Error) => void): void;
  /** No effect without TLS. */
  renewTls(material: TlsMaterial): void;
  close(): Promise<void>;
}

export interface TransportsOptions {
  readonly host: string;
  readonly port: number;
  readonly tcp: boolean;
  readonly tls?: SipTlsOptions;
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
  const tls = await bindTls(options).catch(async (thrown: unknown) => {
    await Promise.all([udp.close(), tcp?.close()]);
    throw thrown;
  });
  const sending: Readonly<Record<SipProtocol, UdpTransport | StreamTransport | undefined>> = {
    UDP: udp,
    TCP: tcp,
    TLS: tls,
  };
  return {
    addresses: Object.entries(sending).flatMap(([protocol, transport]) =>
      transport === undefined
        ? []
        : [{ protocol: protocol as SipProtocol, host: transport.host, port: transport.port }],
    ),
    connections: () => (tcp?.connections ?? 0) + (tls?.connections ?? 0),
    send(bytes, to, onError) {
      const transport = sending[to.protocol];
      if (transport !== undefined) transport.send(bytes, to, onError);
      else queueMicrotask(() => onError(new IvrError('CONFIG_INVALID', `SIP over ${to.protocol} is switched off`)));
    },
    renewTls: (material) => tls?.renew(material),
    async close() {
      await Promise.all([udp.close(), tcp?.close(), tls?.close()]);
    },
  };
}

async function bindTls({ tls, ...options }: TransportsOptions): Promise<TlsTransport | undefined> {
  if (tls === undefined) return undefined;
  const receive = (bytes: Uint8Array, flow: Flow): void => options.receive(bytes, 'stream', flow);
  return openTlsTransport({ ...options, tls, receive });
}

async function bind(
  options: TransportsOptions,
  attempts: number,
): Promise<{ udp: UdpTransport; tcp: StreamTransport | undefined }> {
  const { host, sources, drop, onError, openUdp = openUdpTransport } = options;
  const udp = await openUdp({
    host,
    port: options.port,
    sources,
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
