import type { QueueStore } from '../queue-store.ts';
import { CountedRows, type KpiLimits, quarterInKey } from './count-rows.ts';
import type { CountStore, ReadonlyCells } from './count-store.ts';
import { type AgentCell, emptyAgentCell, emptyQueueCell, type QueueCell, quarterOf, summed } from './kpi-cells.ts';
import { formatOpenCounts, parseOpenCounts } from './open-counts-json.ts';

/** Rows that are counted in memory before their counts are kept; a start reads so many again. */
const KEPT_EVERY_ROWS = 5_000;
/** Of what is shown as it is now: a day, in whatever time zone. */
const SHOWN_MS = 26 * 3_600_000;

/** The counts of a journal, kept up with it: each row is counted once, and what is past is in the database. */
export interface FollowedCounts {
  /** Reads on; times of agents are counted up to that moment. @param at - Unix ms @throws IvrError STORAGE_FAILED */
  upTo(at: number): Promise<void>;
  /** Of the last day, as they were when they were last asked for. */
  readonly latest: Pick<ReadonlyCells, 'queues'>;
  /** @param from, until - Unix ms, the end excluded @throws IvrError STORAGE_FAILED */
  between(from: number, until: number): Promise<ReadonlyCells>;
}

export function followCounts(
  store: Pick<QueueStore, 'read'>,
  counts: CountStore,
  limits: KpiLimits,
  keptEveryRows = KEPT_EVERY_ROWS,
): FollowedCounts {
  /** Of the rows after `keptTo`. */
  let counting: CountedRows | undefined;
  let keptTo = 0;
  let seq = 0;
  /** Kept ones of the last day. */
  let recent = new Map<string, QueueCell>();
  let reading: Promise<unknown> = Promise.resolve();

  async function begin(at: number): Promise<CountedRows> {
    const kept = await counts.countedTo();
    const open = kept === undefined || kept.open === '' ? undefined : parseOpenCounts(kept.open);
    if (kept !== undefined && kept.open !== '' && open === undefined) await counts.clear();
    keptTo = seq = open === undefined ? 0 : (kept?.seq ?? 0);
    recent = new Map((await counts.read(at - SHOWN_MS, Number.MAX_SAFE_INTEGER)).queues);
    return new CountedRows(limits, open);
  }

  async function keep(now: CountedRows, at: number): Promise<CountedRows | undefined> {
    const to = { seq, open: formatOpenCounts(now.open) };
    // another node has counted further: its counts are the same ones
    if (!(await counts.add(keptTo, to, now))) return undefined;
    recent = new Map(
      [...merged(recent, now.queues, emptyQueueCell())].filter(([key]) => quarterInKey(key).quarter >= at - SHOWN_MS),
    );
    keptTo = seq;
    return new CountedRows(limits, now.open);
  }

  async function read(at: number): Promise<void> {
    let now = counting ?? (await begin(at));
    counting = undefined; // what fails in between is counted anew
    for await (const { row } of store.read(seq + 1)) {
      now.take(row);
      ({ seq } = row);
      if (seq - keptTo < keptEveryRows) continue;
      const next = await keep(now, at);
      if (next === undefined) return read(at);
      now = next;
    }
    now.countUpTo(at);
    counting = now;
  }

  return {
    async upTo(at) {
      // one at a time, whoever asks
      const now = reading.then(
        () => read(at),
        () => read(at),
      );
      reading = now;
      await now;
    },
    get latest() {
      return { queues: merged(recent, counting?.queues ?? new Map(), emptyQueueCell()) };
    },
    async between(from, until) {
      const kept = await counts.read(quarterOf(from), until);
      const own = <C>(cells: ReadonlyMap<string, C>): ReadonlyMap<string, C> =>
        new Map(
          [...cells].filter(([key]) => {
            const { quarter } = quarterInKey(key);
            return quarter >= quarterOf(from) && quarter < until;
          }),
        );
      return {
        queues: merged(kept.queues, own(counting?.queues ?? new Map<string, QueueCell>()), emptyQueueCell()),
        agents: merged(kept.agents, own(counting?.agents ?? new Map<string, AgentCell>()), emptyAgentCell()),
      };
    },
  };
}

function merged<C extends QueueCell | AgentCell>(
  kept: ReadonlyMap<string, C>,
  more: ReadonlyMap<string, C>,
  empty: C,
): Map<string, C> {
  const all = new Map(kept);
  for (const [key, cell] of more) {
    const before = all.get(key);
    all.set(key, before === undefined ? cell : summed([before, cell], empty));
  }
  return all;
}
