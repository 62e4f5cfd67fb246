import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { AgentView, Supervision } from '../../../agents/supervision.ts';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED, type StaffActor } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import { ReportQuerySchema, reportQuery } from '../../report-query.ts';
import type { QueueReports } from '../../sources.ts';

interface ReportParts {
  readonly staff: Pick<Staff, 'permit'>;
  readonly supervision: Pick<Supervision, 'view'>;
  readonly reports: QueueReports;
}

/** Whose numbers a supervisor sees: the own queues, and who may work on them; others see all. */
function namesFor(of: 'queue' | 'agent', { roles, attributes }: StaffActor, agents: readonly AgentView[]) {
  if (roles.some((role) => role === 'compliance' || role === 'quality')) return undefined;
  const own = new Set(attributes.queues);
  if (of === 'queue') return [...own];
  return agents.flatMap(({ agent, queues }) => (Object.keys(queues).some((queue) => own.has(queue)) ? [agent] : []));
}

/** The reports page of the console. Whoever looks is in the audit trail. */
export function staffReportRoutes({ staff, supervision, reports }: ReportParts): FastifyPluginAsyncTypebox {
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
        const detail = { what: 'report', of, interval, from, until, format: query.format ?? 'json' };
        await staff.permit(actor, 'report.read', { ids: [], queues }, NOTHING_STATED, { detail });
        const names = namesFor(of, actor, supervision.view().agents);
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
