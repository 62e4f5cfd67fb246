import { type MonotonicMs, ms } from '../domain/units.ts';
import type { LookUpResult } from '../dialogue/dialogue.ts';
import { IvrError } from '../domain/error.ts';
import { Secret } from '../domain/secret.ts';
import type { Clock } from '../lib/clock.ts';
import { type BankServices, type ServiceArguments, textIn } from './bank-services.ts';

/*
 * A bank of invented customers, in memory, for the demo and for tests. Its rules are a real one's: three wrong PINs end
 * a caller's tries, ten lock an account, a balance is told only to whom the PIN was verified, blocking a card twice blocks it once.
 */

interface Customer {
  readonly account: string;
  readonly pin: string;
  readonly name: string;
  readonly balance: number;
  readonly currency: string;
}

const CUSTOMERS: readonly Customer[] = [
  { account: '12345678', pin: '2468', name: 'Customer One', balance: 1234.56, currency: 'USD' },
  { account: '87654321', pin: '1357', name: 'Customer Two', balance: 20_500, currency: 'USD' },
  { account: '11223344', pin: '9999', name: 'Customer Three', balance: -75.2, currency: 'USD' },
  { account: '40050060', pin: '0007', name: 'Customer Four', balance: 310.01, currency: 'EUR' },
];

export const DEMO_SERVICES = ['verify-pin', 'balance', 'block-card'] as const;

/** Wrong PINs of one caller, for whatever accounts: a misheard number must not let a stranger lock somebody else's. */
const CALLER_TRIES = 3;
/** Wrong PINs for one account, of whatever callers. */
const ACCOUNT_TRIES = 10;
const LOCKED_MS = 15 * 60_000;
const SESSION_MS = 10 * 60_000;

const done = (values: Readonly<Record<string, string | number | boolean>>): LookUpResult => ({
  outcome: 'done',
  values,
});
const refused = (because: string): LookUpResult => ({ outcome: 'refused', because });

export function openDemoBank(clock: Clock): BankServices {
  const accounts = new Map(CUSTOMERS.map((customer) => [customer.account, customer]));
  const wrong = new Map<string, { readonly count: number; readonly at: MonotonicMs }>();
  const sessions = new Map<string, { readonly account: string; readonly until: MonotonicMs }>();
  const blocked = new Map<string, string>();
  let sessionCount = 0;

  const services: Readonly<Record<(typeof DEMO_SERVICES)[number], (args: ServiceArguments) => LookUpResult>> = {
    'verify-pin'(args) {
      const customer = accounts.get(textIn(args, 'account'));
      if (customer === undefined) return refused('unknown-account');
      const now = clock.now();
      const caller = `caller ${textIn(args, 'contact')}`;
      const account = `account ${customer.account}`;
      const count = (key: string): number => {
        const before = wrong.get(key);
        return before !== undefined && now - before.at < LOCKED_MS ? before.count : 0;
      };
      if (count(caller) >= CALLER_TRIES) return refused('too-many-tries');
      if (count(account) >= ACCOUNT_TRIES) return refused('locked');
      const { pin } = args;
      if (!(pin instanceof Secret) || pin.reveal() !== customer.pin) {
        for (const [key, { at }] of wrong) if (now - at >= LOCKED_MS) wrong.delete(key);
        for (const key of [caller, account]) wrong.set(key, { count: count(key) + 1, at: now });
        if (count(caller) >= CALLER_TRIES) return refused('too-many-tries');
        return refused(count(account) >= ACCOUNT_TRIES ? 'locked' : 'wrong-pin');
      }
      for (const key of [caller, account]) wrong.delete(key);
      for (const [id, { until }] of sessions) if (until <= now) sessions.delete(id);
      const session = `demo-${++sessionCount}`;
      sessions.set(session, { account: customer.account, until: ms(now + SESSION_MS) });
      return done({ session, customer: customer.name });
    },
    balance(args) {
      const customer = accounts.get(textIn(args, 'account'));
      const session = sessions.get(textIn(args, 'session'));
      if (customer === undefined || session?.account !== customer.account || session.until <= clock.now())
        return refused('not-verified');
      return done({ balance: customer.balance, currency: customer.currency });
    },
    'block-card'(args) {
      const account = textIn(args, 'account');
      if (!accounts.has(account)) return refused('unknown-account');
      const reference = blocked.get(account) ?? `LC${48_290 + blocked.size}`;
      blocked.set(account, reference);
      return done({ reference });
    },
  };
  const known = (service: string): service is keyof typeof services => Object.hasOwn(services, service);

  return {
    services: DEMO_SERVICES,
    async call(service, args, signal) {
      signal.throwIfAborted();
      // The dialplan's check let the name through, so the demo bank has it.
      if (!known(service)) throw new IvrError('INTERNAL', `the demo bank has no service '${service}'`, { service });
      return services[service](args);
    },
  };
}
