import { FloorDriver } from '../../../bench/queues/floor-driver.ts';
import { queueOf, setOf } from '../../../bench/queues/queue-set.ts';
import { prove } from '../../../src/queues/prove/prove.ts';
import type { CallbackRules } from '../../../src/queues/queue-rules.ts';
import { journalLines } from './journal-lines.ts';

export const callbackRules: CallbackRules = {
  offer: undefined,
  first: 'customer',
  most: 2,
  ringMs: 30_000,
  attempts: 2,
  retryMs: 60_000,
};
export const cards = (callback: Partial<CallbackRules> = {}, more = {}): FloorDriver =>
  new FloorDriver(setOf(queueOf('cards', { callback: { ...callbackRules, ...callback }, ...more }), queueOf('loans')));
export const on = { queues: { cards: 1 } };
export const proven = async ({ rows, at }: FloorDriver) => (await prove(journalLines(rows, at))).faults;
export const joinOf = ({ rows }: FloorDriver, entry: string) =>
  rows.find((row) => row.type === 'entry-joined' && row.entry === entry);
