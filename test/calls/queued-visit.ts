import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { prove } from '../../src/queues/prove/prove.ts';
import { CHAIN_BEGIN, chained } from '../../src/queues/store/chain.ts';
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
async function proven({ store }: QueuedLine): Promise<boolean> {
  let hash = CHAIN_BEGIN;
  const lines = store.rows.map((row) => {
    hash = chained(hash, row);
    return JSON.stringify({ ...row, hash });
  });
  lines.push(JSON.stringify({ type: 'journal-ended', rows: lines.length, hash, at: store.rows.at(-1)?.at ?? 0 }));
  const proof = await prove(createInterface({ input: Readable.from(lines.map((line) => `${line}\n`)) }));
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
