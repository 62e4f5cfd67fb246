import { expect, test } from 'vitest';
import { followCustomers } from '../../src/app/follow-customers.ts';
import { EMPTY_FLOOR } from '../../src/queues/floor.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { QueueStore } from '../../src/queues/queue-store.ts';

test.each([
  [70, 1],
  [9_000_000, 8_600_001],
])('of a journal of %i rows a start reads those from row %i on', (seq, first) => {
  const read: number[] = [];
  const store = {
    read(from: number): ReturnType<QueueStore['read']> {
      read.push(from);
      return (async function* () {})();
    },
  };
  const service = { floor: { ...EMPTY_FLOOR, seq }, subscribe: () => () => undefined };
  followCustomers(service, store, silentLogger).stop();
  expect(read).toEqual([first]);
});
