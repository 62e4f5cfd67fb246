import type { Operation } from '../../../src/second-factor/operation.ts';

/** 120.50 dollars to somebody. */
export const TRANSFER: Operation = {
  contact: 'k-1',
  kind: 'transfer',
  amount: 12_050,
  currency: 'USD',
  payer: '12345678',
  payee: '40050060',
};
