import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ReportQuerySchema, reportQuery } from '../report-query.ts';
import type { QueueReports } from '../sources.ts';

/** The KPIs of queues and agents, from the journal. */
export function reportRoutes(reports: QueueReports): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/reports',
      {
        schema: {
          summary: 'KPIs of queues or agents by quarter of an hour or day, each with its formula; JSON or CSV',
          tags: ['queues'],
          querystring: ReportQuerySchema,
        },
      },
      async ({ query }, reply) => {
        const asked = reportQuery(query, Date.now());
        if (query.format !== 'csv') return reports.json(asked);
        return reply.type('text/csv; charset=utf-8').send(await reports.csv(asked));
      },
    );
  };
}
