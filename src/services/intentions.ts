import { createHash } from 'node:crypto';
import { ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Operation } from '../second-factor/operation.ts';
import { Remembered } from './remembered.ts';

/*
 * What customers ordered lately. The same order within a day is the same intention: its idempotency key is the same, whatever call it comes by,
 * so that whoever was cut off and calls again moves the money once. The key comes from the order and the day, so that another node of ours, and
 * this one after a restart, has the same.
 */

export interface Order extends Pick<Operation, 'payer' | 'payee' | 'amount' | 'currency'> {
  readonly customer: string;
  /** What carries it out: the same amount between the same accounts may be a transfer and a repayment. */
  readonly service: string;
}

export interface Intentions {
  keyOf(order: Order): string;
  /** Whether the bank has said that it did it. */
  isDone(order: Order): boolean;
  done(order: Order): void;
}

const DAY = ms(86_400_000);

export function openIntentions(clock: Pick<Clock, 'now' | 'wall'>): Intentions {
  const lately = new Remembered<{ readonly key: string; readonly done: boolean }>(() => clock.now(), DAY);
  const named = ({ customer, service, payer, payee, amount, currency }: Order): string =>
    JSON.stringify([customer, service, payer, payee, amount, currency]);
  const keyOf = (order: Order): string => {
    const name = named(order);
    const known = lately.get(name)?.key;
    if (known !== undefined) return known;
    const day = new Date(clock.wall()).toISOString().slice(0, 10);
    const key = createHash('sha256').update(`${name} ${day}`).digest('hex');
    lately.set(name, { key, done: false });
    return key;
  };
  return {
    keyOf,
    isDone: (order) => lately.get(named(order))?.done === true,
    done: (order) => lately.set(named(order), { key: keyOf(order), done: true }),
  };
}
