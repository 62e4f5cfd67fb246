import { expect, test } from 'vitest';
import { FloorDriver } from '../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import type { CallQueues, QueueingServices } from '../../src/calls/queueing/call-queues.ts';
import type { QueueVisitRequest } from '../../src/calls/queueing/queue-visit-request.ts';
import { REFUSALS } from '../../src/calls/queueing/refusals.ts';
import { learnOf, refusalOf, strandedIn } from '../../src/calls/queueing/visit-context.ts';
import type { ContactId } from '../../src/domain/ids.ts';
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

test('who is called back has the tickets of the customer who asked for it', async () => {
  const learnt: object[] = [];
  const services = {
    queues: {
      pastContactsOf: () => [],
      contexts: { learn: (_contact: string, more: object) => void learnt.push(more) },
      ticketsOf: (contact: string) => Promise.resolve([{ id: `of ${contact}`, department: 'cards', state: 'open' }]),
    },
    dialogue: { language: 'en-US' },
  } as unknown as QueueingServices;
  const contact = 'second' as ContactId;
  const callback = { earlier: 'first', askedAt: 0 } as unknown as NonNullable<QueueVisitRequest['callback']>;
  learnOf({ contact, callback }, 'hash', services);
  await Promise.resolve();
  learnOf({ contact }, 'hash', services);
  await Promise.resolve();
  expect(learnt.filter((more) => 'tickets' in more)).toMatchObject([
    { tickets: [{ id: 'of first' }] },
    { tickets: [{ id: 'of second' }] },
  ]);
});
