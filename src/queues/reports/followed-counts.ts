import type { QueueStore } from '../queue-store.ts';
import { CountedRows, type KpiLimits } from './count-rows.ts';

/** The counts of a journal, kept up with it: each row is read once. */
export interface FollowedCounts {
  /** Reads on; times of agents are counted up to that moment. @param at - Unix ms @throws IvrError STORAGE_FAILED */
  upTo(at: number): Promise<Pick<CountedRows, 'queues' | 'agents'>>;
  /** As they were when they were last asked for. */
  readonly latest: Pick<CountedRows, 'queues' | 'agents'>;
}

export function followCounts(store: Pick<QueueStore, 'read'>, limits: KpiLimits): FollowedCounts {
  const latest = new CountedRows(limits);
  let next = 1;
  let reading: Promise<unknown> = Promise.resolve();
  return {
    latest,
    async upTo(at) {
      const read = async (): Promise<void> => {
        for await (const { row } of store.read(next)) {
          latest.take(row);
          next = row.seq + 1;
        }
        latest.countUpTo(at);
      };
      // one at a time, whoever asks
      const now = reading.then(read, read);
      reading = now;
      await now;
      return latest;
    },
  };
}
