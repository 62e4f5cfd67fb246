import { expect, test } from 'vitest';
import { queueTeller } from '../../src/calls/queueing/queue-teller.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { IvrError } from '../../src/domain/error.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { QueueEvent } from '../../src/queues/queue-event.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settled } from './fake-line.ts';

const AWAY = new IvrError('STORAGE_FAILED', 'away');
const asked: QueueEvent = {
  type: 'customer-asked',
  entry: 'e',
  contact: 'c' as ContactId,
  queue: 'cards',
  kind: 'call',
  needs: { skills: {} },
  incarnation: 'i',
};
const left: QueueEvent = { type: 'customer-left', entry: 'e', because: 'hung-up' };

function openTeller(answer: (event: QueueEvent) => Promise<readonly QueueRow[]>) {
  const clock = new ManualClock();
  const told: string[] = [];
  let notWritten = 0;
  const teller = queueTeller(
    {
      tell(event) {
        told.push(event.type);
        return answer(event);
      },
    },
    { clock, logger: silentLogger },
    () => (notWritten += 1),
  );
  const time = async (ms: number): Promise<void> => {
    for (let n = 0; n < ms; n += 2_000) {
      clock.advance(2_000);
      await settled();
    }
  };
  return { clock, told, teller, time, notWritten: () => notWritten };
}

test('an end is told until it is written, however long the database is away', async () => {
  let away = true;
  const { teller, told, time, clock } = openTeller(() => (away ? Promise.reject(AWAY) : Promise.resolve([])));
  teller.tell(left);
  await teller.settled();
  await time(15 * 60_000);
  expect(told.length).toBe(451);
  away = false;
  await time(2_000);
  await time(60_000);
  expect([told.length, clock.pending]).toEqual([452, 0]);
});

test('it is told no more once the queues are closed', async () => {
  let because = AWAY;
  const { teller, told, time, clock } = openTeller(() => Promise.reject(because));
  teller.tell(left);
  await teller.settled();
  await time(2_000);
  because = new IvrError('CANCELLED', 'closed');
  await time(2_000);
  expect([told.length, clock.pending]).toEqual([3, 0]);
  teller.tell(left);
  await time(60_000);
  expect([told.length, clock.pending]).toEqual([4, 0]);
});

test.each<[string, readonly object[], number]>([
  ['let in', [{ type: 'entry-joined', entry: 'e' }], 0],
  ['refused', [{ type: 'entry-refused', contact: 'c' }], 0],
  ['neither, since the queues take this node for gone', [], 1],
])('somebody who asks is %s', async (_, rows, times) => {
  const { teller, notWritten } = openTeller(() => Promise.resolve(rows as readonly QueueRow[]));
  teller.tell(asked);
  await teller.settled();
  expect(notWritten()).toBe(times);
});

test('what was asked for could not be written: the customer is told at once, and should it be written all the same it is taken back', async () => {
  let away = true;
  const { teller, told, time, notWritten } = openTeller(() => (away ? Promise.reject(AWAY) : Promise.resolve([])));
  teller.tell(asked);
  await teller.settled();
  expect(notWritten()).toBe(1);
  away = false;
  await time(2_000);
  expect(told).toEqual(['customer-asked', 'customer-left']);
});
