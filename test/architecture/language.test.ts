import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COURTESIES, HESITATIONS } from '../../src/language/en/spoken-fillers.ts';
import { MONTHS } from '../../src/language/en/spoken-date.ts';
import { MONEY, NUMBER_WORDS } from '../../src/language/en/number-words.ts';

/* What callers and the bot say in a language stands in src/language/, so that another language is another folder. */

const source = join(import.meta.dirname, '../../src');
/** Texts that staff and courts read on a page or in a report, in both languages side by side. */
const READ_BY_PEOPLE = /^(?:http\/newcomer-page|archive\/export\/readme|verify\/[a-z-]+)\.ts$/;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('language/') && !READ_BY_PEOPLE.test(file))
  .map((file) => ({ file, code: readFileSync(join(source, file), 'utf8').replaceAll(COMMENT, '') }));

test('no Chinese outside of language/zh', () => {
  expect(files.filter(({ code }) => /\p{Script=Han}/u.test(code)).map(({ file }) => file)).toEqual([]);
});

/** Left out: words that are names of things in the code as well. */
const NAMES = new Set(['a', 'o', 'one', 'first', 'second', 'well', 'so', 'like', 'may', 'march']);
const WORDS = [
  ...NUMBER_WORDS.keys(),
  ...MONEY.units,
  ...MONEY.hundredths,
  ...MONTHS.map((month) => month.toLowerCase()),
  ...HESITATIONS,
  ...COURTESIES,
].filter((word) => /^[a-z]+$/.test(word) && !NAMES.has(word));

test('no English number, month, sum, hesitation or courtesy as a value outside of language/en', () => {
  expect(WORDS.length).toBeGreaterThan(70);
  const literal = new RegExp(`['"\`](?:${WORDS.join('|')})['"\`]`, 'gi');
  expect(files.flatMap(({ file, code }) => (code.match(literal) ?? []).map((word) => `${file}: ${word}`))).toEqual([]);
});
