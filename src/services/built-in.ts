import type { ServiceArguments } from '../bank/bank-services.ts';
import type { BankResult, CoreBanking } from '../bank/core-banking.ts';
import type { LookUpResult } from '../dialogue/dialogue.ts';
import type { AttemptLedger } from '../identity/attempt-ledger.ts';
import type { IdentityState } from '../identity/identity-machine.ts';
import type { Clock } from '../lib/clock.ts';
import type { Approvals } from './approvals.ts';
import type { Intentions } from './intentions.ts';
import type { Remembered } from './remembered.ts';
import type { Sessions } from './sessions.ts';
import { LONGEST_SERVICE_MS, type Service, type ServiceArgument } from '../dialogue/service.ts';

/** What a built-in service works with. */
export interface ServiceWork {
  readonly bank: CoreBanking;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly approvals: Approvals;
  readonly intentions: Intentions;
  /** What was heard of who calls, by contact, between two rounds of questions. */
  readonly identities: Remembered<IdentityState>;
  readonly attempts: { ledger: AttemptLedger };
}

/** A service of ours: how it is declared, and what it does on the port of the bank's core system. */
export interface BuiltIn {
  readonly declared: Service;
  readonly run: (work: ServiceWork, args: ServiceArguments, signal: AbortSignal) => Promise<LookUpResult>;
}

export const NEEDED: ServiceArgument = { secret: false, required: true };
export const OPTIONAL: ServiceArgument = { secret: false, required: false };
export const SECRET: ServiceArgument = { secret: true, required: true };

/** What most services are: they read, in the time that callers wait. */
const READS = {
  refusals: [],
  timeoutMs: LONGEST_SERVICE_MS,
  effect: 'none',
  needs: [],
  gives: [],
} as const satisfies Partial<Service>;

export const builtIn = (
  declared: Pick<Service, 'name' | 'arguments' | 'results'> & Partial<Service>,
  run: BuiltIn['run'],
): BuiltIn => ({ declared: { ...READS, ...declared }, run });

export const done = (values: Readonly<Record<string, string | number | boolean>>): LookUpResult => ({
  outcome: 'done',
  values,
});
export const refused = (because: string): LookUpResult => ({ outcome: 'refused', because });

/** The bank's answer as values for the dialplan; its refusals as they are. */
export const told = <T>(
  result: BankResult<T>,
  values: (answer: T) => Readonly<Record<string, string | number | boolean>>,
): LookUpResult => (result.outcome === 'done' ? done(values(result.answer)) : result);

/** What was heard, the most probable first: services are told it with ` | ` between. */
export const hypothesesIn = (heard: string): string[] => heard.split(' | ');

/** An account number that no bank has is unknown; nobody need be asked. */
export const isAccount = (text: string): boolean => /^[0-9A-Za-z]{4,34}$/.test(text);
