import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationToken, durationTokens, facetToken } from '../../src/archive/words/facets.ts';
import { holdsPhrase, indexTokens, parseWords, unitsOf, type WordQuery } from '../../src/archive/words/tokens.ts';

/** As the databases do it: tokens from the index, sequences from the text. */
function found(query: WordQuery | undefined, texts: readonly string[]): boolean {
  if (query === undefined) return false;
  const index = new Set(texts.flatMap(indexTokens));
  return (
    query.tokens.every((token) => index.has(token)) &&
    query.phrases.every((phrase) => holdsPhrase(texts.map(unitsOf), phrase))
  );
}
const search = (words: string, ...texts: string[]): boolean => found(parseWords(words), texts);

test('Chinese words of any length are found, also one character, the last one, and across full width', () => {
  const text = '我的银行卡被人诈骗了，请帮我挂失。';
  for (const words of [
    '诈骗',
    '银行卡',
    '卡',
    '了',
    '失',
    '挂失',
    '被人诈骗',
    '银行卡 挂失',
    '我的银行卡被人诈骗了',
    '了请',
  ])
    expect(search(words, text), words).toBe(true);
  for (const words of ['骗诈', '银卡', '信用卡', '行人', '诈骗 转账']) expect(search(words, text), words).toBe(false);
  expect(search('ＡＴＭ取款', 'atm取款机')).toBe(true);
  expect(search('取款机ATM', '取款机 atm')).toBe(true);
});

test('English words are found whole and in any case; quotes ask for neighbours', () => {
  const text = "I've lost my credit card, and I don't know where.";
  for (const words of [
    'LOST card',
    '"credit card"',
    'dont',
    'don’t',
    '"lost my credit card"',
    '“my credit”',
    'card "i dont know"',
  ])
    expect(search(words, text), words).toBe(true);
  for (const words of ['"lost card"', 'credi', '"card credit"', 'debit card'])
    expect(search(words, text), words).toBe(false);
});

test('both languages in one query, over several utterances: phrases do not reach from one into the next', () => {
  const texts = ['please check 账户余额', 'of my savings account'];
  expect(search('check 余额 savings', ...texts)).toBe(true);
  expect(search('"余额 of"', ...texts)).toBe(false);
  expect(search('"check 账户余额"', ...texts)).toBe(true);
});

test('what redaction has put there is no word', () => {
  expect(indexTokens('my name is [name] and my card is #### ####')).toEqual([
    'my=name',
    'my',
    'name=is',
    'name',
    'is=and',
    'is',
    'and=my',
    'and',
    'my=card',
    'card=is',
    'card',
  ]);
  expect(unitsOf('[date]余额')).toEqual(['余', '额']);
});

test('nothing to look for is told apart from a query', () => {
  for (const words of ['', '  ', '"', '""', '、。!', '####', '😀']) expect(parseWords(words), words).toBeUndefined();
});

const character = fc.constantFrom(...Array.from('银行卡余额转账诈骗挂失信用的我了abcXYZ019 ,，。"\'[]#'));
const text = fc.string({ unit: character, maxLength: 40 });

test('whatever run of Chinese or whatever word a text holds, it finds the text', () => {
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(), (said, a, b) => {
      const plain = said.replace(/\[[a-z-]+\]|#+/g, ' ').replaceAll(/['’]/g, '');
      for (const run of plain.match(/\p{Script=Han}+/gu) ?? []) {
        const [from, to] = [a % run.length, b % run.length].toSorted((x, y) => x - y) as [number, number];
        expect(search(run.slice(from, to + 1), said)).toBe(true);
      }
      for (const word of plain.match(/[a-zA-Z0-9]+/g) ?? []) expect(search(word, said)).toBe(true);
    }),
  );
});

test('no text makes a token that either database would take apart or read as an operator', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (said) => {
      for (const token of indexTokens(said)) expect(token).toMatch(/^[\p{L}\p{M}\p{N}]+(?:=[\p{L}\p{M}\p{N}]+)?$/u);
    }),
  );
});

test('facets are no words, and every duration of a range is among its tokens', () => {
  expect(indexTokens(facetToken('queue', 'loans'))).not.toContain(facetToken('queue', 'loans'));
  const ms = fc.integer({ min: 0, max: 20_000_000 });
  fc.assert(
    fc.property(ms, ms, ms, (a, b, c) => {
      const [low, middle, high] = [a, b, c].toSorted((x, y) => x - y) as [number, number, number];
      expect(durationTokens(low, high)).toContain(durationToken(middle));
      expect(durationTokens(low, Infinity)).toContain(durationToken(high));
    }),
  );
});
