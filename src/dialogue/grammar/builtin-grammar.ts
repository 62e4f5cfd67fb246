import * as english from '../../language/en/spoken-answers.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import * as chinese from '../../language/zh/spoken-answers.ts';
import type { NetworkBuilder } from '../../grammar/automaton/network.ts';
import { addSaidValue, SAID_VALUES } from './said-value.ts';

/*
 * Grammars that every bank needs and that rules would spell out at length: `builtin:digits?length=8`,
 * `builtin:digits?min=4;max=6`, `builtin:spelled?minlength=4;maxlength=6` (digits and letters), `builtin:yesno` (after VoiceXML 2.0 appendix P). They are of the language of what refers to
 * them, or of the one that is named: `builtin:yesno?language=zh-CN`. Beside them those of values (`builtin:currency`, `builtin:date`…),
 * whose meaning is what was said: the type of the slot says what that is.
 */

/** What a language says for digits and letters, for the same one several times, and for yes and no. */
interface SpokenAnswers {
  readonly LETTERS: readonly (readonly [word: string, letter: string])[];
  readonly DIGITS: readonly (readonly [word: string, digit: string])[];
  readonly TIMES: readonly (readonly [word: string, count: number])[];
  readonly YES: readonly string[];
  readonly NO: readonly string[];
}
const LANGUAGES: Readonly<Record<string, SpokenAnswers>> = { en: english, zh: chinese };

/** Longer than any account or card number. */
const MOST_DIGITS = 24;

type Parameters = ReadonlyMap<string, string>;

const wholeNumber = (parameters: Parameters, key: string): number | undefined => {
  const text = parameters.get(key);
  return text === undefined ? undefined : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
};

/** Digits one by one, with "oh", "double" and "triple"; the meaning is the digits under `as` (default `digits`). */
function digits(builder: NetworkBuilder, from: number, parameters: Parameters, said: SpokenAnswers): number | string {
  const length = wholeNumber(parameters, 'length');
  const min = length ?? wholeNumber(parameters, 'min') ?? 1;
  const max = length ?? wholeNumber(parameters, 'max') ?? min;
  if (!(min >= 1 && max >= min && max <= MOST_DIGITS)) return `length, or min ≤ max, from 1 to ${MOST_DIGITS}`;
  return oneByOne(builder, from, { key: parameters.get('as') ?? 'digits', min, max }, { ...said, LETTERS: [] });
}

/** Digits and letters one by one: 'AB12' under `as` (default `spelled`). */
function spelled(builder: NetworkBuilder, from: number, parameters: Parameters, said: SpokenAnswers): number | string {
  const length = wholeNumber(parameters, 'length');
  const min = length ?? wholeNumber(parameters, 'minlength') ?? 1;
  const max = length ?? wholeNumber(parameters, 'maxlength') ?? MOST_DIGITS;
  if (!(min >= 1 && max >= min && max <= MOST_DIGITS))
    return `length, or minlength ≤ maxlength, from 1 to ${MOST_DIGITS}`;
  return oneByOne(builder, from, { key: parameters.get('as') ?? 'spelled', min, max }, said);
}

/** A node for each length: written out as rules, every way to come to 24 by "double" and "triple" would be one of its own. */
function oneByOne(
  builder: NetworkBuilder,
  from: number,
  { key, min, max }: { readonly key: string; readonly min: number; readonly max: number },
  { DIGITS, LETTERS, TIMES }: SpokenAnswers,
): number {
  const characters = [...DIGITS, ...LETTERS];
  const place = [from, ...Array.from({ length: max }, () => builder.node())];
  for (let n = 0; n < max; n++) {
    for (const [word, character] of characters) {
      const said = builder.word(place[n] ?? from, word, { key, append: true, value: character });
      builder.skip(said, place[n + 1] ?? from);
    }
    for (const [times, count] of TIMES) {
      const target = place[n + count];
      if (target === undefined) continue;
      const repeated = builder.word(place[n] ?? from, times);
      for (const [word, character] of characters)
        builder.skip(builder.word(repeated, word, { key, append: true, value: character.repeat(count) }), target);
    }
  }
  const end = builder.node();
  for (let n = min; n <= max; n++) builder.skip(place[n] ?? from, end);
  return end;
}

function yesno(builder: NetworkBuilder, from: number, parameters: Parameters, { YES, NO }: SpokenAnswers): number {
  const key = parameters.get('as') ?? 'answer';
  const end = builder.node();
  for (const [phrases, value] of [
    [YES, 'yes'],
    [NO, 'no'],
  ] as const) {
    for (const phrase of phrases) {
      let at = builder.arc(from, { to: builder.node(), tag: { key, append: false, value } });
      for (const word of phrase.split(' ')) at = builder.word(at, word);
      builder.skip(at, end);
    }
  }
  return end;
}

/**
 * Adds the grammar that `uri` names behind `from`.
 *
 * @param language - of what refers to it, BCP 47
 * @returns the node behind it, or what was expected instead
 */
export function addBuiltin(builder: NetworkBuilder, from: number, uri: string, language: string): number | string {
  const [, name, query = ''] = /^builtin:([a-z]+)(?:\?(.*))?$/.exec(uri) ?? [];
  const parameters = new Map(
    query
      .split(/[;&]/)
      .filter((part) => part !== '')
      .map((part) => {
        const [key = '', value = ''] = part.split('=');
        return [key, value] as const;
      }),
  );
  const asked = primaryLanguage(parameters.get('language') ?? language);
  const answers = Object.hasOwn(LANGUAGES, asked) ? LANGUAGES[asked] : undefined;
  if (answers === undefined) return `a built-in grammar in ${Object.keys(LANGUAGES).join(' or ')}`;
  if (SAID_VALUES.some((value) => value === name))
    return addSaidValue(builder, from, uri, {
      key: parameters.get('as') ?? name ?? '',
      language: parameters.get('language') ?? language,
    });
  if (name === 'digits') return digits(builder, from, parameters, answers);
  if (name === 'spelled') return spelled(builder, from, parameters, answers);
  if (name === 'yesno') return yesno(builder, from, parameters, answers);
  return `builtin:, and one of digits, yesno, spelled, ${SAID_VALUES.join(', ')}`;
}
