import type { SaidTransaction } from '../said-transaction.ts';
import { spokenDate, spokenMoney } from './spoken-values.ts';

/** One sentence. */
export const spokenTransaction = ({ booked, amount, currency, text }: SaidTransaction): string =>
  `${spokenDate(booked)}，${text}，${amount < 0 ? '支出' : '收入'}${spokenMoney(Math.abs(amount) / 100, currency)}。`;
