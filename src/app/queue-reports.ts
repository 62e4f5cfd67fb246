import type { QueueReports } from '../http/sources.ts';
import { BYTE_ORDER_MARK } from '../lib/csv.ts';
import type { Clock } from '../lib/clock.ts';
import type { FollowedCounts } from '../queues/reports/followed-counts.ts';
import { AGENT_KPIS, QUEUE_KPIS } from '../queues/reports/kpis.ts';
import { reportCsv, reportOf } from '../queues/reports/report.ts';

export const queueReports = (counts: FollowedCounts, clock: Pick<Clock, 'wall'>): QueueReports => ({
  async json({ of, interval, zone }) {
    const lines = reportOf(await counts.upTo(clock.wall()), interval, zone).filter(({ scope }) => scope === of);
    const kpis = of === 'queue' ? QUEUE_KPIS : AGENT_KPIS;
    return { formulas: kpis.map(({ name, formula }) => ({ name, formula })), lines };
  },
  async csv({ of, interval, zone }) {
    const report = reportOf(await counts.upTo(clock.wall()), interval, zone);
    return BYTE_ORDER_MARK + [...reportCsv(report, of)].join('');
  },
});
