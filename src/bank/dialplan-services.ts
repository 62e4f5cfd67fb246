import type { LookUpResult } from '../dialogue/dialogue.ts';
import { IvrError } from '../domain/error.ts';
import { Secret } from '../domain/secret.ts';
import { type BankServices, type ServiceArguments, textIn } from './bank-services.ts';
import type { BankResult, CoreBanking } from './core-banking.ts';

/* What dialplans look up at the bank by name, on the port to its core system. */

type Service = (bank: CoreBanking, args: ServiceArguments, signal: AbortSignal) => Promise<LookUpResult>;

const told = <T>(
  result: BankResult<T>,
  values: (answer: T) => Readonly<Record<string, string | number | boolean>>,
): LookUpResult => (result.outcome === 'done' ? { outcome: 'done', values: values(result.answer) } : result);

/** An account number that no bank has is unknown; nobody need be asked. */
const ACCOUNT = /^[0-9A-Za-z]{4,34}$/;
const unknown: LookUpResult = { outcome: 'refused', because: 'unknown-account' };

const SERVICES = {
  async 'verify-pin'(bank, args, signal) {
    const [account, contact, { pin }] = [textIn(args, 'account'), textIn(args, 'contact'), args];
    if (!ACCOUNT.test(account)) return unknown;
    const digits = pin instanceof Secret ? pin.reveal() : '';
    // what cannot be a PIN counts as a wrong one: the bank counts tries
    const tried = /^\d{4,12}$/.test(digits) ? digits : '000000000000';
    const result = await bank.ask(
      'VerifyPin',
      { account, pin: tried, contact: contact === '' ? 'unknown' : contact },
      signal,
    );
    return told(result, ({ session, name }) => ({ session, customer: name }));
  },
  async balance(bank, args, signal) {
    const [account, session] = [textIn(args, 'account'), textIn(args, 'session')];
    if (!ACCOUNT.test(account) || session === '') return { outcome: 'refused', because: 'not-verified' };
    const result = await bank.ask('GetBalance', { account, session }, signal);
    if (result.outcome === 'refused' && result.because === 'unknown-account')
      return { outcome: 'refused', because: 'not-verified' };
    return told(result, ({ balance, currency }) => ({ balance: balance / 100, currency }));
  },
  async 'block-card'(bank, args, signal) {
    const account = textIn(args, 'account');
    if (!ACCOUNT.test(account)) return unknown;
    return told(await bank.ask('FreezeCards', { account }, signal), ({ reference }) => ({ reference }));
  },
} as const satisfies Readonly<Record<string, Service>>;

export const BANK_SERVICES = Object.keys(SERVICES);

export const dialplanServices = (bank: CoreBanking): BankServices => ({
  services: BANK_SERVICES,
  async call(service, args, signal) {
    signal.throwIfAborted();
    const known = Object.entries<Service>(SERVICES).find(([name]) => name === service)?.[1];
    // the dialplan's check let the name through, so there is one
    if (known === undefined) throw new IvrError('INTERNAL', `the bank has no service '${service}'`, { service });
    return known(bank, args, signal);
  },
});
