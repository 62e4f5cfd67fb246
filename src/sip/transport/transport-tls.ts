import { createServer as createTcpServer, isIP, type Socket } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import type { Milliseconds } from '../../domain/units.ts';
import { unmapped } from '../../lib/networks.ts';
import { SourceShares } from '../../lib/source-shares.ts';
import type { TlsMaterial } from '../../lib/tls-files.ts';
import { type Accepted, ConnectionPool } from './connection-pool.ts';
import { STREAM_LIMITS } from './stream-connection.ts';
import { checkSipIdentity } from './tls-identity.ts';
import { listening, type StreamTransport, type StreamTransportOptions } from './transport-tcp.ts';

export interface SipTlsOptions {
  readonly port: number;
  readonly material: TlsMaterial;
  /** Who connects has to show a certificate of the material's authorities. */
  readonly verifyClients: boolean;
}

export interface TlsTransport extends StreamTransport {
  /** For connections from now on; those that are up go on. */
  renew(material: TlsMaterial): void;
}

const HANDSHAKE_MS = 10_000;
/** A handshake costs us a signature: one address that is not trusted may have so many, in the long run and at once. */
const HANDSHAKES = { refillPerSecond: 2, burst: 20 };

/**
 * SIP over TLS (RFC 3261 section 26.3.1). A far end that we call has to prove to be the domain of its URI; one that calls
 * us has to prove that it belongs to us where `verifyClients` says so.
 *
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID
 */
export async function openTlsTransport(
  options: StreamTransportOptions & { readonly tls: SipTlsOptions },
): Promise<TlsTransport> {
  const { tls } = options;
  let { material } = tls;
  const pool = new ConnectionPool({
    limits: STREAM_LIMITS,
    ...options,
    protocol: 'TLS',
    connect: ({ host, port, name = host }) =>
      connect({
        ...material,
        host,
        port,
        ...(isIP(name) === 0 ? { servername: name } : {}),
        checkServerIdentity: (_, certificate) => checkSipIdentity(name, certificate),
      }),
  });
  const shakes = handshakes(tls, options.drop, options.onError, pool);
  const shares = new SourceShares(HANDSHAKES);
  const server = createTcpServer((socket) => {
    const address = unmapped(socket.remoteAddress ?? '');
    const now: Milliseconds = options.clock.now();
    if (!options.sources.trusts(address) && !shares.take(address, now)) return pool.refuse(socket, 'rate');
    const accepted = pool.admit(socket);
    if (accepted !== undefined) shakes.begin(socket, accepted);
  });
  const transport = await listening('TLS', server, pool, { ...options, port: tls.port });
  return Object.assign(transport, {
    renew(renewed: TlsMaterial) {
      material = renewed;
      shakes.server.setSecureContext(renewed);
    },
  });
}

/** The handshakes under way. The server listens nowhere: whom it shakes hands with is decided before it costs anything. */
function handshakes(
  { material, verifyClients }: SipTlsOptions,
  drop: (because: string) => void,
  onError: (error: Error) => void,
  pool: ConnectionPool,
): { readonly server: Server; begin(socket: Socket, accepted: Accepted): void } {
  /** By the far end's port: what comes out of a handshake does not say which connection went in. */
  const underWay = new Map<string, { readonly socket: Socket; readonly accepted: Accepted }>();
  const server = createServer({
    ...material,
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: verifyClients,
    rejectUnauthorized: verifyClients,
  });
  server.on('secureConnection', (secured) => {
    const begun = underWay.get(farEndOf(secured));
    if (begun === undefined) secured.destroy();
    else {
      secured.disableRenegotiation();
      pool.accept(secured, begun.accepted, begun.socket);
    }
  });
  server.on('tlsClientError', (error, socket) => {
    drop('tls-handshake');
    onError(error);
    socket.destroy();
  });
  return {
    server,
    begin(socket, accepted) {
      const farEnd = farEndOf(socket);
      underWay.set(farEnd, { socket, accepted });
      socket.once('close', () => underWay.delete(farEnd));
      server.emit('connection', socket);
    },
  };
}

const farEndOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
