import { textIn } from '../bank/bank-services.ts';
import { type BuiltIn, builtIn, isAccount, NEEDED, refused, told } from './built-in.ts';

/* Lost and stolen cards. Whoever finds a card wants it frozen: nobody has to prove first who they are. */

export const CARD_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'block-card',
      arguments: { account: NEEDED },
      results: ['reference'],
      refusals: ['unknown-account'],
      effect: 'data',
    },
    async ({ bank }, args, signal) => {
      const account = textIn(args, 'account');
      if (!isAccount(account)) return refused('unknown-account');
      return told(await bank.ask('FreezeCards', { account }, signal), ({ reference }) => ({ reference }));
    },
  ),
];
