import type { Socket } from 'node:net';
import type { EslConnection, FsmrfMediaServer } from './drachtio-fsmrf.ts';

/** FreeSWITCH says at once which channel an event socket is for. */
const SILENCE_LIMIT_MS = 5_000;

/**
 * Sees to the connections that fsmrf's listener takes: no delay, and an end for those that never say who they are.
 * Before FreeSWITCH is told where we listen.
 *
 * @param sockets - where they are kept while they are open
 */
export function guardListener(media: FsmrfMediaServer, sockets: Set<Socket>): void {
  const listening = media._server;
  listening?.server.prependListener('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    socket.setTimeout(SILENCE_LIMIT_MS, () => socket.destroy());
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  listening?.on('connection::ready', ({ socket }: EslConnection) => socket?.setTimeout(0));
}
