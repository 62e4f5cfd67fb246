import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import type { Operation } from '../second-factor/operation.ts';
import { isAccount, NEEDED } from './built-in.ts';

/** Amounts as callers say them, in the currency: 250, 12.5, 99.99. */
const AMOUNT = /^\d{1,9}(?:\.\d{1,2})?$/;

/** What a service takes that works on an order. */
export const ORDER = {
  contact: NEEDED,
  session: NEEDED,
  from: NEEDED,
  to: NEEDED,
  amount: NEEDED,
  currency: NEEDED,
};

/** What the caller orders; undefined when no bank could do it. */
export function operationOf(args: ServiceArguments): Operation | undefined {
  const [amount, currency] = [textIn(args, 'amount'), textIn(args, 'currency')];
  const [payer, payee] = [textIn(args, 'from'), textIn(args, 'to')];
  const hundredths = Math.round(Number(amount) * 100);
  if (!AMOUNT.test(amount) || hundredths <= 0 || !/^[A-Z]{3}$/.test(currency)) return undefined;
  if (!isAccount(payer) || !isAccount(payee)) return undefined;
  return { contact: textIn(args, 'contact'), kind: 'transfer', amount: hundredths, currency, payer, payee };
}
