import { expect, test } from 'vitest';
import { type CallbackParts, keepCallbacks } from '../../src/app/keep-callbacks.ts';
import { staffKey } from '../../src/staff/staff-key.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { EMPTY_FLOOR } from '../../src/queues/floor.ts';
import { MemoryStore } from '../queues/support/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';

const DAY = 24 * 3_600_000;

function openLimits(clock: ManualClock) {
  const parts: CallbackParts = {
    service: { floor: EMPTY_FLOOR, node: 'node', subscribe: () => () => undefined },
    store: new MemoryStore(),
    key: staffKey(Buffer.alloc(32)),
    hashOf: (number) => `hash of ${number.replace(/^(\+|00)/, '')}`,
    clock,
    logger: silentLogger,
  };
  const callbacks = keepCallbacks(parts, { defer: () => () => undefined });
  return (customer: string | undefined, number: string): boolean => callbacks.allows(customer, number);
}
const times = (most: number, allows: () => boolean): boolean[] => Array.from({ length: most }, allows);

test('another number is called three times a day for a customer, and for all of them, however it is written', () => {
  const clock = new ManualClock();
  const allows = openLimits(clock);
  expect(times(4, () => allows('li', '+15550101'))).toEqual([true, true, true, false]);
  expect(allows('li', '+15550102')).toBe(false);
  expect([allows('zhao', '0015550101'), allows(undefined, '15550101'), allows('zhao', '15550102')]).toEqual([
    false,
    false,
    true,
  ]);
  clock.advance(DAY);
  expect(allows('li', '+15550101')).toBe(true);
});

test('nor is a number called for ever because somebody shows it as their own', () => {
  const clock = new ManualClock();
  const allows = openLimits(clock);
  const own = (): boolean => allows('hash of 15550101', '+15550101');
  expect(times(7, own)).toEqual([true, true, true, true, true, true, false]);
  expect(allows('hash of 15550102', '+15550102')).toBe(true);
  clock.advance(DAY);
  expect(own()).toBe(true);
});
