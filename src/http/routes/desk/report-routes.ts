import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED, type StaffActor } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import { ReportQuerySchema, reportQuery } from '../../report-query.ts';
import type { QueueReports } from '../../sources.ts';

interface ReportParts {
  readonly staff: Pick<Staff, 'permit'>;
  readonly reports: QueueReports;
}

/** Whose numbers a supervisor sees: the own queues, and who may work on them; others see all. */
function namesFor(of: 'queue' | 'agent', { roles, attributes }: StaffActor, reports: QueueReports) {
  if (roles.some((role) => role === 'compliance' || role === 'quality')) return undefined;
  return of === 'queue' ? attributes.queues : reports.agentsOf(attributes.queues);
}

/** The reports page of the console. Whoever looks is in the audit trail. */
export function staffReportRoutes({ staff, reports }: ReportParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/staff/reports',
      {
        schema: { hide: true, querystring: Type.Object(ReportQuerySchema.properties, { additionalProperties: false }) },
      },
      async (request, reply) => {
        const { query } = request;
        const { actor } = signedInHolder(request);
        const asked = reportQuery(query, Date.now());
        const { of, interval, from, until } = asked;
        const queues = actor.attributes.queues;
        const [since, to] = [new Date(from).toISOString(), new Date(until).toISOString()];
        const detail = { what: 'kpis', of, interval, since, until: to, format: query.format ?? 'json' };
        await staff.permit(actor, 'report.read', { ids: [], queues }, NOTHING_STATED, { detail });
        const names = namesFor(of, actor, reports);
        const own = names === undefined ? asked : { ...asked, names };
        if (query.format !== 'csv') return reports.json(own);
        return reply
          .type('text/csv; charset=utf-8')
          .header('Content-Disposition', `attachment; filename="${of}-${interval}.csv"`)
          .send(await reports.csv(own));
      },
    );
  };
}
