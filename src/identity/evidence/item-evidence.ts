import { assumedRows, type ChannelTable } from '../../language/channel-table.ts';
import type { SpokenLanguage } from '../../language/spoken-language.ts';
import type { CustomerReference, IdentityItem } from '../customer-reference.ts';
import { type Channel, channelOf, joinedScore, prefixScores, suffixScores, wholeScore } from './channel.ts';
import { type Hearing, ITEM_LANGUAGES, readingsOf } from './readings.ts';

/*
 * How well what was heard of an item fits a customer, as a raw log-likelihood ratio (nats) of the best reading of the best hearing. Parts of
 * items (day and month, year, given name, family name) are aligned once for all customers who share them.
 */

/** Undefined when nothing was heard. What cannot reach `floor` may come back as anything below it. */
export type ItemEvidence = (customer: CustomerReference, floor?: number) => number | undefined;

const KEYED: ChannelTable = {
  rows: assumedRows({ symbols: '0123456789', alike: [], right: 0.985, confused: 0 }),
  otherwise: -4,
  insertion: -4,
  deletion: -4,
  cutOff: -3,
};

type Channels = Readonly<Record<'spelling' | 'letters' | 'sounds' | 'date' | 'keyed', Channel>>;
const channelsBy = new Map<SpokenLanguage, Channels>();

function channelsOf(language: SpokenLanguage): Channels {
  const known = channelsBy.get(language);
  if (known !== undefined) return known;
  const { spelling, letters, sounds, date } = ITEM_LANGUAGES[language].channels;
  const channels = {
    spelling: channelOf(spelling),
    letters: channelOf(letters),
    sounds: channelOf(sounds),
    date: channelOf(date),
    keyed: channelOf(KEYED),
  };
  channelsBy.set(language, channels);
  return channels;
}

export function evidenceOf(item: IdentityItem, hearings: readonly Hearing[], language: SpokenLanguage): ItemEvidence {
  const channels = channelsOf(language);
  const texts = ITEM_LANGUAGES[language];
  const all = hearings.map((hearing) => readingsOf(item, hearing, language));
  const alignedBy = (kind: keyof Channels): readonly Alignment[] =>
    all.flatMap((one) => one[kind]).map((reading) => alignment(reading, channels[kind]));
  const spelling = alignedBy('spelling');
  const letters = alignedBy('letters');
  const sounds = alignedBy('sounds');
  const dates = alignedBy('date');
  const keyed = alignedBy('keyed');
  if ([spelling, letters, sounds, dates, keyed].every((readings) => readings.length === 0)) return () => undefined;

  const wholes = (said: readonly string[], readings: readonly Alignment[], floor: number): number =>
    said.reduce((best, one) => readings.reduce((most, reading) => Math.max(most, reading.whole(one)), best), floor);

  switch (item) {
    case 'name':
      return (customer, floor = -Infinity) => {
        const said = saidOf(customer, language);
        return joined(said.sounds, sounds, joined(said.letters, letters, joined(said.letters, spelling, floor)));
      };
    case 'date-of-birth':
      return (customer, floor = -Infinity) => {
        const { dayMonth, year } = saidOf(customer, language);
        const spoken = texts.yearFirst ? [year, dayMonth] : [dayMonth, year];
        return joined([dayMonth, year], keyed, joined(spoken, dates, floor));
      };
    default:
      return (customer, floor = -Infinity) => {
        const said = saidOf(customer, language).numbers[item];
        return wholes(said, keyed, wholes(said, spelling, floor));
      };
  }
}

/** How a customer's name and date are said; worked out once for each customer. */
interface Said {
  readonly letters: readonly string[];
  readonly sounds: readonly string[];
  /** All wordings of it, blanks between them. */
  readonly dayMonth: string;
  readonly year: string;
  readonly numbers: Readonly<Record<NumberItem, readonly string[]>>;
}
type NumberItem = Exclude<IdentityItem, 'name' | 'date-of-birth'>;
const said: Readonly<Record<SpokenLanguage, WeakMap<CustomerReference, Said>>> = {
  en: new WeakMap(),
  zh: new WeakMap(),
};

function saidOf(customer: CustomerReference, language: SpokenLanguage): Said {
  const known = said[language].get(customer);
  if (known !== undefined) return known;
  const texts = ITEM_LANGUAGES[language];
  const parts = nameParts(customer, texts.familyFirst);
  const { dayMonth, year } = texts.dateWordings(customer.dateOfBirth);
  const fresh = {
    letters: parts.map(texts.nameLetters),
    sounds: parts.map(texts.nameSounds),
    dayMonth: dayMonth.join(' '),
    year: year.join(' '),
    numbers: {
      postcode: [plain(customer.postcode)],
      'account-number': customer.accounts.map(plain),
      'card-number': customer.cards.map(plain),
      'phone-number': customer.phones.map(plain),
    },
  };
  said[language].set(customer, fresh);
  return fresh;
}

/** Letters and digits of a postcode or a number, as they are said. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const nameParts = ({ givenName, familyName }: CustomerReference, familyFirst: boolean): readonly [string, string] =>
  familyFirst ? [familyName, givenName] : [givenName, familyName];

interface Alignment {
  readonly whole: (said: string) => number;
  readonly first: (said: string) => Part;
  readonly second: (said: string) => Part;
}
interface Part {
  readonly scores: Float32Array;
  readonly best: number;
}

/** One reading, with the parts that were aligned to it. */
function alignment(heard: string, channel: Channel): Alignment {
  const kept = (align: (said: string) => Float32Array): ((said: string) => Part) => {
    const parts = new Map<string, Part>();
    return (said) => {
      const known = parts.get(said);
      if (known !== undefined) return known;
      const scores = bestOfEach(said.split(' ').map(align));
      let best = -Infinity;
      for (const score of scores) if (score > best) best = score;
      const part = { scores, best };
      parts.set(said, part);
      return part;
    };
  };
  return {
    first: kept((said) => prefixScores(said, heard, channel)),
    second: kept((said) => suffixScores(said, heard, channel)),
    whole: (said) => wholeScore(said, heard, channel),
  };
}

/** Of several wordings of one part, place by place. */
function bestOfEach([first = new Float32Array(0), ...others]: readonly Float32Array[]): Float32Array {
  for (const other of others)
    for (let k = 0; k < first.length; k++) first[k] = Math.max(first[k] ?? -Infinity, other[k] ?? -Infinity);
  return first;
}

/** The best of the readings for two parts one after the other; `floor` when none is better. */
function joined(parts: readonly string[], readings: readonly Alignment[], floor: number): number {
  const [one = '', two = ''] = parts;
  let best = floor;
  for (const reading of readings) {
    const first = reading.first(one);
    const second = reading.second(two);
    if (first.best + second.best <= best) continue;
    const score = joinedScore(first.scores, second.scores);
    if (score > best) best = score;
  }
  return best;
}
