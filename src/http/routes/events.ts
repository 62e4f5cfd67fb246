import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../domain/error.ts';
import { redactEvent } from '../../redaction/redact-event.ts';
import type { Subscribe } from '../sources.ts';

const MOST_LISTENERS = 64;
/** What a reader that does not keep up may owe before it is cut off. */
const MOST_BUFFERED_BYTES = 1 << 20;
const KEEP_ALIVE_MS = 15_000;

/** Call events as they happen, as server-sent events (HTML Living Standard, section 9.2); personal data masked. */
export function eventRoutes(subscribe: Subscribe): FastifyPluginAsyncTypebox {
  let listeners = 0;
  return async (app) => {
    app.get(
      '/api/events',
      {
        schema: {
          summary: 'Live events (text/event-stream)',
          description:
            'Each event has the type of the call event as its name and the event as JSON data. A reader that lags by 1 MB is disconnected.',
          tags: ['calls'],
          produces: ['text/event-stream'],
          querystring: Type.Object(
            { contact: Type.Optional(Type.String({ maxLength: 36 })) },
            { additionalProperties: false },
          ),
        },
      },
      async (request, reply) => {
        if (listeners >= MOST_LISTENERS)
          throw new IvrError('OVERLOADED', `${MOST_LISTENERS} readers are connected already`);
        listeners += 1;
        const { contact } = request.query;
        reply.hijack();
        const out = reply.raw;
        out.writeHead(200, {
          'Content-Type': 'text/event-stream',
          'Cache-Control': 'no-store',
          Connection: 'keep-alive',
        });
        out.write(': connected\n\n');
        const send = (text: string): void => {
          if (out.writableLength > MOST_BUFFERED_BYTES) out.destroy();
          else out.write(text);
        };
        const unsubscribe = subscribe((event) => {
          if (contact === undefined || event.contact === contact)
            send(
              `id: ${event.contact}.${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(redactEvent(event))}\n\n`,
            );
        });
        const keepAlive = setInterval(() => send(': still here\n\n'), KEEP_ALIVE_MS);
        out.once('close', () => {
          listeners -= 1;
          clearInterval(keepAlive);
          unsubscribe();
        });
      },
    );
  };
}
