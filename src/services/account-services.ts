import { textIn } from '../bank/bank-services.ts';
import { type BuiltIn, builtIn, isAccount, NEEDED, refused, told } from './built-in.ts';

/* What is on the caller's accounts. */

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
];
