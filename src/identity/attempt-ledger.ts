import { type Milliseconds, type MonotonicMs, ms } from '../domain/units.ts';

/*
 * Failed attempts at being somebody, by caller and by customer. The caller's tries are locked first: a stranger who guesses must not lock a
 * customer out. A customer is locked after many more failures, of whatever callers, and by the bank: this only says when.
 */

export interface AttemptLimits {
  readonly perCaller: number;
  readonly perCustomer: number;
  readonly window: Milliseconds;
  /** Callers and customers that are remembered; the oldest are forgotten beyond. */
  readonly remembered: number;
}

export const DEFAULT_ATTEMPT_LIMITS: AttemptLimits = {
  perCaller: 3,
  perCustomer: 10,
  window: ms(24 * 3_600_000),
  remembered: 100_000,
};

interface Failure {
  readonly at: MonotonicMs;
  readonly customer: string | undefined;
}
export interface AttemptLedger {
  readonly callers: ReadonlyMap<string, readonly Failure[]>;
  readonly customers: ReadonlyMap<string, readonly Failure[]>;
}
export type AttemptEvent =
  /** `caller`: the number, or the contact where the number is withheld. */
  | {
      readonly type: 'attempt-failed';
      readonly caller: string;
      readonly customer: string | undefined;
      readonly at: MonotonicMs;
    }
  | { readonly type: 'attempt-passed'; readonly caller: string; readonly customer: string; readonly at: MonotonicMs };
export type AttemptEffect =
  | { readonly do: 'lock-caller'; readonly caller: string }
  | { readonly do: 'ask-bank-to-lock'; readonly customer: string };

export const EMPTY_LEDGER: AttemptLedger = { callers: new Map(), customers: new Map() };

export function count(
  ledger: AttemptLedger,
  event: AttemptEvent,
  limits: AttemptLimits = DEFAULT_ATTEMPT_LIMITS,
): readonly [AttemptLedger, ...AttemptEffect[]] {
  const since = event.at - limits.window;
  if (event.type === 'attempt-passed')
    return [
      {
        callers: changed(ledger.callers, event.caller, [], limits.remembered),
        customers: changed(ledger.customers, event.customer, [], limits.remembered),
      },
    ];
  const { caller, customer, at } = event;
  const failure = { at, customer };
  const byCaller = [...recent(ledger.callers.get(caller), since), failure].slice(-limits.perCustomer);
  const byCustomer = customer === undefined ? [] : [...recent(ledger.customers.get(customer), since), failure];
  const effects: AttemptEffect[] = [];
  if (byCaller.length === limits.perCaller) effects.push({ do: 'lock-caller', caller });
  if (customer !== undefined && byCustomer.length === limits.perCustomer)
    effects.push({ do: 'ask-bank-to-lock', customer });
  return [
    {
      callers: changed(ledger.callers, caller, byCaller, limits.remembered),
      customers:
        customer === undefined
          ? ledger.customers
          : changed(ledger.customers, customer, byCustomer.slice(-limits.perCustomer - 1), limits.remembered),
    },
    ...effects,
  ];
}

/** Whether a caller may try (again). Whoever has not failed lately may. */
export const mayTry = (
  ledger: AttemptLedger,
  caller: string,
  now: MonotonicMs,
  limits: AttemptLimits = DEFAULT_ATTEMPT_LIMITS,
): boolean => recent(ledger.callers.get(caller), now - limits.window).length < limits.perCaller;

/** Whether so many have failed to be this customer lately that nobody is taken for them. */
export const isLocked = (
  ledger: AttemptLedger,
  customer: string,
  now: MonotonicMs,
  limits: AttemptLimits = DEFAULT_ATTEMPT_LIMITS,
): boolean => recent(ledger.customers.get(customer), now - limits.window).length >= limits.perCustomer;

/** Different customers whom a caller failed to be: a risk signal (velocity). */
export const claimedBy = (
  ledger: AttemptLedger,
  caller: string,
  now: MonotonicMs,
  limits: AttemptLimits = DEFAULT_ATTEMPT_LIMITS,
): number => new Set(recent(ledger.callers.get(caller), now - limits.window).map(({ customer }) => customer)).size;

const recent = (failures: readonly Failure[] | undefined, since: number): readonly Failure[] =>
  (failures ?? []).filter(({ at }) => at > since);

/** The map with one entry anew, as the youngest. */
function changed(
  map: ReadonlyMap<string, readonly Failure[]>,
  key: string,
  failures: readonly Failure[],
  most: number,
): ReadonlyMap<string, readonly Failure[]> {
  const next = new Map(map);
  next.delete(key);
  if (failures.length > 0) next.set(key, failures);
  for (const oldest of next.keys()) {
    if (next.size <= most) break;
    next.delete(oldest);
  }
  return next;
}
