import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Application, SipCommand } from './application.ts';
import { type ControlMessage, parseControlMessage, replyLine } from './control-message.ts';
import { FrameReader, formatFrame } from './frame.ts';

/** As drachtio-server says it; drachtio-srf decides by it what the server can do. */
const VERSION = 'v0.9.10';
const AUTHENTICATE_WITHIN = ms(5_000);
const MAX_ROUTES = 64;
/** An application that does not read is cut off: what it cannot take would pile up in the SIP worker. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

export interface ConnectionOptions {
  /** SHA-256 of the secret that applications must send. */
  readonly secret: Uint8Array;
  /** Where this server takes SIP: `udp/127.0.0.1:5060,tcp/127.0.0.1:5060` */
  readonly hostports: string;
  readonly clock: Clock;
  /** Connections refused, and closed because of what they sent. */
  readonly counts: { refused: number; broken: number };
  readonly nextId: () => number;
  readonly onAuthenticated: (application: Application) => void;
  readonly onCommand: (application: Application, command: SipCommand) => void;
  /** @param application - undefined when it never authenticated */
  readonly onClosed: (application: Application | undefined) => void;
}

/** Speaks the control protocol with one application: the secret first, then routes, pings and SIP commands. */
export function serveConnection(socket: Socket, options: ConnectionOptions): void {
  const { counts } = options;
  socket.setNoDelay(true);
  const reader = new FrameReader();
  const routes = new Set<string>();
  let application: Application | undefined;
  const tooLate = options.clock.after(AUTHENTICATE_WITHIN, () => {
    counts.refused++;
    socket.destroy();
  });

  function send(line: string, message?: Uint8Array): void {
    if (socket.destroyed || socket.writableEnded) return;
    socket.write(formatFrame(line, message));
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  }

  function authenticate(message: Extract<ControlMessage, { type: 'authenticate' }>): void {
    const digest = createHash('sha256').update(message.secret, 'utf8').digest();
    if (application !== undefined || !timingSafeEqual(digest, options.secret)) {
      counts.refused++;
      send(replyLine(message.id, 'NOK', 'incorrect secret'));
      socket.end();
      return;
    }
    tooLate();
    application = {
      id: options.nextId(),
      routes,
      get connected() {
        return !socket.destroyed && !socket.writableEnded;
      },
      send,
    };
    options.onAuthenticated(application);
    send(replyLine(message.id, 'OK', options.hostports, VERSION, options.hostports));
  }

  function receive(message: ControlMessage): void {
    if (message.type === 'authenticate') return authenticate(message);
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
        return options.onCommand(application, message);
      default:
        return send(replyLine(message.id, 'NOK', 'unknown message'));
    }
  }

  socket.on('data', (bytes) => {
    for (const payload of reader.push(bytes)) {
      const message = parseControlMessage(payload);
      if (message === undefined) {
        counts.broken++;
        socket.destroy();
      } else receive(message);
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
    options.onClosed(application);
  });
}
