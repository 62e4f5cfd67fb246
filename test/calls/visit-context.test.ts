import { expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import type { CallQueues } from '../../src/calls/queueing/call-queues.ts';
import { REFUSALS } from '../../src/calls/queueing/refusals.ts';
import { refusalOf, strandedIn } from '../../src/calls/queueing/visit-context.ts';
import type { CallParties } from '../../src/signalling/signalling.ts';
import { general as english } from '../../web/src/text/en/general.ts';
import { general as chinese } from '../../web/src/text/zh/general.ts';

const PARTIES: CallParties = { caller: '', called: '', divertedFrom: undefined, asserted: false, private: false };

function openFloor(more = {}) {
  const floor = new FloorDriver(setOf(queueOf('cards', more), queueOf('loans')));
  const seen = () => ({ floor: floor.floor, rules: floor.rules, healthy: true }) as unknown as CallQueues['service'];
  return { floor, seen };
}

test('nobody is passed on to an agent whose queue lets nobody in', () => {
  const { floor, seen } = openFloor();
  floor.signIn('wei', { queues: { cards: 1 } });
  floor.signIn('lin', { queues: { loans: 1 } });
  const refusal = (): string | undefined =>
    refusalOf({ agent: 'lin' }, 'wei', 'cards', {}, { service: seen() }, PARTIES, floor.at);
  expect(refusal()).toBeUndefined();
  floor.tell({ type: 'emergency-changed', queue: 'loans', emergency: true });
  expect(refusal()).toBe('emergency');
});

test('whoever waits where nobody works, in a queue that was taken away, or while nothing is written, is stranded', () => {
  const { floor, seen } = openFloor({ waitUnstaffed: false });
  expect(strandedIn('cards', seen())).toBe('unstaffed');
  floor.signIn('wei', { queues: { cards: 1 } });
  expect(strandedIn('cards', seen())).toBeUndefined();
  expect(strandedIn('loans', seen())).toBeUndefined(); // they may wait there unstaffed
  expect(strandedIn('former', seen())).toBe('unknown-queue');
  expect(strandedIn('cards', { ...seen(), healthy: false })).toBe('not-written');
});

test('every refusal has words in both languages of the console', () => {
  for (const { errors } of [english, chinese])
    expect(Object.keys(REFUSALS).filter((because) => errors[`TRANSFER_REFUSED ${because}`] === undefined)).toEqual([]);
});
