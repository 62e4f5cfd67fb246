import { createServer, type Socket } from 'node:net';
import { asError, IvrError } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';
import { anyNetwork, badNetworks, type Networks, networks } from '../../lib/networks.ts';
import { openServerConnection, type ServerConnection } from './server-connection.ts';
import type { CallCounts, CallOptions, CallsUser, SrfCalls } from './srf-calls.ts';
import type { Orphan } from './srf-orphan.ts';
import type { OutsideUser } from './srf-outside.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /**
   * Addresses and networks (`10.0.0.0/8`) that may connect; default: all. In this mode it is we who send the secret to
   * whoever connects, so either this list or the network must keep others away.
   */
  readonly allow?: readonly string[];
}

export interface ListenerOptions extends CallOptions, ListenAddress {
  readonly secret: string;
  readonly tags: readonly string[];
}

export interface ListenerUser extends CallsUser, OutsideUser {
  /** Connections that broke with calls on them. */
  onOrphans(orphans: readonly Orphan[]): void;
}

export interface ListenerStatus {
  readonly port: number;
  /** Connections that are up: one for each call. */
  readonly connections: number;
  /** Connections that were not let in, or refused our secret. */
  readonly refused: number;
  readonly lost: number;
}

/** Where drachtio-server connects to us, once for each call ("outbound connections", by its request handler). */
export interface DrachtioListener extends AsyncDisposable {
  /** A connection that is up, for outgoing calls. */
  any(): Pick<SrfCalls, 'dial'> | undefined;
  statistics(): CallCounts;
  status(): ListenerStatus;
  hangUp(): Promise<void>;
}

const MAX_CONNECTIONS = 4_000;

function allowed(list: readonly string[]): Networks {
  const [bad] = badNetworks(list);
  if (bad !== undefined) throw new IvrError('CONFIG_INVALID', `${bad} is neither an IP address nor a network`);
  return networks(list);
}

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID */
export async function openListener(
  options: ListenerOptions,
  user: ListenerUser,
  logger: Logger,
): Promise<DrachtioListener> {
  const connections = new Set<ServerConnection>();
  const counts = { refused: 0, lost: 0 };
  const mayConnect = options.allow === undefined ? anyNetwork : allowed(options.allow);
  let closing = false;

  const accept = (socket: Socket): void => {
    if (closing || connections.size >= MAX_CONNECTIONS || !mayConnect(socket.remoteAddress ?? '')) {
      counts.refused++;
      socket.destroy();
      return;
    }
    const connection = openServerConnection(
      socket,
      options,
      {
        ...user,
        onRefused: () => counts.refused++,
        onClosed: (lost) => {
          connections.delete(connection);
          counts.lost += lost;
        },
      },
      logger,
    );
    connections.add(connection);
  };

  const server = createServer(accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new IvrError(
          'PORT_IN_USE',
          'the port for SIP servers cannot be opened',
          { port: options.port },
          asError(error),
        ),
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  server.on('error', (error) => logger.error({}, 'accepting SIP servers failed', error));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;

  return {
    any() {
      for (const { up, used, calls } of connections) if (up && used) return calls;
      return undefined;
    },
    statistics() {
      const sum = { incoming: 0, dialling: 0, dialogs: 0 };
      for (const { calls } of connections) {
        const { incoming, dialling, dialogs } = calls.statistics();
        sum.incoming += incoming;
        sum.dialling += dialling;
        sum.dialogs += dialogs;
      }
      return sum;
    },
    status: () => ({ port, connections: connections.size, ...counts }),
    async hangUp() {
      await Promise.all([...connections].map(({ calls }) => calls.hangUp()));
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      for (const connection of connections) connection.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
