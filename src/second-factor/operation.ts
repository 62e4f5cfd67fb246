import { maskNumber } from '../domain/secret.ts';

/** What a second factor is asked for. A code counts for this and nothing else. */
export interface Operation {
  /** Of the call, so that no code serves another. */
  readonly contact: string;
  readonly kind: 'transfer' | 'limit-change' | 'card-change';
  /** In hundredths of the currency; 0 where no money moves. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Account that it is taken from, in full; never said or sent. Whoever approves what is taken from one account has approved nothing of another. */
  readonly payer: string;
  /** Account or card of the payee, in full; never said or sent in full. */
  readonly payee: string;
}

/** What is said and sent of it: the payee by its last digits. */
export const describeOperation = ({
  kind,
  amount,
  currency,
  payee,
}: Operation): {
  readonly kind: string;
  readonly amount: string;
  readonly payee: string;
} => ({ kind, amount: `${(amount / 100).toFixed(2)} ${currency}`, payee: maskNumber(payee) });

export const sameOperation = (a: Operation, b: Operation): boolean =>
  a.contact === b.contact &&
  a.kind === b.kind &&
  a.amount === b.amount &&
  a.currency === b.currency &&
  a.payer === b.payer &&
  a.payee === b.payee;
