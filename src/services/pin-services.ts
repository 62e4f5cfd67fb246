import { textIn } from '../bank/bank-services.ts';
import { Secret } from '../domain/secret.ts';
import { type BuiltIn, builtIn, isAccount, NEEDED, OPTIONAL, refused, SECRET, told } from './built-in.ts';

/* Who is calling, by account and PIN. The bank compares PINs and counts tries; we only carry them. */

export const PIN_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'verify-pin',
      arguments: { account: NEEDED, pin: SECRET, contact: OPTIONAL },
      results: ['session', 'customer'],
      refusals: ['unknown-account', 'wrong-pin', 'too-many-tries', 'locked'],
      gives: ['session'],
    },
    async ({ bank, sessions }, args, signal) => {
      const [account, contact, { pin }] = [textIn(args, 'account'), textIn(args, 'contact'), args];
      if (!isAccount(account)) return refused('unknown-account');
      const digits = pin instanceof Secret ? pin.reveal() : '';
      // what cannot be a PIN counts as a wrong one: the bank counts tries
      const tried = /^\d{4,12}$/.test(digits) ? digits : '000000000000';
      const asked = { account, pin: tried, contact: contact === '' ? 'unknown' : contact };
      const result = await bank.ask('VerifyPin', asked, signal);
      if (result.outcome === 'done') sessions.opened(result.answer.session, result.answer.customer);
      return told(result, ({ session, name }) => ({ session, customer: name }));
    },
  ),
];
