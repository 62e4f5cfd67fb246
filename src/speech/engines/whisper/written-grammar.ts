import { foldWord } from '../../../domain/fold-word.ts';
import type { GrammarGraph, GrammarNode } from '../../../domain/grammar-graph.ts';
import * as english from '../../../language/en/number-words.ts';
import { TIMES } from '../../../language/en/spoken-answers.ts';
import type { NumberWord } from '../../../language/number-word.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';
import * as chinese from '../../../language/zh/number-words.ts';
import { TIMES as CHINESE_TIMES } from '../../../language/zh/spoken-answers.ts';
import { numberWord } from './number-words.ts';
import { contractionOf, spellingsOf } from './spellings.ts';

/*
 * A grammar's sentences as Whisper may write them: "twenty three" as 'Twenty-three', '23'; "one two three four" as
 * 'One, two, three, four', '1234', '12-34', '1,234'; "two hundred fifty dollars" as '$250'; 查 余额 as '查余额。'.
 */

/** Between two pieces of writing: which words were taken, and what that allows to be written next. */
export interface Place {
  readonly node: number;
  readonly after: 'start' | 'word' | 'han' | 'number' | 'comma' | 'joint' | 'stop' | 'numeral' | 'currency' | 'amount';
  /** Digits that the open numeral lacks: "two hundred" wrote 2 and owes two, zeros unless more is said. */
  readonly owed: number;
  readonly money: 'none' | 'units' | 'hundredths';
}

/** Writes `text` (perhaps nothing) and takes `words` (perhaps none) along. */
export interface Stroke {
  readonly text: string;
  readonly words: readonly string[];
  /** Says the same in other words: a variant, a contraction, "double". What is literal is read first. */
  readonly loose?: boolean;
  readonly to: Place;
}

const at = (node: number, after: Place['after'], owed = 0, money: Place['money'] = 'none'): Place => ({
  node,
  after,
  owed,
  money,
});
export const startOf = (graph: GrammarGraph): Place => at(graph.start, 'start');
export const placeKey = (place: Place): string => `${place.node} ${place.after} ${place.owed} ${place.money}`;

const NO_NODE: GrammarNode = { arcs: [], final: false };
const nodeOf = (graph: GrammarGraph, index: number): GrammarNode => graph.nodes[index] ?? NO_NODE;
const zeros = (count: number): string => '0'.repeat(Math.max(0, count));
const REPEATS: Readonly<Record<string, number>> = Object.fromEntries([...TIMES, ...CHINESE_TIMES]);
const settled = (place: Place): boolean => place.after !== 'numeral' || (place.owed === 0 && place.money === 'none');
const HAN = /^\p{Script=Han}+/u;
const isHan = (word: string): boolean => HAN.test(word);
/** A Chinese sentence has no spaces, whatever is in it. */
const SPACE: Readonly<Record<SpokenLanguage, string>> = { en: ' ', zh: '' };
const STOPS: Readonly<Record<SpokenLanguage, readonly string[]>> = {
  en: ['.', '?', '!', '...'],
  zh: ['。', '？', '！', '.', '?', '!'],
};
const COMMAS: Readonly<Record<SpokenLanguage, readonly string[]>> = { en: [','], zh: ['，', '、', ','] };

/** Whether the writing may end here. */
export const mayEnd = (graph: GrammarGraph, place: Place): boolean =>
  nodeOf(graph, place.node).final &&
  settled(place) &&
  (['word', 'han', 'number', 'stop', 'numeral', 'amount'] as const).some((after) => after === place.after);

export function strokesFrom(graph: GrammarGraph, place: Place, language: SpokenLanguage): Stroke[] {
  const strokes: Stroke[] = [];
  if (place.after === 'numeral') strokes.push(...continuedNumeral(graph, place));
  if (place.after === 'amount') strokes.push(...cents(graph, place));
  if (place.after === 'currency') strokes.push(...freshNumeral(graph, place, '', 'units'));
  if (place.after === 'currency' || !settled(place)) return strokes;
  strokes.push(
    ...separators(graph, place, language),
    ...spelledWords(graph, place, language),
    ...freshNumeral(graph, place, SPACE[language], 'none'),
  );
  if (language === 'en' && (place.after === 'joint' || place.after === 'numeral'))
    strokes.push(...freshNumeral(graph, place, '', 'none'));
  if (language === 'en' && nodeOf(graph, place.node).arcs.length > 0)
    strokes.push({ text: ' $', words: [], to: at(place.node, 'currency') });
  return strokes;
}

