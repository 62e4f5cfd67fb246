import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { asError, IvrError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { type ControlMessage, parseControlMessage, replyLine } from './control-message.ts';
import { FrameReader, formatFrame } from './frame.ts';

/** As drachtio-server says it; drachtio-srf decides by it what the server can do. */
const VERSION = 'v0.9.10';
const AUTHENTICATE_WITHIN = ms(5_000);
const MAX_CONNECTIONS = 16;
const MAX_ROUTES = 64;
/** An application that does not read is cut off: what it cannot take would pile up in the SIP worker. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/** One authenticated connection. */
export interface Application {
  readonly id: number;
  /** Methods, in upper case, that it wants to see. */
  readonly routes: ReadonlySet<string>;
  readonly connected: boolean;
  /** @param message - the SIP message behind the line, if any */
  send(line: string, message?: Uint8Array): void;
}

export type SipCommand = Extract<ControlMessage, { readonly type: 'sip' }>;

export interface ControlUser {
  onCommand(application: Application, command: SipCommand): void;
  /** Once for each application, when its connection has ended. */
  onGone(application: Application): void;
}

export interface ControlServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly secret: string;
  /** `udp/127.0.0.1:5060,tcp/127.0.0.1:5060` */
  readonly hostports: string;
  readonly clock: Clock;
}

export interface ControlServer {
  readonly port: number;
  readonly applications: ReadonlySet<Application>;
  statistics(): { readonly applications: number; readonly refused: number; readonly broken: number };
  close(): Promise<void>;
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** @throws IvrError PORT_IN_USE */
export async function openControlServer(options: ControlServerOptions, user: ControlUser): Promise<ControlServer> {
  const secret = digest(options.secret);
  const connections = new Set<Socket>();
  const applications = new Set<Application>();
  const counts = { refused: 0, broken: 0 };
  let nextId = 1;

  const accept = (socket: Socket): void => {
    if (connections.size >= MAX_CONNECTIONS) {
      counts.refused++;
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.setNoDelay(true);
    const reader = new FrameReader();
    const routes = new Set<string>();
    let application: Application | undefined;
    const tooLate = options.clock.after(AUTHENTICATE_WITHIN, () => {
      counts.refused++;
      socket.destroy();
    });
    const send = (line: string, message?: Uint8Array): void => {
      if (socket.destroyed || socket.writableEnded) return;
      socket.write(formatFrame(line, message));
      if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
    };

    const authenticate = (message: Extract<ControlMessage, { type: 'authenticate' }>): void => {
      if (application !== undefined || !timingSafeEqual(digest(message.secret), secret)) {
        counts.refused++;
        send(replyLine(message.id, 'NOK', 'incorrect secret'));
        socket.end();
        return;
      }
      tooLate();
      application = {
        id: nextId++,
        routes,
        get connected() {
          return !socket.destroyed && !socket.writableEnded;
        },
        send,
      };
      applications.add(application);
      send(replyLine(message.id, 'OK', options.hostports, VERSION, options.hostports));
    };

    const take = (message: ControlMessage): void => {
      if (message.type === 'authenticate') {
        authenticate(message);
        return;
      }
      if (application === undefined) {
        counts.refused++;
        socket.destroy();
        return;
      }
      switch (message.type) {
        case 'route':
          if (routes.size < MAX_ROUTES) routes.add(message.verb);
          return send(replyLine(message.id, 'OK'));
        case 'remove_route':
          routes.delete(message.verb);
          return send(replyLine(message.id, 'OK'));
        case 'ping':
          return send(replyLine(message.id, 'OK', 'pong'));
        case 'proxy':
          return send(replyLine(message.id, 'NOK', 'proxying is not supported'));
        case 'sip':
          return user.onCommand(application, message);
        default:
          return send(replyLine(message.id, 'NOK', 'unknown message'));
      }
    };

    socket.on('data', (bytes) => {
      for (const payload of reader.push(bytes)) {
        const message = parseControlMessage(payload);
        if (message === undefined) {
          counts.broken++;
          socket.destroy();
        } else take(message);
        if (socket.destroyed || socket.writableEnded) return;
      }
      if (reader.broken) {
        counts.broken++;
        socket.destroy();
      }
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      tooLate();
      connections.delete(socket);
      if (application !== undefined && applications.delete(application)) user.onGone(application);
    });
  };

  const server = createServer(accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new IvrError('PORT_IN_USE', 'the control port cannot be opened', { port: options.port }, asError(error))),
    );
    server.listen(options.port, options.host, resolve);
  });
  server.on('error', () => undefined);
  const address = server.address();
  let closing: Promise<void> | undefined;
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    applications,
    statistics: () => ({ applications: applications.size, ...counts }),
    close: () =>
      (closing ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      })),
  };
}
