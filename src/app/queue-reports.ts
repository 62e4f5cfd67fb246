import type { QueueReports, ReportQuery } from '../http/sources.ts';
import { BYTE_ORDER_MARK } from '../lib/csv.ts';
import type { Clock } from '../lib/clock.ts';
import type { FollowedCounts } from '../queues/reports/followed-counts.ts';
import { AGENT_KPIS, QUEUE_KPIS } from '../queues/reports/kpis.ts';
import { intervalOf, type ReportLine, reportCsv, reportOf } from '../queues/reports/report.ts';

export function queueReports(counts: FollowedCounts, clock: Pick<Clock, 'wall'>): QueueReports {
  async function lines({ of, interval, zone, from, until, names }: ReportQuery): Promise<readonly ReportLine[]> {
    const range = { of, from, until, ...(names === undefined ? {} : { names }) };
    return reportOf(await counts.between(range, clock.wall(), intervalOf(interval, zone)), interval, zone);
  }
  return {
    async json(query) {
      const kpis = query.of === 'queue' ? QUEUE_KPIS : AGENT_KPIS;
      return { formulas: kpis.map(({ name, formula }) => ({ name, formula })), lines: await lines(query) };
    },
    csv: async (query) => BYTE_ORDER_MARK + [...reportCsv(await lines(query), query.of)].join(''),
  };
}
