import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { IvrError, systemCode } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { type CancelTimer, type Clock, systemClock } from '../../lib/clock.ts';

export const FORK_PROTOCOL = 'audio.drachtio.org';
/** FreeSWITCH connects within milliseconds of being told to. */
const TOKEN_LIFE = ms(10_000);
const HANDSHAKE_LIMIT_MS = 5_000;
const CLOSE_LIMIT_MS = 1_000;
/** Connections that have not shown a token yet, beside those that are expected. */
const STRANGERS = 32;
/** A frame of FreeSWITCH has 640 bytes; coalesced ones a few thousand. */
const LARGEST_MESSAGE = 64 * 1024;
const LARGEST_HEADER = 8 * 1024;

/** `closeTimeout` is of ws, not yet of its types. */
const LIMITS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: LARGEST_MESSAGE,
  closeTimeout: CLOSE_LIMIT_MS,
  handleProtocols: () => FORK_PROTOCOL,
};

export interface ForkListenerOptions {
  readonly host: string;
  /** 0 and 0: any free port; otherwise the first free one, both ends included. */
  readonly ports: { readonly min: number; readonly max: number };
  /** Of basic authentication; an empty user demands none. */
  readonly user: string;
  readonly password: string;
  readonly clock?: Clock;
}

/** Where forks connect: ws://host:port/fork/<token>. */
export interface ForkListener {
  readonly port: number;
  /** Connections that were turned away. */
  readonly refused: number;
  /** Lets one connection in with this token, once, within 10 s. Returns what forgets it. */
  expect(token: string, onSocket: (socket: WebSocket) => void): () => void;
  close(): Promise<void>;
}

interface Expected {
  readonly digest: Buffer;
  readonly onSocket: (socket: WebSocket) => void;
  readonly cancel: CancelTimer;
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** @throws IvrError PORT_IN_USE when no port of the range is free */
export async function openForkListener(options: ForkListenerOptions): Promise<ForkListener> {
  const { user, password, clock = systemClock } = options;
  const authorization = user === '' ? undefined : digestOf(basic(user, password));
  const expected = new Set<Expected>();
  const open = new Set<Duplex>();
  const strangers = new Set<Duplex>();
  let refused = 0;

  const http = createServer({
    maxHeaderSize: LARGEST_HEADER,
    headersTimeout: HANDSHAKE_LIMIT_MS,
    requestTimeout: HANDSHAKE_LIMIT_MS,
    keepAliveTimeout: 1,
    connectionsCheckingInterval: 1_000,
  });
  const webSockets = new WebSocketServer(LIMITS);

  http.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      strangers.delete(socket);
    });
    if (strangers.size >= STRANGERS + expected.size) {
      refused++;
      socket.destroy();
    } else strangers.add(socket);
  });
  http.on('request', (_request, response) => {
    refused++;
    response.writeHead(404, { connection: 'close' }).end();
  });
  http.on('clientError', (_error, socket) => {
    refused++;
    socket.destroy();
  });
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const guest = admit(request);
    if (typeof guest === 'string') {
      refused++;
      socket.end(`HTTP/1.1 ${guest}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
      return;
    }
    strangers.delete(socket);
    webSockets.handleUpgrade(request, socket, head, guest.onSocket);
  });
  webSockets.on('wsClientError', (_error, socket) => {
    refused++;
    socket.destroy();
  });

  function forget(one: Expected): void {
    one.cancel();
    expected.delete(one);
  }

  /** Whom it is for, or the status that refuses it. A token is used up only by a connection that comes to be. */
  function admit(request: IncomingMessage): Expected | string {
    if (authorization !== undefined && !timingSafeEqual(digestOf(request.headers.authorization ?? ''), authorization))
      return '401 Unauthorized\r\nWWW-Authenticate: Basic realm="fork"';
    const token = /^\/fork\/([\w-]{1,256})$/.exec(request.url ?? '')?.[1];
    const digest = digestOf(token ?? '');
    let found: Expected | undefined;
    for (const one of expected) if (timingSafeEqual(one.digest, digest)) found = one;
    if (token === undefined || found === undefined) return '404 Not Found';
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!protocols.includes(FORK_PROTOCOL)) return '400 Bad Request';
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') return '400 Bad Request';
    forget(found);
    return found;
  }

  const port = await listen(http, options);
  return {
    port,
    get refused() {
      return refused;
    },
    expect(token, onSocket) {
      const one: Expected = {
        digest: digestOf(token),
        onSocket,
        cancel: clock.after(TOKEN_LIFE, () => expected.delete(one)),
      };
      expected.add(one);
      return () => forget(one);
    },
    async close() {
      for (const one of expected) forget(one);
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** @throws IvrError PORT_IN_USE */
async function listen(http: Server, { host, ports }: ForkListenerOptions): Promise<number> {
  for (let port = ports.min; port <= ports.max; port++)
    try {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          resolve();
        });
      });
      const address: AddressInfo | string | null = http.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    } catch (thrown) {
      if (systemCode(thrown) !== 'EADDRINUSE') throw thrown;
    }
  throw new IvrError('PORT_IN_USE', `no port from ${ports.min} to ${ports.max} is free for audio forks`, { ...ports });
}
