import { IvrError } from '../../domain/error.ts';
import type { MessageLink, MessageLinkUser } from '../../lib/message-link.ts';
import type { TlsMaterial } from '../../lib/tls-files.ts';
import { isWebSocket, type SipProtocol } from '../message/protocol.ts';
import type { Flow } from './flow.ts';
import { type HostTransports, type HostTransportsOptions, openHostTransports } from './host-transports.ts';
import type { KeepAlive } from './keep-alive.ts';
import { localAddresses } from './local-address.ts';
import { WsTransport } from './transport-ws.ts';

export interface BoundAddress {
  readonly protocol: SipProtocol;
  readonly host: string;
  readonly port: number;
}

/** The far side of the transaction layer: one or several addresses, all on the same ports, and WebSockets as others open them. */
export interface Transports {
  /** Those of the first address first. */
  readonly addresses: readonly BoundAddress[];
  connections(): number;
  send(bytes: Buffer, to: Flow, onError: (error: Error) => void): void;
  readonly keepAlive: KeepAlive;
  /** Of this machine, the address that `to` reaches. */
  localAddress(to: Flow): string;
  /** A WebSocket has been opened at the web server. */
  acceptWebSocket(link: MessageLink): MessageLinkUser;
  /** Whoever is at the far end of a WebSocket is known; of no effect on other flows. */
  prove(flow: Flow): void;
  /** No effect without TLS. */
  renewTls(material: TlsMaterial): void;
  close(): Promise<void>;
}

export interface TransportsOptions extends Omit<HostTransportsOptions, 'ipv6Only'> {
  /** Further addresses to listen on, with the same ports as `host`. */
  readonly moreHosts?: readonly string[];
}

/** A port that is free at one address may be taken at another. */
const ATTEMPTS = 20;

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openTransports(options: TransportsOptions): Promise<Transports> {
  const lines = await openLines(options, options.port === 0 || options.tls?.port === 0 ? ATTEMPTS : 1);
  const local = localAddresses(
    lines.map(({ host }) => host),
    options.clock,
  );
  const lineTo = (to: Flow): HostTransports | undefined => {
    if (lines.length === 1) return lines[0];
    const { bound } = local(to);
    return lines.find(({ host }) => host === bound) ?? lines[0];
  };
  const webSockets = new WsTransport({
    ...options,
    receive: (bytes, flow) => options.receive(bytes, 'datagram', flow),
  });
  return {
    addresses: lines.flatMap(({ by }) =>
      Object.entries(by).flatMap(([protocol, transport]) =>
        transport === undefined
          ? []
          : [{ protocol: protocol as SipProtocol, host: transport.host, port: transport.port }],
      ),
    ),
    connections: () => lines.reduce((sum, { connections }) => sum + connections, webSockets.connections),
    send(bytes, to, onError) {
      const transport = isWebSocket(to.protocol) ? webSockets : lineTo(to)?.by[to.protocol];
      if (transport !== undefined) transport.send(bytes, to, onError);
      else queueMicrotask(() => onError(new IvrError('CONFIG_INVALID', `SIP over ${to.protocol} is switched off`)));
    },
    keepAlive(to, heard) {
      const transport = isWebSocket(to.protocol) ? undefined : lineTo(to)?.by[to.protocol];
      if (transport !== undefined) transport.keepAlive(to, heard);
      else queueMicrotask(() => heard(undefined));
    },
    localAddress: (to) => local(to).address,
    acceptWebSocket: (link) => webSockets.accept(link),
    prove(flow) {
      if (isWebSocket(flow.protocol)) webSockets.prove(flow);
    },
    renewTls(material) {
      for (const { tls } of lines) tls?.renew(material);
    },
    async close() {
      webSockets.close();
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

async function openLines(options: TransportsOptions, attempts: number): Promise<readonly HostTransports[]> {
  const { host, moreHosts = [], receive, tls } = options;
  const hosts = [host, ...moreHosts];
  const several = hosts.length > 1;
  const lines: HostTransports[] = [];
  try {
    for (const each of hosts) {
      const [first] = lines;
      lines.push(
        await openHostTransports({
          ...options,
          host: each,
          port: first?.udp.port ?? options.port,
          ...(tls === undefined ? {} : { tls: { ...tls, port: first?.tls?.port ?? tls.port } }),
          ...(several
            ? {
                ipv6Only: true,
                // what comes to an address is answered from there
                receive: (bytes, framing, flow) => receive(bytes, framing, { ...flow, local: each }),
              }
            : {}),
        }),
      );
    }
    return lines;
  } catch (thrown) {
    await Promise.all(lines.map((line) => line.close()));
    const taken = thrown instanceof IvrError && thrown.code === 'PORT_IN_USE';
    if (lines.length > 0 && attempts > 1 && taken) return openLines(options, attempts - 1);
    throw thrown;
  }
}
