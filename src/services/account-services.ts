import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import { spokenTransaction as saidInEnglish } from '../language/en/spoken-transaction.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { spokenTransaction as saidInChinese } from '../language/zh/spoken-transaction.ts';
import {
  type BuiltIn,
  builtIn,
  done,
  isAccount,
  NEEDED,
  OPTIONAL,
  refused,
  type ServiceWork,
  told,
} from './built-in.ts';

/* What is on the caller's accounts. */

const MOST_SAID = 3;

/** Those of whoever was verified; undefined: nobody was. */
async function accountsOf({ bank, sessions }: ServiceWork, args: ServiceArguments, signal: AbortSignal) {
  const customer = sessions.customerOf(textIn(args, 'session'));
  if (customer === undefined) return undefined;
  const result = await bank.ask('ListAccounts', { customer }, signal);
  return result.outcome === 'refused' ? undefined : result.answer.accounts;
}

export const ACCOUNT_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'balance',
      arguments: { account: NEEDED, session: NEEDED },
      results: ['balance', 'currency'],
      refusals: ['not-verified'],
      needs: ['session'],
    },
    async ({ bank }, args, signal) => {
      const [account, session] = [textIn(args, 'account'), textIn(args, 'session')];
      if (!isAccount(account) || session === '') return refused('not-verified');
      const result = await bank.ask('GetBalance', { account, session }, signal);
      if (result.outcome === 'refused' && result.because === 'unknown-account') return refused('not-verified');
      return told(result, ({ balance, currency }) => ({ balance: balance / 100, currency }));
    },
  ),
  builtIn(
    {
      name: 'current-account',
      arguments: { session: NEEDED },
      results: ['account', 'currency'],
      refusals: ['not-verified'],
      needs: ['session'],
    },
    async (work, args, signal) => {
      const accounts = await accountsOf(work, args, signal);
      const current = accounts?.find(({ kind }) => kind === 'current') ?? accounts?.[0];
      if (current === undefined) return refused('not-verified');
      return done({ account: current.account, currency: current.currency });
    },
  ),
  builtIn(
    {
      name: 'card-account',
      arguments: { session: NEEDED },
      results: ['card-account', 'owed', 'currency'],
      refusals: ['not-verified', 'no-card'],
      needs: ['session'],
    },
    async (work, args, signal) => {
      const accounts = await accountsOf(work, args, signal);
      if (accounts === undefined) return refused('not-verified');
      const card = accounts.find(({ kind }) => kind === 'card');
      if (card === undefined) return refused('no-card');
      const { account } = card;
      const result = await work.bank.ask('GetBalance', { account, session: textIn(args, 'session') }, signal);
      if (result.outcome === 'refused') return refused('not-verified');
      // what is owed is a balance below zero
      const owed = Math.max(0, -result.answer.balance) / 100;
      return done({ 'card-account': account, owed, currency: result.answer.currency });
    },
  ),
  builtIn(
    {
      name: 'own-accounts',
      arguments: { session: NEEDED },
      results: ['account', 'savings', 'currency'],
      refusals: ['not-verified', 'no-savings'],
      needs: ['session'],
    },
    async (work, args, signal) => {
      const accounts = await accountsOf(work, args, signal);
      if (accounts === undefined) return refused('not-verified');
      const current = accounts.find(({ kind }) => kind === 'current') ?? accounts[0];
      const savings = accounts.find(({ kind }) => kind === 'savings');
      if (current === undefined || savings === undefined) return refused('no-savings');
      return done({ account: current.account, savings: savings.account, currency: current.currency });
    },
  ),
  builtIn(
    {
      name: 'transactions',
      arguments: { account: NEEDED, session: NEEDED, language: OPTIONAL },
      results: ['transactions'],
      refusals: ['not-verified', 'no-transactions'],
      needs: ['session'],
    },
    async ({ bank }, args, signal) => {
      const [account, session] = [textIn(args, 'account'), textIn(args, 'session')];
      if (!isAccount(account) || session === '') return refused('not-verified');
      const result = await bank.ask('ListTransactions', { account, session, most: MOST_SAID }, signal);
      if (result.outcome === 'refused') return refused('not-verified');
      const { transactions } = result.answer;
      if (transactions.length === 0) return refused('no-transactions');
      const said = primaryLanguage(textIn(args, 'language')) === 'zh' ? saidInChinese : saidInEnglish;
      return done({ transactions: transactions.map(said).join(' ') });
    },
  ),
];
