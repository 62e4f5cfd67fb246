import { ChangingFloor, type Floor } from './floor.ts';
import { QUEUE_JOURNAL_VERSION, type QueueFact, type QueueRow } from './queue-fact.ts';
import type { QueueSet } from './queue-rules.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/** One step under way: the floor as its rows have made it so far. */
export class Stepping extends ChangingFloor {
  readonly rules: QueueSet;
  /** Unix ms; never earlier than the last row. The floor itself is of that row, whatever the clock says since. */
  readonly now: WallMs;
  /** The node that steps. */
  readonly by: string;
  readonly rows: QueueRow[] = [];

  /** @param at - Unix ms; a clock that went back stands still */
  constructor(floor: Floor, at: WallMs, by: string, rules: QueueSet) {
    super(floor);
    this.now = wallMs(Math.max(floor.at, at));
    this.by = by;
    this.rules = rules;
  }

  /** Number of the row that is noted next. */
  get next(): number {
    return this.seq + 1;
  }

  note(fact: QueueFact): void {
    const entry = 'entry' in fact ? { entry_step: (this.entries.get(fact.entry)?.steps ?? 0) + 1 } : {};
    const agent =
      'agent' in fact && fact.agent !== undefined && fact.type !== 'satisfaction-answered'
        ? { agent_step: (this.agents.get(fact.agent)?.steps ?? 0) + 1 }
        : {};
    const row: QueueRow = {
      v: QUEUE_JOURNAL_VERSION,
      seq: this.next,
      at: this.now,
      by: this.by,
      ...fact,
      ...entry,
      ...agent,
    };
    this.apply(row);
    this.rows.push(row);
  }
}
