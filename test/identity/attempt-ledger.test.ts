import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import {
  type AttemptEffect,
  type AttemptEvent,
  claimedBy,
  count,
  DEFAULT_ATTEMPT_LIMITS,
  EMPTY_LEDGER,
  isLocked,
  mayTry,
} from '../../src/identity/attempt-ledger.ts';

const failed = (caller: string, customer: string, at: number): AttemptEvent => ({
  type: 'attempt-failed',
  caller,
  customer,
  at: ms(at),
});
function all(events: readonly AttemptEvent[]) {
  let ledger = EMPTY_LEDGER;
  const effects: AttemptEffect[] = [];
  for (const event of events) {
    const [next, ...more] = count(ledger, event);
    ledger = next;
    effects.push(...more);
  }
  return { ledger, effects };
}

test('a caller is locked long before a customer: guessing does not lock somebody else out', () => {
  const { ledger, effects } = all([1, 2, 3].map((at) => failed('caller', 'c-1', at)));
  expect(effects).toEqual([{ do: 'lock-caller', caller: 'caller' }]);
  expect(mayTry(ledger, 'caller', ms(4))).toBe(false);
  expect(mayTry(ledger, 'another', ms(4))).toBe(true);
});

test('many callers together lock a customer, at the bank once', () => {
  const { ledger, effects } = all(Array.from({ length: 14 }, (_, at) => failed(`caller ${at}`, 'c-1', at)));
  expect(effects).toEqual([{ do: 'ask-bank-to-lock', customer: 'c-1' }]);
  expect(isLocked(ledger, 'c-1', ms(20))).toBe(true);
  expect(isLocked(ledger, 'c-2', ms(20))).toBe(false);
  expect(isLocked(ledger, 'c-1', ms(DEFAULT_ATTEMPT_LIMITS.window + 20))).toBe(false);
});

test('a caller may try again when the window is over, and at once after a success', () => {
  const three = [1, 2, 3].map((at) => failed('caller', 'c-1', at));
  const { ledger } = all(three);
  expect(mayTry(ledger, 'caller', ms(DEFAULT_ATTEMPT_LIMITS.window + 10))).toBe(true);
  const passed = all([...three.slice(1), { type: 'attempt-passed', caller: 'caller', customer: 'c-1', at: ms(9) }]);
  expect(mayTry(passed.ledger, 'caller', ms(10))).toBe(true);
});

test('whom a caller claimed to be is counted once each', () => {
  const { ledger } = all([failed('caller', 'c-1', 1), failed('caller', 'c-2', 2), failed('caller', 'c-2', 3)]);
  expect(claimedBy(ledger, 'caller', ms(4))).toBe(2);
});

test('in any order: whoever failed as often as the limit within the window may not try, and memory is bounded', () => {
  const limits = { ...DEFAULT_ATTEMPT_LIMITS, remembered: 4 };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.constantFrom('c-1', 'c-2'), fc.nat(9))),
      (attempts) => {
        let [ledger, at] = [EMPTY_LEDGER, 0];
        for (const [caller, customer, later] of attempts) {
          at += later;
          [ledger] = count(ledger, failed(caller, customer, at), limits);
          const recent = attempts.length;
          expect(ledger.callers.size).toBeLessThanOrEqual(4);
          expect(ledger.customers.size).toBeLessThanOrEqual(4);
          const failures = ledger.callers.get(caller)?.length ?? 0;
          expect(failures).toBeLessThanOrEqual(Math.min(recent, limits.perCustomer));
          expect(mayTry(ledger, caller, ms(at), limits)).toBe(failures < limits.perCaller);
        }
      },
    ),
  );
});