function separators(graph: GrammarGraph, { node, after }: Place, language: SpokenLanguage): Stroke[] {
  const { arcs, final } = nodeOf(graph, node);
  const write = (text: string, next: Place['after']): Stroke => ({ text, words: [], to: at(node, next) });
  const numeric = after === 'number' || after === 'numeral';
  if (!numeric && after !== 'word' && after !== 'han' && after !== 'amount') return [];
  const strokes = arcs.length > 0 || final ? STOPS[language].map((stop) => write(stop, 'stop')) : [];
  if (arcs.length === 0) return strokes;
  for (const comma of COMMAS[language]) strokes.push(write(comma, numeric ? 'joint' : 'comma'));
  if (numeric) strokes.push(write('-', 'joint'));
  return strokes;
}

function spelledWords(graph: GrammarGraph, place: Place, language: SpokenLanguage): Stroke[] {
  const strokes: Stroke[] = [];
  const space = SPACE[language];
  for (const { word, to } of nodeOf(graph, place.node).arcs) {
    const numeric = numberWord(word) !== undefined;
    const next = at(to, numeric ? 'number' : isHan(word) ? 'han' : 'word');
    for (const surface of spellingsOf(word, graph.spellings?.[word])) {
      const loose = foldWord(surface) !== word;
      strokes.push({ text: `${space}${surface}`, words: [word], to: next, loose });
      if (numeric && space !== '' && place.after === 'joint')
        strokes.push({ text: surface, words: [word], to: next, loose });
      if (space === '' && !isHan(word)) strokes.push({ text: ` ${surface}`, words: [word], to: next, loose });
    }
    if (word === english.PERCENT && place.after === 'numeral') strokes.push({ text: '%', words: [word], to: next });
    for (const second of nodeOf(graph, to).arcs) {
      const short = contractionOf(word, second.word);
      if (short !== undefined)
        for (const surface of spellingsOf(short).filter((form) => form.includes("'")))
          strokes.push({
            text: `${space}${surface}`,
            words: [word, second.word],
            to: at(second.to, 'word'),
            loose: true,
          });
    }
  }
  return strokes;
}

/** A numeral of its own, or attached to the digits before it: "nineteen eighty two" is '19' and '82'. */
function freshNumeral(graph: GrammarGraph, place: Place, prefix: string, money: Place['money']): Stroke[] {
  const strokes: Stroke[] = [];
  const write = (digits: string, words: readonly string[], to: Place, suffix = ''): void => {
    strokes.push({ text: `${prefix}${digits}${suffix}`, words, to, loose: words.length > 1 });
  };
  const { arcs } = nodeOf(graph, place.node);
  for (const { word, to } of arcs) {
    const number = numberWord(word);
    if (number === undefined) {
      for (const second of nodeOf(graph, to).arcs) {
        const next = numberWord(second.word);
        const repeats = Object.hasOwn(REPEATS, word) ? REPEATS[word] : undefined;
        if (repeats !== undefined && next?.kind === 'unit')
          write(next.digits.repeat(repeats), [word, second.word], at(second.to, 'numeral', 0, money));
        if (word === english.ARTICLE && next?.kind === 'scale')
          write('1', [word, second.word], at(second.to, 'numeral', next.zeros, money));
      }
    } else if (number.kind === 'scale') {
      if (place.after !== 'numeral') write('1', [word], at(to, 'numeral', number.zeros, money));
    } else if (number.ordinal) {
      for (const suffix of english.ordinalSuffixes(word))
        write(number.kind === 'tens' ? `${number.digits}0` : number.digits, [word], at(to, 'number'), suffix);
    } else if (!isSecondZero(word, to, arcs)) {
      write(number.digits, [word], at(to, 'numeral', number.kind === 'tens' ? 1 : 0, money));
    }
  }
  return strokes;
}

