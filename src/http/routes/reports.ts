import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../domain/error.ts';
import { isZone } from '../../lib/local-time.ts';
import type { QueueReports } from '../sources.ts';

const Query = Type.Object(
  {
    of: Type.Optional(Type.Enum(['queue', 'agent'], { default: 'queue' })),
    interval: Type.Optional(Type.Enum(['15min', 'day'], { default: 'day' })),
    zone: Type.Optional(
      Type.String({ maxLength: 64, description: 'time zone of the days, such as Asia/Shanghai; UTC' }),
    ),
    format: Type.Optional(Type.Enum(['json', 'csv'], { default: 'json' })),
  },
  { additionalProperties: false },
);

/** The KPIs of queues and agents, from the journal. */
export function reportRoutes(reports: QueueReports): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/reports',
      {
        schema: {
          summary: 'KPIs of queues or agents by quarter of an hour or day, each with its formula; JSON or CSV',
          tags: ['queues'],
          querystring: Query,
        },
      },
      async ({ query: { of = 'queue', interval = 'day', zone = 'UTC', format = 'json' } }, reply) => {
        if (!isZone(zone)) throw new IvrError('USAGE', `${zone} is no time zone; expected one such as Asia/Shanghai`);
        if (format === 'json') return reports.json({ of, interval, zone });
        return reply.type('text/csv; charset=utf-8').send(await reports.csv({ of, interval, zone }));
      },
    );
  };
}
