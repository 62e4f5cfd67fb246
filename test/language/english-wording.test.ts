import { expect, test } from 'vitest';
import { spokenDate, spokenTime } from '../../src/language/en/spoken-date.ts';
import { spokenMoney } from '../../src/language/en/spoken-money.ts';
import { spokenDigits, spokenNumber, spokenOrdinal } from '../../src/language/en/spoken-number.ts';

test.each([
  [0, 'zero'],
  [7, 'seven'],
  [10, 'ten'],
  [19, 'nineteen'],
  [20, 'twenty'],
  [21, 'twenty-one'],
  [100, 'one hundred'],
  [101, 'one hundred one'],
  [1234, 'one thousand two hundred thirty-four'],
  [1_000_000, 'one million'],
  [2_000_045, 'two million forty-five'],
  [-5, 'minus five'],
  [1.5, '1.5'],
])('number %d: %s', (n, words) => expect(spokenNumber(n)).toBe(words));

test.each([
  [1, 'first'],
  [2, 'second'],
  [3, 'third'],
  [12, 'twelfth'],
  [20, 'twentieth'],
  [21, 'twenty-first'],
  [30, 'thirtieth'],
  [104, 'one hundred fourth'],
])('ordinal %d: %s', (n, words) => expect(spokenOrdinal(n)).toBe(words));

test.each([
  [1234.56, 'USD', 'one thousand two hundred thirty-four dollars and fifty-six cents'],
  [1, 'USD', 'one dollar'],
  [1.01, 'USD', 'one dollar and one cent'],
  [0, 'USD', 'zero dollars'],
  [0.5, 'GBP', 'fifty pence'],
  [-75.2, 'EUR', 'minus seventy-five euros and twenty cents'],
  [0.1 + 0.2, 'USD', 'thirty cents'],
  [19.999, 'USD', 'twenty dollars'],
  [3, 'XYZ', 'three XYZ'],
])('money %d %s: %s', (amount, currency, words) => expect(spokenMoney(amount, currency)).toBe(words));

test.each([
  ['12345678', 'one two three four, five six seven eight'],
  ['5678', 'five six seven eight'],
  ['123456', 'one two three, four five six'],
  ['1234567', 'one two three, four five six seven'],
  ['LC48290', 'L C, four eight two, nine zero'],
  ['', ''],
])('digits %s: %s', (digits, words) => expect(spokenDigits(digits)).toBe(words));

test.each([
  ['2026-11-21', 'November twenty-first, twenty twenty-six'],
  ['2005-01-03', 'January third, two thousand five'],
  ['1999-12-31', 'December thirty-first, nineteen ninety-nine'],
  ['1905-06-02', 'June second, nineteen oh five'],
  ['1900-06-02', 'June second, nineteen hundred'],
  ['soon', 'soon'],
])('date %s: %s', (iso, words) => expect(spokenDate(iso)).toBe(words));

test.each([
  ['17:30', 'five thirty P M'],
  ['00:05', 'twelve oh five A M'],
  ['12:00', 'twelve P M'],
  ['25:00', '25:00'],
])('time %s: %s', (time, words) => expect(spokenTime(time)).toBe(words));
