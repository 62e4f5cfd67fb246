import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { asError, IvrError } from '../domain/error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Application, SipCommand } from './application.ts';
import { serveConnection } from './control-connection.ts';

const MAX_CONNECTIONS = 16;

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
    serveConnection(socket, {
      secret,
      hostports: options.hostports,
      clock: options.clock,
      counts,
      nextId: () => nextId++,
      onAuthenticated: (application) => applications.add(application),
      onCommand: (application, command) => user.onCommand(application, command),
      onClosed(application) {
        connections.delete(socket);
        if (application !== undefined && applications.delete(application)) user.onGone(application);
      },
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
