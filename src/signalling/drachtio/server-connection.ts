import { Server, type Socket } from 'node:net';
import { ms } from '../../domain/units.ts';
import { closeSrf, guardMessages, newSrf } from '../../drachtio/drachtio-srf.ts';
import type { Logger } from '../../lib/logger.ts';
import { type CallsUser, type CallOptions, type SrfCalls, srfCalls } from './srf-calls.ts';
import type { Orphan } from './srf-orphan.ts';
import { answerOutside, type OutsideUser } from './srf-outside.ts';

export interface ServerConnectionOptions extends CallOptions {
  readonly secret: string;
  readonly tags: readonly string[];
}

export interface ServerConnectionUser extends CallsUser, OutsideUser {
  /** The connection broke with calls on it. */
  onOrphans(orphans: readonly Orphan[]): void;
  /** It refused our secret, or never came up. */
  onRefused(): void;
  /** @param lost - calls that ended with it, or go on without it */
  onClosed(lost: number): void;
}

/** A connection that a SIP server opened to us for one call; it closes when that call and those dialled on it are over. */
export interface ServerConnection {
  readonly calls: SrfCalls;
  /** The server took our secret. */
  readonly up: boolean;
  /** The call that it was opened for has come. */
  readonly used: boolean;
  close(): void;
}

const UP_WITHIN = ms(5_000);

export function openServerConnection(
  socket: Socket,
  options: ServerConnectionOptions,
  user: ServerConnectionUser,
  logger: Logger,
): ServerConnection {
  socket.setNoDelay(true);
  const srf = newSrf(options.tags);
  let up = false;
  let used = false;
  let closed = false;
  const calls = srfCalls(
    srf,
    options,
    {
      ...user,
      onCall: (call) => {
        used = true;
        user.onCall(call);
      },
      onOrphan: (orphan) => user.onOrphans([orphan]),
      onChange: () => {
        user.onChange?.();
        setImmediate(closeWhenIdle);
      },
    },
    logger,
  );
  answerOutside(srf, user);
  const tooLate = setTimeout(() => {
    if (!up) user.onRefused();
    if (!used) close();
  }, UP_WITHIN);

  function close(): void {
    closed = true;
    clearTimeout(tooLate);
    closeSrf(srf);
    socket.destroySoon();
  }

  function closeWhenIdle(): void {
    const { incoming, dialling, dialogs } = calls.statistics();
    if (used && incoming + dialling + dialogs === 0) close();
  }

  srf
    .on('connect', (error) => {
      if (error === null || error === undefined) {
        up = true;
        return;
      }
      user.onRefused();
      logger.warn(
        {},
        'a SIP server that connected to us refuses our secret (signalling.secret or signalling.secret_file)',
      );
      close();
    })
    .on('error', () => undefined) // 'close' follows
    .on('close', () => {
      clearTimeout(tooLate);
      const { orphans, kept } = calls.loseAll();
      user.onClosed(orphans.length + kept);
      if (!closed && orphans.length > 0) user.onOrphans(orphans);
    });
  // srf keeps one state for all connections of a server: each connection gets its own, and a server that never listens
  const incoming = new Server();
  srf.listen({ server: incoming, secret: options.secret });
  guardMessages(srf, (error) => logger.error({}, 'a message from the SIP server was dropped', error));
  incoming.emit('connection', socket);

  return {
    calls,
    get up() {
      return up;
    },
    get used() {
      return used;
    },
    close,
  };
}
