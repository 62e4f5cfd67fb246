import type { QueueReports, ReportQuery } from '../http/sources.ts';
import { BYTE_ORDER_MARK } from '../lib/csv.ts';
import type { Clock } from '../lib/clock.ts';
import type { Floor } from '../queues/floor.ts';
import type { QueueSet } from '../queues/queue-rules.ts';
import type { FollowedCounts } from '../queues/reports/followed-counts.ts';
import { AGENT_KPIS, QUEUE_KPIS } from '../queues/reports/kpis.ts';
import { intervalOf, type ReportLine, reportCsv, reportOf } from '../queues/reports/report.ts';
import { wallMs } from '../domain/units.ts';

export function queueReports(
  counts: FollowedCounts,
  { floor, rules }: { readonly floor: () => Pick<Floor, 'agents'>; readonly rules: () => Pick<QueueSet, 'agents'> },
  clock: Pick<Clock, 'wall'>,
): QueueReports {
  async function lines({ of, interval, zone, from, until, names }: ReportQuery): Promise<readonly ReportLine[]> {
    const range = { of, from: wallMs(from), until: wallMs(until), ...(names === undefined ? {} : { names }) };
    return reportOf(await counts.between(range, clock.wall(), intervalOf(interval, zone)), interval, zone);
  }
  return {
    agentsOf(queues) {
      const worksOn = (own: Readonly<Record<string, number>>): boolean =>
        queues.some((queue) => own[queue] !== undefined);
      return [
        ...new Set([
          ...[...rules().agents].flatMap(([agent, each]) => (worksOn(each.queues) ? [agent] : [])),
          // a supervisor may have sent them there
          ...[...floor().agents].flatMap(([agent, { profile }]) => (worksOn(profile.queues) ? [agent] : [])),
        ]),
      ];
    },
    async json(query) {
      const kpis = query.of === 'queue' ? QUEUE_KPIS : AGENT_KPIS;
      return { formulas: kpis.map(({ name, formula }) => ({ name, formula })), lines: await lines(query) };
    },
    csv: async (query) => BYTE_ORDER_MARK + [...reportCsv(await lines(query), query.of)].join(''),
  };
}
