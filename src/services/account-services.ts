import { textIn } from '../bank/bank-services.ts';
import { spokenTransaction as saidInEnglish } from '../language/en/spoken-transaction.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { spokenTransaction as saidInChinese } from '../language/zh/spoken-transaction.ts';
import { type BuiltIn, builtIn, done, isAccount, NEEDED, OPTIONAL, refused, told } from './built-in.ts';

/* What is on the caller's accounts. */

const MOST_SAID = 3;

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
      name: 'own-accounts',
      arguments: { session: NEEDED },
      results: ['account', 'savings', 'currency'],
      refusals: ['not-verified', 'no-savings'],
      needs: ['session'],
    },
    async ({ bank, sessions }, args, signal) => {
      const customer = sessions.customerOf(textIn(args, 'session'));
      if (customer === undefined) return refused('not-verified');
      const result = await bank.ask('ListAccounts', { customer }, signal);
      if (result.outcome === 'refused') return refused('not-verified');
      const { accounts } = result.answer;
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
