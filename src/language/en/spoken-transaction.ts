import type { SaidTransaction } from '../said-transaction.ts';
import { spokenDate } from './spoken-date.ts';
import { spokenMoney } from './spoken-money.ts';

/** One sentence. */
export const spokenTransaction = ({ booked, amount, currency, text }: SaidTransaction): string =>
  `${spokenDate(booked)}, ${text}: ${spokenMoney(Math.abs(amount) / 100, currency)} ${amount < 0 ? 'out' : 'in'}.`;
