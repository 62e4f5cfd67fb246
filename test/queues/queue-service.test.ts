import { expect, test } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import { openQueueService } from '../../src/queues/queue-service.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryStore } from './support/memory-store.ts';
import { wallMs } from '../../src/domain/units.ts';

const rules = setOf(queueOf('cards'));

const calmAndNot = (rows: number): readonly QueueRow[] =>
  Array.from({ length: rows }, (_, n) => ({
    v: 1,
    seq: n + 1,
    at: wallMs(1),
    by: 'node',
    type: 'queue-changed',
    queue: 'cards',
    emergency: n % 2 === 0,
  }));

test('the state is kept by the rows since the last snapshot, however many starts they are from', async () => {
  const store = new MemoryStore(calmAndNot(19_999));
  const service = await openQueueService(store, {
    node: 'node',
    rules,
    clock: new ManualClock(),
    logger: silentLogger,
  });
  await service[Symbol.asyncDispose]();
  expect(store.kept).toEqual([20_000]);
});

test.each(['lease', 'append'] as const)('a start that fails at the %s leaves nothing behind', async (what) => {
  const [store, clock] = [new MemoryStore(), new ManualClock()];
  const fails = (): Promise<never> => Promise.reject(new Error('no'));
  Object.assign(store, { [what]: fails });
  await expect(openQueueService(store, { node: 'node', rules, clock, logger: silentLogger })).rejects.toThrow('no');
  expect([store.listeners.size, clock.pending]).toEqual([0, 0]);
});

test('what nobody was told of is read with the next renewal of the lease', async () => {
  const [store, clock] = [new MemoryStore(), new ManualClock()];
  await using service = await openQueueService(store, { node: 'node', rules, clock, logger: silentLogger });
  const heard = deferred<QueueRow>();
  service.subscribe((row) => heard.resolve(row));
  store.rows.push({ ...calmAndNot(1)[0]!, seq: store.rows.length + 1, at: clock.wall(), by: 'other' });
  clock.advance(5_000);
  expect(await heard.promise).toMatchObject({ type: 'queue-changed', by: 'other' });
});
