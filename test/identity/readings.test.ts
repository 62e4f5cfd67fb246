import { describe, expect, test } from 'vitest';
import { ENGLISH_ITEMS } from '../../src/language/en/item-language.ts';
import { CHINESE_ITEMS } from '../../src/language/zh/item-language.ts';

describe('letters and digits that are said one by one', () => {
  test.each([
    ['whiskey 2 0 alpha bravo', 'w20ab'],
    ['t for Tommy Q for Queen 6 R for Robert', 'tq6r'],
    ['B as in Bravo double three m like mother', 'b33m'],
    ['my postcode is BS6 1SH', 'bs61sh'],
    ['golf 392 Quebec x-ray', 'g392qx'],
    ['double u eight x ray', 'w8x'],
    ['n 9 + r', 'n9nr'],
  ])('%s', (heard, symbols) => expect(ENGLISH_ITEMS.spelling(heard)).toBe(symbols));

  test.each([
    ['幺二三四五六七八', '12345678'],
    ['三三零洞', '3300'],
  ])('%s', (heard, symbols) => expect(CHINESE_ITEMS.spelling(heard)).toBe(symbols));
});

describe('dates in any wording', () => {
  test.each([
    ['27th of the 9th 1979', '2791979'],
    ['the twenty seventh of September nineteen seventy nine', '27I1979'],
    ['September 27th, 1979', 'I271979'],
    ['2nd of May two thousand and three', '2E2003'],
    ['25/12 1947', '25121947'],
    ['29th of December mmxviii', '29L2018'],
    ['nineteen oh five', '1905'],
  ])('%s', (heard, symbols) => expect(ENGLISH_ITEMS.date(heard)).toBe(symbols));

  test.each([
    ['一九七九年九月二十七号', '1979927'],
    ['1979年10月十五日', '19791015'],
    ['七九年十二月三十一', '791231'],
  ])('%s', (heard, symbols) => expect(CHINESE_ITEMS.date(heard)).toBe(symbols));
});

describe('names that sound alike are read alike', () => {
  test.each([
    ['Katie Marshall', 'Katy Marshal'],
    ['Philip Gray', 'Phillip Grey'],
    ['Rhys', 'Reece'],
    ['Stephen', 'Steven'],
  ])('%s, %s', (one, other) => {
    const [a, b] = [ENGLISH_ITEMS.nameSounds(one), ENGLISH_ITEMS.nameSounds(other)];
    expect(a === b || Array.from(a).filter((sound) => b.includes(sound)).length >= a.length - 1, `${a} ${b}`).toBe(
      true,
    );
  });

  test.each([
    ['张伟', '章威'],
    ['张伟', '弓长张伟大的伟'],
    ['李娜', '木子李，娜'],
    ['刘洋', '牛阳'],
    ['陈静', '程晶'],
  ])('%s, %s', (one, other) => expect(CHINESE_ITEMS.nameSounds(other)).toBe(CHINESE_ITEMS.nameSounds(one)));
});
