import type { FastifyReply } from 'fastify';
import type { CallEvent } from '../domain/call-event.ts';
import { IvrError } from '../domain/error.ts';
import { redactEvent } from '../redaction/redact-event.ts';
import type { Subscribe } from './sources.ts';

/** What a reader that does not keep up may owe before it is cut off. */
const MOST_BUFFERED_BYTES = 1 << 20;
const KEEP_ALIVE_MS = 15_000;

export interface EventStream {
  /** Never waits: a reader that does not keep up is cut off, and begins anew. */
  send(type: string, data: unknown, id?: string): void;
  end(): void;
}

/** Answers with server-sent events (HTML Living Standard, section 9.2). @param onClosed - the reader has gone, or was cut off */
export function openEventStream(reply: FastifyReply, onClosed: () => void): EventStream {
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', Connection: 'keep-alive' });
  out.write(': connected\n\n');
  const write = (text: string): void => {
    if (out.writableEnded) return;
    if (out.writableLength > MOST_BUFFERED_BYTES) out.destroy();
    else out.write(text);
  };
  const keepAlive = setInterval(() => write(': still here\n\n'), KEEP_ALIVE_MS);
  out.once('close', () => {
    clearInterval(keepAlive);
    onClosed();
  });
  return {
    send: (type, data, id) =>
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`),
    end: () => void out.end(),
  };
}

/**
 * Streams of call events of which so many may be open at a time; personal data masked.
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
    const stream = openEventStream(reply, () => {
      unsubscribe();
      open -= 1;
    });
    const unsubscribe = subscribe((event) => {
      if (wanted(event)) stream.send(event.type, redactEvent(event), `${event.contact}.${event.seq}`);
    });
  };
}
