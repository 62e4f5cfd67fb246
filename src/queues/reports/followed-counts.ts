import { IvrError } from '../../domain/error.ts';
import type { QueueStore } from '../queue-store.ts';
import { cellKey, type KpiLimits, quarterInKey } from './count-rows.ts';
import type { CountRange, CountStore } from './count-store.ts';
import { CountedJournal } from './counted-journal.ts';
import {
  addTo,
  type AgentCell,
  emptyAgentCell,
  emptyQueueCell,
  type QueueCell,
  quarterOf,
  type ReadonlyCells,
} from './kpi-cells.ts';
import type { WallMs } from '../../domain/units.ts';

/** All of them are in memory at once, and in one answer. */
const MOST_LINES = 50_000;

/** The counts of a journal, kept up with it: each row is counted once, and what is past is in the database. */
export interface FollowedCounts {
  /** Reads on. @param at - Unix ms, now @throws IvrError STORAGE_FAILED */
  upTo(at: WallMs): Promise<void>;
  /** Of queues on the last day, as they were when they were last read. */
  readonly latest: Pick<ReadonlyCells, 'queues'>;
  /**
   * Reads on, and gives what was asked for.
   *
   * @param at - Unix ms, up to which agents are counted who are signed in
   * @param intervalOf - quarters of one interval are added up
   * @throws IvrError STORAGE_FAILED, REPORT_TOO_LONG
   */
  between(range: CountRange, at: WallMs, intervalOf?: (quarter: WallMs) => WallMs): Promise<ReadonlyCells>;
}

interface Scope<C> {
  readonly own: (cells: ReadonlyCells) => ReadonlyMap<string, C>;
  readonly empty: () => C;
}
const QUEUES: Scope<QueueCell> = { own: ({ queues }) => queues, empty: emptyQueueCell };
const AGENTS: Scope<AgentCell> = { own: ({ agents }) => agents, empty: emptyAgentCell };

/** @param keptEveryRows - see CountedJournal */
export function followCounts(
  store: Pick<QueueStore, 'read'>,
  counts: CountStore,
  limits: KpiLimits,
  keptEveryRows?: number,
): FollowedCounts {
  const journal = new CountedJournal(store, counts, limits, keptEveryRows);
  let reading: Promise<unknown> = Promise.resolve();

  /** One at a time, whoever asks. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const now = reading.then(work);
    reading = now.catch(() => undefined);
    return now;
  }

  async function cellsOf<C extends QueueCell | AgentCell>(
    range: CountRange,
    at: WallMs,
    intervalOf: (quarter: WallMs) => WallMs,
    { own, empty }: Scope<C>,
  ): Promise<ReadonlyMap<string, C>> {
    return journal.together(async () => {
      const { to, after } = await inTurn(async () => {
        const { counted, keptTo } = await journal.readOn(at);
        return { to: keptTo, after: within(range, own(counted.upTo(at))) };
      });
      const value = new Map<string, C>();
      const add = (name: string, quarter: WallMs, cell: C): void => {
        addTo(value, cellKey(name, intervalOf(quarter)), cell, empty);
        if (value.size > MOST_LINES) throw tooLong();
      };
      for await (const page of counts.read({ ...range, from: quarterOf(range.from) }))
        for (const { name, quarter, cell } of page) add(name, quarter, cell as C);
      for (const { name, quarter, cell } of after) add(name, quarter, cell);
      return { to, value };
    });
  }

  return {
    upTo: (at) => inTurn(async () => void (await journal.readOn(at))),
    get latest() {
      return journal.latest;
    },
    async between(range, at, intervalOf = (quarter) => quarter) {
      return range.of === 'queue'
        ? { queues: await cellsOf(range, at, intervalOf, QUEUES), agents: new Map() }
        : { queues: new Map(), agents: await cellsOf(range, at, intervalOf, AGENTS) };
    },
  };
}

const tooLong = (): IvrError =>
  new IvrError('REPORT_TOO_LONG', `the report has more than ${MOST_LINES} lines; ask for a shorter period`, {});

/** Copies: those that are being counted change. */
function within<C>({ from, until, names }: CountRange, cells: ReadonlyMap<string, C>) {
  const found: { readonly name: string; readonly quarter: WallMs; readonly cell: C }[] = [];
  for (const [key, cell] of cells) {
    const { quarter, name } = quarterInKey(key);
    if (quarter >= quarterOf(from) && quarter < until && names?.includes(name) !== false)
      found.push({ name, quarter, cell: { ...cell } });
  }
  return found;
}
