import type { Socket } from 'node:net';
import type { FsmrfMediaServer } from './drachtio-fsmrf.ts';

/** FreeSWITCH says at once which channel an event socket is for, in some 15 KB. */
const STRANGER_LIMIT_MS = 5_000;
const STRANGER_BYTES = 128 * 1024;
/** Connections at the same time that have not said so. */
const MOST_STRANGERS = 1_024;

const AGENT = /^drachtio-fsmrf:(.+)$/;

/**
 * Sees to the connections that fsmrf's listener takes: no delay, and an end for those that are not of a channel that was
 * asked for, which only FreeSWITCH can name: anybody else may reach the port too. Before FreeSWITCH is told where we
 * listen.
 *
 * @param sockets - where they are kept while they are open
 */
export function guardListener(media: FsmrfMediaServer, sockets: Set<Socket>): void {
  const listening = media._server;
  if (listening === undefined) return;
  const strangers = new Map<Socket, () => void>();

  listening.server.prependListener('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    const measure = (): void => {
      if (socket.bytesRead > STRANGER_BYTES) socket.destroy();
    };
    const limit = setTimeout(() => socket.destroy(), STRANGER_LIMIT_MS);
    socket.on('data', measure);
    strangers.set(socket, () => {
      clearTimeout(limit);
      socket.off('data', measure);
      strangers.delete(socket);
    });
    socket.once('close', () => {
      sockets.delete(socket);
      strangers.get(socket)?.();
    });
    if (strangers.size > MOST_STRANGERS) socket.destroy();
  });
  // modesl writes logs to the console; none is asked for here
  listening.on('connection::open', (connection) => connection.removeAllListeners('esl::event::logdata'));

  // fsmrf writes what a stranger says of itself to the console, and keeps it
  const take = listening.listeners('connection::ready');
  listening.removeAllListeners('connection::ready');
  listening.on('connection::ready', (connection, id) => {
    const agent = connection.getInfo()?.getHeader('variable_sip_user_agent') ?? '';
    if (media.pendingConnections.has(AGENT.exec(agent)?.[1] ?? '')) {
      if (connection.socket !== null) strangers.get(connection.socket)?.();
      for (const each of take) each(connection, id);
      // a channel that comes too late is parked: it ends by this, its connection with it
    } else connection.execute('hangup', 'NO_ROUTE_DESTINATION');
  });
}
