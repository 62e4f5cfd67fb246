import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENGLISH_VALUES } from '../../src/language/en/heard-values.ts';
import * as englishDates from '../../src/language/en/spoken-date.ts';
import { spokenMoney as englishMoney } from '../../src/language/en/spoken-money.ts';
import { spokenNumber as englishNumber } from '../../src/language/en/spoken-number.ts';
import { CHINESE_VALUES } from '../../src/language/zh/heard-values.ts';
import { spokenDecimal, spokenDigits, spokenNumber } from '../../src/language/zh/spoken-number.ts';
import { spokenChineseText } from '../../src/language/zh/spoken-text.ts';
import { spokenDate, spokenMoney, spokenTime } from '../../src/language/zh/spoken-values.ts';
import { CHINESE_QUEUE_PHRASES } from '../../src/language/zh/queue-phrases.ts';
import { LONGER, TOLD_MINUTES, TOLD_POSITIONS } from '../../src/language/queue-wording.ts';

/* spoken-values.tsv: kind, as it is written, as it is said, and what is heard in that (VoiceXML 2.0, appendix P). */

const ROWS = readFileSync('test/language/spoken-values.tsv', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t') as [kind: string, written: string, said: string, heard: string]);

const folded = (said: string): string => said.toLowerCase().replaceAll(/[,，]/g, '');
const SPOKEN: Readonly<Record<string, (written: string, currency: string) => string>> = {
  number: (written) => spokenNumber(Number(written)),
  decimal: spokenDecimal,
  money: (written, currency) => spokenMoney(Number(written), currency),
  date: spokenDate,
  time: spokenTime,
  digits: spokenDigits,
  text: spokenChineseText,
  'en number': (written) => englishNumber(Number(written)),
  'en money': (written, currency) => englishMoney(Number(written), currency),
  'en date': englishDates.spokenDate,
  'en time': englishDates.spokenTime,
};
const HEARD: Readonly<Record<string, (said: string) => readonly string[]>> = {
  number: CHINESE_VALUES.number,
  decimal: CHINESE_VALUES.number,
  money: CHINESE_VALUES.currency,
  date: CHINESE_VALUES.date,
  time: CHINESE_VALUES.time,
  digits: CHINESE_VALUES.digits,
  'en number': ENGLISH_VALUES.number,
  'en money': ENGLISH_VALUES.currency,
  'en date': ENGLISH_VALUES.date,
  'en time': ENGLISH_VALUES.time,
};
const kindOf = (kind: string): readonly [string, string] => {
  const [, name = kind, currency = ''] = /^(.*?)(?: ([A-Z]{3}))?$/.exec(kind) ?? [];
  return [name, currency];
};

test('there are at least five hundred', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(500);
});

test('every value is said as the table has it', () => {
  const wrong = ROWS.flatMap(([kind, written, said]) => {
    const [name, currency] = kindOf(kind);
    const found = SPOKEN[name]?.(written, currency);
    return found === said ? [] : [`${kind} ${written}: ${found}, expected ${said}`];
  });
  expect(wrong).toEqual([]);
});

test('what is said is heard as the same value', () => {
  const wrong = ROWS.flatMap(([kind, , said, heard]) => {
    const found = HEARD[kindOf(kind)[0]]?.(folded(said));
    return found === undefined || found.includes(heard) ? [] : [`${said}: ${found.join()}, expected ${heard}`];
  });
  expect(wrong).toEqual([]);
});

test('no figure is left in what is said', () => {
  expect(ROWS.filter(([, , said]) => /\d/.test(said))).toEqual([]);
});

test('any amount in fen, and any number, comes back from Chinese and English', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_99 }), (fen) => {
      const amount = fen / 100;
      expect(CHINESE_VALUES.currency(spokenMoney(amount, 'CNY'))).toContain(`CNY${amount.toFixed(2)}`);
      expect(ENGLISH_VALUES.currency(englishMoney(amount, 'USD'))).toContain(`USD${amount.toFixed(2)}`);
      expect(CHINESE_VALUES.number(spokenNumber(fen))).toContain(String(fen));
      expect(ENGLISH_VALUES.number(englishNumber(fen))).toContain(String(fen));
    }),
    { numRuns: 2_000 },
  );
});

test('a hundred thousand amounts of any size come back to the fen', () => {
  const wrong: string[] = [];
  let seed = 20_261_130;
  for (let n = 0; n < 100_000; n++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    // as many small ones as large ones
    const fen = seed % 10 ** (2 + (n % 9));
    const written = `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
    const said = spokenMoney(Number(written), 'CNY');
    if (CHINESE_VALUES.currency(said)[0] !== `CNY${written}`) wrong.push(`${written}: ${said}`);
  }
  expect(wrong).toEqual([]);
});

test.each(['张三', '两三个', '三五百', '百', '一二三', '十百', '一万零', '零五百', '一百五百', ''])(
  '%s is no number',
  (words) => expect(CHINESE_VALUES.number(words)).toEqual([]),
);

test.each([
  ['一万二', '12000'],
  ['三千五', '3500'],
  ['两百五', '250'],
  ['13万2', '132000'],
  ['一亿零五万', '100050000'],
  ['一亿零二千', '100002000'],
  ['一亿二千', '120000000'],
  ['百分之一点五七', '0.0157'],
])('%s is %s', (words, value) => expect(CHINESE_VALUES.number(words)).toEqual([value]));

test('the type decides: five point oh three is a time where a time is wanted', () => {
  expect(CHINESE_VALUES.number('五点零三')).toEqual(['5.03']);
  expect(CHINESE_VALUES.time('五点零三')).toEqual(['0503?']);
});

test('callers who wait hear 两分钟, and no figure', () => {
  const told = [...TOLD_MINUTES, LONGER].map(CHINESE_QUEUE_PHRASES.wait);
  expect(told[1]).toBe('预计等候约两分钟。');
  const positions = Array.from({ length: TOLD_POSITIONS + 1 }, (_, n) => CHINESE_QUEUE_PHRASES.position(n + 1));
  expect(positions[1]).toBe('您排在第二位。');
  expect([...told, ...positions].filter((phrase) => /\d/.test(phrase))).toEqual([]);
});

test('no text makes it throw, and none keeps a figure', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789.,-:/¥$%年月日点个万 到号A')) }), (text) => {
      expect(spokenChineseText(text)).not.toMatch(/\d/);
    }),
    { numRuns: 2_000 },
  );
});
