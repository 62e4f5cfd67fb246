import { Secret } from '../../domain/secret.ts';
import { ENGLISH_ITEMS } from '../../language/en/item-language.ts';
import type { ItemLanguage } from '../../language/item-language.ts';
import type { SpokenLanguage } from '../../language/spoken-language.ts';
import { CHINESE_ITEMS } from '../../language/zh/item-language.ts';
import type { IdentityItem } from '../customer-reference.ts';

/** What came of one question: the recognizer's hypotheses, best first, or keys. Neither is ever logged. */
export type Hearing = readonly string[] | Secret;

export const ITEM_LANGUAGES: Readonly<Record<SpokenLanguage, ItemLanguage>> = { en: ENGLISH_ITEMS, zh: CHINESE_ITEMS };

/** More are not worth their time: they repeat one another. */
const MOST_READINGS = 10;

const distinct = (readings: readonly string[]): readonly string[] =>
  [...new Set(readings)].filter((reading) => reading !== '').slice(0, MOST_READINGS);

/** An item as strings of symbols; names in three ways. */
export interface Readings {
  readonly spelling: readonly string[];
  readonly letters: readonly string[];
  readonly sounds: readonly string[];
  readonly date: readonly string[];
  /** Keys are read by their own channel: hands slip less than ears. */
  readonly keyed: readonly string[];
}

const NOTHING: Readings = { spelling: [], letters: [], sounds: [], date: [], keyed: [] };

export function readingsOf(item: IdentityItem, hearing: Hearing, language: SpokenLanguage): Readings {
  if (hearing instanceof Secret) return { ...NOTHING, keyed: [hearing.reveal()] };
  const read = ITEM_LANGUAGES[language];
  switch (item) {
    case 'name':
      return {
        ...NOTHING,
        letters: distinct(hearing.map(read.nameLetters)),
        sounds: distinct(hearing.map(read.nameSounds)),
        spelling: distinct(hearing.map(read.spelledName)),
      };
    case 'date-of-birth':
      return { ...NOTHING, date: distinct(hearing.map(read.date)) };
    default:
      return { ...NOTHING, spelling: distinct(hearing.map(read.spelling)) };
  }
}

/** Fewer symbols than these are a piece of the item, and it is asked for once more. */
const LEAST: Readonly<Record<IdentityItem, number>> = {
  name: 4,
  'date-of-birth': 5,
  postcode: 5,
  'account-number': 4,
  'card-number': 4,
  'phone-number': 4,
};

/** Whether something was understood: by its form alone, whoever the caller is. */
export function isUnderstood(item: IdentityItem, hearing: Hearing, language: SpokenLanguage): boolean {
  const { spelling, letters, date, keyed } = readingsOf(item, hearing, language);
  const readings = item === 'name' ? letters : item === 'date-of-birth' ? date : spelling;
  return [...readings, ...keyed].some((reading) => reading.length >= LEAST[item]);
}
