import { expect, test } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { callbacksIn, followCallbacks, orderCallback } from '../../src/agents/callback-orders.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openQueueService } from '../../src/queues/queue-service.ts';
import { MemoryStore } from '../queues/support/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { wallMs } from '../../src/domain/units.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const office = { days, also: [], except: [], fromMinute: 8 * 60, toMinute: 17 * 60 };
const hours = { of: { timeZone: 'UTC', calendars: {}, hours: { office: [office] } }, name: 'office' };
const HOUR = 3_600_000;
const own = (queue: string): boolean => queue === 'cards';

async function openQueues() {
  const clock = new ManualClock();
  const rules = setOf(queueOf('cards', { hours }), queueOf('loans'));
  const service = await openQueueService(new MemoryStore(), { node: 'n', rules, clock, logger: silentLogger });
  const ask = (entry: string, queue: string) =>
    service.tell({
      type: 'customer-asked',
      entry,
      contact: entry as ContactId,
      queue,
      kind: 'callback',
      needs: { skills: {} },
      customer: entry,
      incarnation: service.incarnation,
    });
  const order = (entry: string, what: Parameters<typeof orderCallback>[3]) =>
    orderCallback(service, own, entry, what, clock.wall());
  return { clock, service, ask, order };
}

test('listed in order, put off within the opening hours, hurried and cancelled; of one’s own queues alone', async () => {
  const { clock, service, ask, order } = await openQueues();
  const changed: string[] = [];
  const stop = followCallbacks(service, (queue) => void changed.push(queue));
  await ask('a', 'cards');
  await ask('b', 'loans');
  await ask('c', 'cards');
  const listed = () => callbacksIn(own, service, clock.wall()).map(({ entry }) => entry);
  expect(listed()).toEqual(['a', 'c']);
  const day = Math.floor(clock.wall() / (24 * HOUR)) * 24 * HOUR + 24 * HOUR;
  await order('a', { do: 'postpone', until: wallMs(day + 10 * HOUR) });
  expect(callbacksIn(own, service, clock.wall()).find(({ entry }) => entry === 'a')).toMatchObject({
    retryAt: day + 10 * HOUR,
  });
  await expect(order('c', { do: 'postpone', until: wallMs(day + 3 * HOUR) })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(order('c', { do: 'postpone', until: wallMs(clock.wall() - 1) })).rejects.toMatchObject({
    code: 'USAGE',
  });
  await expect(order('b', { do: 'cancel' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await order('c', { do: 'cancel' });
  await expect(order('c', { do: 'cancel' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(listed()).toEqual(['a']);
  expect(new Set(changed)).toEqual(new Set(['cards', 'loans']));
  stop();
  await service[Symbol.asyncDispose]();
});

test('nobody is called at once while the queue is closed or in emergency: the time that was agreed stands', async () => {
  const { clock, service, ask, order } = await openQueues();
  const day = Math.floor(clock.wall() / (24 * HOUR)) * 24 * HOUR + 24 * HOUR;
  clock.advance(day + 7 * HOUR - clock.wall());
  await ask('a', 'cards');
  await order('a', { do: 'postpone', until: wallMs(day + 10 * HOUR) });
  const waitsUntil = () => callbacksIn(own, service, clock.wall()).map(({ retryAt }) => retryAt);
  await expect(order('a', { do: 'now' })).rejects.toMatchObject({ code: 'USAGE' });
  clock.advance(2 * HOUR);
  await service.tell({ type: 'emergency-changed', queue: 'cards', emergency: true });
  await expect(order('a', { do: 'now' })).rejects.toMatchObject({ code: 'USAGE' });
  expect(waitsUntil()).toEqual([day + 10 * HOUR]);
  await service.tell({ type: 'emergency-changed', queue: 'cards', emergency: false });
  await order('a', { do: 'now' });
  expect(waitsUntil()).toEqual([undefined]);
  await service[Symbol.asyncDispose]();
});
