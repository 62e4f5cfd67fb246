import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { eventStreams } from '../event-stream.ts';
import type { Subscribe } from '../sources.ts';

const MOST_LISTENERS = 64;

/** Call events as they happen, as server-sent events (HTML Living Standard, section 9.2); personal data masked. */
export function eventRoutes(subscribe: Subscribe): FastifyPluginAsyncTypebox {
  const stream = eventStreams(subscribe, MOST_LISTENERS, `${MOST_LISTENERS} readers are connected already`);
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
        const { contact } = request.query;
        stream(reply, (event) => contact === undefined || event.contact === contact);
      },
    );
  };
}
