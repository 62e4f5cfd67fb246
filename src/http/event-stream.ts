import type { FastifyReply } from 'fastify';
import type { CallEvent } from '../domain/call-event.ts';
import { IvrError } from '../domain/error.ts';
import { redactEvent } from '../redaction/redact-event.ts';
import type { Subscribe } from './sources.ts';

/** What a reader that does not keep up may owe before it is cut off. */
const MOST_BUFFERED_BYTES = 1 << 20;
const KEEP_ALIVE_MS = 15_000;

/**
 * Streams of which so many may be open at a time.
 *
 * @param full - why there is no more
 * @returns answers with one, unless the reader has gone meanwhile. @throws IvrError OVERLOADED
 */
export function eventStreams(
  subscribe: Subscribe,
  most: number,
  full: string,
): (reply: FastifyReply, wanted: (event: CallEvent) => boolean) => void {
  let open = 0;
  return (reply, wanted) => {
    if (open >= most) throw new IvrError('OVERLOADED', full);
    if (reply.raw.destroyed) return void reply.hijack();
    open += 1;
    streamEvents(reply, subscribe, wanted, () => {
      open -= 1;
    });
  };
}

/** Answers with call events as they happen, as server-sent events (HTML Living Standard, section 9.2); personal data masked. */
function streamEvents(
  reply: FastifyReply,
  subscribe: Subscribe,
  wanted: (event: CallEvent) => boolean,
  onClosed: () => void,
): void {
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', Connection: 'keep-alive' });
  out.write(': connected\n\n');
  const send = (text: string): void => {
    if (out.writableLength > MOST_BUFFERED_BYTES) out.destroy();
    else out.write(text);
  };
  const unsubscribe = subscribe((event) => {
    if (wanted(event))
      send(`id: ${event.contact}.${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(redactEvent(event))}\n\n`);
  });
  const keepAlive = setInterval(() => send(': still here\n\n'), KEEP_ALIVE_MS);
  out.once('close', () => {
    clearInterval(keepAlive);
    unsubscribe();
    onClosed();
  });
}