/** More of the number that is being written, its end ('00' of "two hundred"), or its unit of money. */
function continuedNumeral(graph: GrammarGraph, place: Place): Stroke[] {
  const { node, owed, money } = place;
  const strokes: Stroke[] = [];
  const write = (digits: string, words: readonly string[], to: Place, suffix = ''): void => {
    strokes.push({ text: `${digits}${suffix}`, words, to });
  };
  if (owed > 0) write(zeros(owed), [], at(node, 'numeral', 0, money));
  const { arcs } = nodeOf(graph, node);
  for (const { word, to } of arcs) {
    const number = numberWord(word);
    if ((word === english.LINK || word === chinese.LINK) && owed >= 2)
      write('', [word], at(to, 'numeral', owed, money));
    else if (money === 'units' && isOneOf(english.MONEY.units, word)) write(zeros(owed), [word], at(to, 'amount'));
    else if (money === 'hundredths' && isOneOf(english.MONEY.hundredths, word) && owed === 0)
      write('', [word], at(to, 'word'));
    else if (number !== undefined) {
      for (const more of continuations(graph, number, word, to, place))
        write(more.digits, more.words, more.to, more.suffix);
      if (word === english.THOUSAND) write(`${zeros(owed)},`, [word], at(to, 'numeral', 3, money));
    }
  }
  return strokes;
}

interface Continuation {
  readonly digits: string;
  readonly words: readonly string[];
  readonly to: Place;
  readonly suffix?: string;
}

function continuations(
  graph: GrammarGraph,
  number: NumberWord,
  word: string,
  to: number,
  { owed, money }: Place,
): Continuation[] {
  const words = [word];
  if (number.kind === 'scale') {
    if ((number.zeros === 2 && owed > 0) || (isHan(word) && owed > 0 && number.zeros <= owed)) return [];
    return [{ digits: zeros(owed), words, to: at(to, 'numeral', number.zeros, money) }];
  }
  const width = number.kind === 'unit' ? 1 : 2;
  if (owed < width) return [];
  const digits = zeros(owed - width) + number.digits;
  if (number.ordinal)
    return english.ordinalSuffixes(word).map((suffix) => ({
      digits: number.kind === 'tens' ? `${digits}0` : digits,
      words,
      to: at(to, 'number'),
      suffix,
    }));
  const next: Continuation[] = [{ digits, words, to: at(to, 'numeral', number.kind === 'tens' ? 1 : 0, money) }];
  if (number.kind === 'unit')
    for (const second of nodeOf(graph, to).arcs) {
      const scale = numberWord(second.word);
      if (scale?.kind === 'scale' && scale.zeros < owed && (second.word === english.HUNDRED || isHan(second.word)))
        next.push({
          digits: zeros(owed - scale.zeros - 1) + number.digits,
          words: [word, second.word],
          to: at(second.to, 'numeral', scale.zeros, money),
        });
    }
  return next;
}

/** '$19' may go on '.99', and "five dollars" may be '$5.00'. */
function cents(graph: GrammarGraph, { node }: Place): Stroke[] {
  const point = (from: number, words: readonly string[]): Stroke => ({
    text: '.',
    words,
    to: at(from, 'numeral', 2, 'hundredths'),
  });
  const linked = nodeOf(graph, node).arcs.filter(({ word }) => word === english.LINK);
  return [
    { text: '.00', words: [], to: at(node, 'word') },
    point(node, []),
    ...linked.map(({ to }) => point(to, [english.LINK])),
  ];
}

const BEFORE: ReadonlyMap<string, readonly string[]> = new Map([...english.OTHER_NAMES, ...chinese.OTHER_NAMES]);

/** 'oh' next to 'zero' with the same meaning: '0' is read as 'zero' alone, or each zero would double the readings. */
const isSecondZero = (word: string, to: number, arcs: GrammarNode['arcs']): boolean => {
  const before = BEFORE.get(word);
  return before !== undefined && arcs.some((other) => other.to === to && before.includes(other.word));
};

const isOneOf = (words: readonly string[], word: string): boolean => words.includes(word);
