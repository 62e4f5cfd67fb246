import { csvRow } from '../../lib/csv.ts';
import { localTime } from '../../lib/local-time.ts';
import type { QueueStore } from '../queue-store.ts';
import { CountedRows, type KpiLimits, quarterInKey } from './count-rows.ts';
import {
  type AgentCell,
  emptyAgentCell,
  emptyQueueCell,
  type QueueCell,
  type ReadonlyCells,
  summed,
} from './kpi-cells.ts';
import { AGENT_KPIS, kpisOf, QUEUE_KPIS } from './kpis.ts';
import type { WallMs } from '../../domain/units.ts';

export interface ReportLine {
  readonly scope: 'queue' | 'agent';
  readonly name: string;
  /** ISO 8601: a quarter of an hour as its beginning, a day as its date. */
  readonly interval: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly kpis: Readonly<Record<string, number | null>>;
}

/** Counts a whole journal. @param at - Unix ms, up to which agents are counted who are signed in @throws IvrError STORAGE_FAILED */
export async function countJournal(
  store: Pick<QueueStore, 'read'>,
  limits: KpiLimits,
  at: WallMs,
): Promise<ReadonlyCells> {
  const counted = new CountedRows(limits);
  for await (const { row } of store.read(1)) counted.take(row);
  return counted.upTo(at);
}

/** Of a quarter of an hour the one that stands for its interval: itself, or the first of its day that was asked for. */
export function intervalOf(interval: '15min' | 'day', zone: string): (quarter: WallMs) => WallMs {
  if (interval === '15min') return (quarter) => quarter;
  const days = new Map<string, WallMs>();
  /** Many agents have the same ones, one after another. */
  let last: { readonly quarter: WallMs; readonly date: string } | undefined;
  return (quarter) => {
    if (last?.quarter !== quarter) last = { quarter, date: localTime(quarter, zone).date };
    const first = days.get(last.date) ?? quarter;
    days.set(last.date, first);
    return first;
  };
}

/**
 * The KPIs by queue and by agent, in the order of their intervals.
 *
 * @param interval - quarters of an hour, or days of a time zone (IANA name)
 */
export function reportOf(
  { queues, agents }: ReadonlyCells,
  interval: '15min' | 'day',
  zone: string,
): readonly ReportLine[] {
  /** Of the quarters: many agents have the same ones. */
  const names = new Map<WallMs, string>();
  const nameOf = (at: WallMs): string => {
    const name = names.get(at) ?? (interval === 'day' ? localTime(at, zone).date : new Date(at).toISOString());
    names.set(at, name);
    return name;
  };
  const queueLines = lines('queue', queues, nameOf, emptyQueueCell(), (cell: QueueCell) => kpisOf(cell, QUEUE_KPIS));
  const agentLines = lines('agent', agents, nameOf, emptyAgentCell(), (cell: AgentCell) => kpisOf(cell, AGENT_KPIS));
  return [...queueLines, ...agentLines];
}

function lines<C extends QueueCell | AgentCell>(
  scope: ReportLine['scope'],
  cells: ReadonlyMap<string, C>,
  nameOf: (at: WallMs) => string,
  empty: C,
  kpis: (cell: C) => ReportLine['kpis'],
): readonly ReportLine[] {
  const grouped = new Map<string, { name: string; interval: string; cells: C[] }>();
  for (const [key, cell] of cells) {
    const { quarter, name } = quarterInKey(key);
    const interval = nameOf(quarter);
    const group = grouped.get(`${interval} ${name}`) ?? { name, interval, cells: [] };
    group.cells.push(cell);
    grouped.set(`${interval} ${name}`, group);
  }
  return [...grouped.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const cell = summed(group.cells, empty);
      return {
        scope,
        name: group.name,
        interval: group.interval,
        counts: Object.fromEntries(Object.entries(cell)),
        kpis: kpis(cell),
      };
    });
}

/** As CSV: a header, then the lines of one scope. Ratios have four decimal places; what cannot be computed is empty. */
export function* reportCsv(report: readonly ReportLine[], scope: ReportLine['scope']): Generator<string> {
  const own = report.filter((line) => line.scope === scope);
  const empty = scope === 'queue' ? emptyQueueCell() : emptyAgentCell();
  const formulas = scope === 'queue' ? QUEUE_KPIS : AGENT_KPIS;
  yield csvRow([scope, 'interval', ...formulas.map(({ name }) => name), ...Object.keys(empty)]);
  for (const { name, interval, counts, kpis } of own)
    yield csvRow([
      name,
      interval,
      ...formulas.map((formula) => rounded(kpis[formula.name] ?? null)),
      ...Object.keys(empty).map((count) => counts[count] ?? 0),
    ]);
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 10_000) / 10_000);
