import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../domain/error.ts';
import { isUuid } from '../../domain/ids.ts';
import { redactEvent } from '../../redaction/redact-event.ts';
import type { CallHistory } from '../sources.ts';

const Nullable = <T extends ReturnType<typeof Type.Integer> | ReturnType<typeof Type.String>>(type: T) =>
  Type.Union([type, Type.Null()]);

const Call = Type.Object({
  contact: Type.String(),
  live: Type.Boolean(),
  offered_at: Type.Integer({ description: 'Unix time, ms' }),
  answered_at: Nullable(Type.Integer()),
  ended_at: Nullable(Type.Integer()),
  from: Type.String({ description: 'masked' }),
  to: Type.String({ description: 'masked' }),
  because: Nullable(Type.String()),
  duration_ms: Nullable(Type.Integer()),
  recording: Nullable(Type.String()),
});

const PAGE = 50;

const Query = Type.Object(
  {
    live: Type.Optional(Type.Boolean({ description: 'only calls under way, or only past ones' })),
    since: Type.Optional(Type.Integer({ minimum: 0, description: 'offered at or after, Unix ms' })),
    until: Type.Optional(Type.Integer({ minimum: 0, description: 'offered before, Unix ms' })),
    because: Type.Optional(Type.String({ maxLength: 40, description: 'reason of the end, such as caller-hung-up' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: PAGE })),
    before: Type.Optional(
      Type.String({ maxLength: 36, description: 'contact that the page begins after; newest come first' }),
    ),
  },
  { additionalProperties: false },
);

export function callRoutes(calls: CallHistory): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/calls',
      {
        schema: {
          summary: 'Calls, newest first',
          tags: ['calls'],
          querystring: Query,
          response: { 200: Type.Object({ calls: Type.Array(Call) }) },
        },
      },
      async ({ query }) => ({ calls: [...(await calls.list({ limit: PAGE, ...query }))] }),
    );
    app.get(
      '/api/calls/:contact',
      {
        schema: {
          summary: 'One call and all that happened in it, personal data masked',
          tags: ['calls'],
          params: Type.Object({ contact: Type.String() }),
          response: {
            200: Type.Object({ call: Call, events: Type.Array(Type.Object({}, { additionalProperties: true })) }),
          },
        },
      },
      async ({ params }) => {
        const found = isUuid(params.contact) ? await calls.find(params.contact) : undefined;
        if (found === undefined) throw new IvrError('NOT_FOUND', 'there is no such call');
        return { call: found.call, events: found.events.map((event) => ({ ...redactEvent(event) })) };
      },
    );
  };
}
