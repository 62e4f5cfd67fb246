import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import { IvrError } from '../../domain/error.ts';
import { type Networks, shareOf, unmapped } from '../../lib/networks.ts';
import type { Limiter } from '../admit-request.ts';
import { expectPrivate, isSecure } from '../console/console-request.ts';
import { joinSocket } from './socket-link.ts';
import { type BrowserTelephones, SIP_SOCKET_PATH } from './telephones.ts';

/** WebSockets of one address in 10 s. */
const SOCKETS = 60;
/** An INVITE of a browser has 4 to 8 KB. */
const MOST_BYTES = 64 * 1024;
/** RFC 7118 section 4 */
const SUBPROTOCOL = 'sip';

interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}
const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** WebSockets at `/sip` go the way of all requests (`UpgradableRequest`): what limits and refuses those holds for them. */
export function routeUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request);
    upgrades.set(request, { socket, head });
    socket.on('error', () => socket.destroy());
    response.assignSocket(socket as Socket);
    // an answer that is no upgrade is the last one, and nobody reads this connection any more: it would never see its end
    response.shouldKeepAlive = false;
    response.once('finish', () => (socket as Socket).destroySoon());
    app.routing(request, response);
  });
}

/** SIP over WebSocket (RFC 7118) at `/sip`: on the port and with the certificate of the web server. */
export function sipSocketRoutes(
  telephones: Pick<BrowserTelephones, 'accept' | 'origins'>,
  {
    proxies,
    limiter,
    hold,
  }: { readonly proxies: Networks; readonly limiter: Limiter; readonly hold: (socket: Socket) => void },
): FastifyPluginAsync {
  return async (app) => {
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: MOST_BYTES,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    app.addHook('onClose', async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    });
    const limit = limiter(SOCKETS, (request: FastifyRequest) => shareOf(request.ip));
    app.get(
      SIP_SOCKET_PATH,
      {
        schema: { hide: true },
        onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
          await limit(request, reply);
          expectPrivate(request, proxies);
          expectOwnPage(request, telephones.origins);
        },
      },
      async (request, reply) => {
        const upgrade = upgrades.get(request.raw);
        if (upgrade === undefined || !subprotocolsOf(request).includes(SUBPROTOCOL))
          throw new IvrError(
            'USAGE',
            'SIP over WebSocket (RFC 7118) is spoken here: open it with the subprotocol "sip"',
          );
        reply.hijack();
        const { socket } = request.raw;
        reply.raw.detachSocket(socket);
        server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (opened) =>
          joinSocket(
            opened,
            {
              host: unmapped(request.ip),
              port: socket.remotePort ?? 0,
              secure: isSecure(request),
              onProved: () => hold(socket),
            },
            telephones.accept,
          ),
        );
      },
    );
  };
}

const subprotocolsOf = ({ headers }: FastifyRequest): readonly string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim().toLowerCase());

/** Browsers say whose page it is (RFC 6455 section 10.2); telephones that are none need not. @throws IvrError FORBIDDEN */
function expectOwnPage(request: FastifyRequest, others: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || origin === `${request.protocol}://${request.host}` || others.includes(origin)) return;
  throw new IvrError('FORBIDDEN', 'pages of other sites may not call this server; webrtc.origins names those that may');
}
