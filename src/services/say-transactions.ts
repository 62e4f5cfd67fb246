import * as englishDates from '../language/en/spoken-date.ts';
import * as englishMoney from '../language/en/spoken-money.ts';
import type { SpokenLanguage } from '../language/spoken-language.ts';
import * as chinese from '../language/zh/spoken-values.ts';

export interface SaidTransaction {
  readonly booked: string;
  /** In hundredths; below zero when it left the account. */
  readonly amount: number;
  readonly currency: string;
  readonly text: string;
}

/** As they are said, one sentence each; the bank's words are left as they are. */
export function sayTransactions(transactions: readonly SaidTransaction[], language: SpokenLanguage): string {
  return transactions
    .map(({ booked, amount, currency, text }) => {
      const much = Math.abs(amount) / 100;
      if (language === 'zh')
        return `${chinese.spokenDate(booked)}，${text}，${amount < 0 ? '支出' : '收入'}${chinese.spokenMoney(much, currency)}。`;
      return `${englishDates.spokenDate(booked)}, ${text}: ${englishMoney.spokenMoney(much, currency)} ${amount < 0 ? 'out' : 'in'}.`;
    })
    .join(' ');
}
