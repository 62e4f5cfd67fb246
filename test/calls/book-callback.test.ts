import { expect, test } from 'vitest';
import { bookCallback } from '../../src/calls/queueing/book-callback.ts';
import type { QueueingServices } from '../../src/calls/queueing/call-queues.ts';
import { newVisit } from '../../src/calls/queueing/visit-state.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import { CONTACT } from './visit-scenes.ts';
import { wallMs } from '../../src/domain/units.ts';

/* The number of a callback is kept before the queues are told. */

const visit = newVisit({ contact: CONTACT, entry: 'e', queue: 'service', needs: { skills: {} }, askedAt: wallMs(0) });
const parties = { caller: '+15550104567', called: 'bank', divertedFrom: undefined, asserted: false, private: false };

async function booked(fact: object, waits = false): Promise<{ booked: boolean; kept: string[] }> {
  const kept = new Set<string>();
  const row = { v: 1, seq: 1, at: 0, by: 'node', contact: CONTACT, entry: 'e', ...fact } as unknown as QueueRow;
  const services = {
    queues: {
      customerOf: () => 'hash',
      contexts: { of: () => undefined },
      callbacks: {
        allows: () => true,
        keep: (entry: string) => Promise.resolve(void kept.add(entry)),
        forget: (entry: string) => Promise.resolve(void kept.delete(entry)),
      },
      service: { tell: () => Promise.resolve([row]) },
    },
    dialogue: { name: 'bank', language: 'en-US', version: 1 },
    logger: silentLogger,
  } as unknown as QueueingServices;
  const context = { customer: 'hash', incarnation: 'i' };
  const result = await bookCallback({ do: 'book', number: undefined, waits }, visit, { parties }, context, services);
  return { booked: result, kept: [...kept] };
}

test.each([
  ['booked', { type: 'entry-joined' }, { booked: true, kept: ['e'] }],
  ['to be called already', { type: 'entry-refused', because: 'callback-pending' }, { booked: true, kept: [] }],
  ['no room', { type: 'entry-refused', because: 'full' }, { booked: true, kept: [] }],
] as const)(
  'of somebody who is not let in, %s: the number stays as long as there is a callback',
  async (_, row, then) => {
    expect(await booked(row)).toEqual(then);
  },
);

test('of somebody who waits it goes with the end of the entry', async () => {
  expect(await booked({ type: 'entry-became-callback' }, true)).toEqual({ booked: true, kept: ['e'] });
});
