import { queueReports } from '../../src/app/queue-reports.ts';
import type { QueueReports } from '../../src/http/sources.ts';
import type { QueueStore } from '../../src/queues/queue-store.ts';
import { cellKey } from '../../src/queues/reports/count-rows.ts';
import { followCounts } from '../../src/queues/reports/followed-counts.ts';
import {
  type AgentCell,
  emptyAgentCell,
  emptyQueueCell,
  type QueueCell,
  quarterOf,
} from '../../src/queues/reports/kpi-cells.ts';
import { formatOpenCounts } from '../../src/queues/reports/open-counts-json.ts';
import { openCountStore } from '../../src/queues/store/open-count-store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from './manual-clock.ts';
import { wallMs } from '../../src/domain/units.ts';

export interface Counted {
  readonly name: string;
  /** Unix ms. */
  readonly at: number;
}

const LIMITS = { shortAbandonMs: 6_000, answerWithinMs: () => 20_000 };
const NOTHING_OPEN = { entries: new Map(), states: new Map(), customers: new Map() };

/** Reports of a journal that is counted already, and to which nothing is added. @param worksOn - of the agents, none of whom is signed in */
export async function countedQueues(
  storage: Storage,
  queues: readonly (Counted & Partial<QueueCell>)[],
  agents: readonly (Counted & Partial<AgentCell>)[],
  worksOn: Readonly<Record<string, readonly string[]>>,
): Promise<QueueReports> {
  const counts = openCountStore(storage);
  const cells = <C>(of: readonly (Counted & Partial<C>)[], empty: () => C) =>
    new Map(of.map(({ name, at, ...cell }) => [cellKey(name, quarterOf(wallMs(at))), { ...empty(), ...cell }]));
  await counts.add(
    0,
    { seq: 1, open: formatOpenCounts(NOTHING_OPEN) },
    { queues: cells(queues, emptyQueueCell), agents: cells(agents, emptyAgentCell) },
  );
  const journal = { async *read(): ReturnType<QueueStore['read']> {} };
  const rules = new Map(
    Object.entries(worksOn).map(([agent, own]) => [
      agent,
      { queues: Object.fromEntries(own.map((queue) => [queue, 1])), skills: {}, languages: [], telephone: undefined },
    ]),
  );
  return queueReports(
    followCounts(journal, counts, LIMITS),
    { floor: () => ({ agents: new Map() }), rules: () => ({ agents: rules }) },
    new ManualClock(),
  );
}
