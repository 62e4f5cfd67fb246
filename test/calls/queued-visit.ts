import { expect } from 'vitest';
import { prove } from '../../src/queues/prove/prove.ts';
import { journalLines } from '../queues/support/journal-lines.ts';
import { calm, openQueuedLine, type QueuedLine } from './queued-line.ts';

/** The customer waits and wei is offered them. */
export async function offered(): Promise<QueuedLine> {
  const queued = await openQueuedLine();
  await queued.signIn();
  await queued.asks();
  return queued;
}

export async function accepted(queued: QueuedLine): Promise<void> {
  const offer = queued.last('offer')?.offer;
  if (offer === undefined) throw new Error('no offer');
  await queued.desks.accept('wei', offer.entry, offer.fence);
  await calm();
}

export const joined = ({ line }: QueuedLine): boolean => {
  const [customer, browser, inner, outer] = [line.at(0), line.at(1), line.at(2), line.at(3)];
  return customer.bridgedWith === inner && browser.bridgedWith === outer;
};

/** The journal that the queues have written proves that nobody was overtaken, answered twice, lost or stuck. */
export async function proven({ store }: QueuedLine): Promise<boolean> {
  const proof = await prove(journalLines(store.rows, store.rows.at(-1)?.at ?? 0));
  expect(proof.faults).toEqual([]);
  return proof.proven;
}

export async function hungUpBy(queued: QueuedLine): Promise<void> {
  queued.line.dialog.end('bye');
  await queued.line.call.ended;
  await calm();
  expect(queued.service.floor.entries.size).toBe(0);
  expect(await proven(queued)).toBe(true);
}
