import { EMPTY_FLOOR } from '../../../src/queues/floor.ts';
import type { QueueRow } from '../../../src/queues/queue-fact.ts';
import type { QueueStore } from '../../../src/queues/queue-store.ts';

/** A store of one node, in memory. */
export class MemoryStore implements QueueStore {
  readonly rows: QueueRow[];
  /** Number of the last row of each snapshot that was kept. */
  readonly kept: number[] = [];
  readonly listeners = new Set<() => void>();

  constructor(rows: readonly QueueRow[] = []) {
    this.rows = [...rows];
  }

  load: QueueStore['load'] = async () => ({ floor: EMPTY_FLOOR, rows: [...this.rows] });
  append: QueueStore['append'] = async (seen, decide) => {
    this.rows.push(...decide(this.rows.slice(seen)));
    return true;
  };
  keepSnapshot: QueueStore['keepSnapshot'] = async ({ seq }) => void this.kept.push(seq);
  onWritten: QueueStore['onWritten'] = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  lease: QueueStore['lease'] = async () => undefined;
  silent: QueueStore['silent'] = async () => [];
  readonly numbers = new Map<string, string>();
  keepNumber: QueueStore['keepNumber'] = async (entry, sealed) => void this.numbers.set(entry, sealed);
  numbersKept: QueueStore['numbersKept'] = async () => [...this.numbers.keys()];
  numberOf: QueueStore['numberOf'] = async (entry) => this.numbers.get(entry);
  forgetNumber: QueueStore['forgetNumber'] = async (entry) => void this.numbers.delete(entry);
  async *read(): ReturnType<QueueStore['read']> {}
}
