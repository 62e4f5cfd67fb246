import { isUtf8 } from 'node:buffer';
import type { WebSocket } from 'ws';
import { ms } from '../../domain/units.ts';
import type { MessageLink, MessageLinkUser } from '../../lib/message-link.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';

/** A telephone sends a few messages for each call: who sends more than this floods. */
const MESSAGES = { refillPerSecond: 25, burst: 200 };
/** What a browser may leave unread before it is taken for dead. */
const MOST_UNSENT_BYTES = 1024 * 1024;
/** Keeps NATs and proxies open, and finds out who has gone (RFC 6455 section 5.5.2). */
const PING_EVERY_MS = 25_000;

interface Peer {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly onProved: () => void;
}

/** Joins a WebSocket with whoever speaks SIP over it. */
export function joinSocket(
  socket: WebSocket,
  { host, port, secure, onProved }: Peer,
  accept: (link: MessageLink) => MessageLinkUser,
): void {
  const bucket = new TokenBucket(MESSAGES);
  let answered = true;
  const user = accept({
    host,
    port,
    secure,
    send(message) {
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) socket.terminate();
      // of what is no text a text frame may not be made (RFC 6455 section 5.6)
      else if (socket.readyState === socket.OPEN) socket.send(message, { binary: !isUtf8(message) });
    },
    prove: onProved,
    close: () => socket.terminate(),
  });
  const pinging = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_EVERY_MS);
  socket.on('pong', () => (answered = true));
  socket.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return;
    if (bucket.take(ms(performance.now()))) user.onMessage(data);
    else socket.terminate(); // a closing handshake would leave it thirty seconds more
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearInterval(pinging);
    user.onClosed();
  });
}
