import type { NetworkBuilder } from './network.ts';

/*
 * Grammars that every bank needs and that rules would spell out at length: `builtin:digits?length=8`,
 * `builtin:digits?min=4;max=6`, `builtin:yesno` (after VoiceXML 2.0 appendix P).
 */

const DIGITS: readonly (readonly [string, string])[] = [
  ['zero', '0'],
  ['oh', '0'],
  ['one', '1'],
  ['two', '2'],
  ['three', '3'],
  ['four', '4'],
  ['five', '5'],
  ['six', '6'],
  ['seven', '7'],
  ['eight', '8'],
  ['nine', '9'],
]; // prettier-ignore
const TIMES: readonly (readonly [string, number])[] = [
  ['double', 2],
  ['triple', 3],
];
/** Longer than any account or card number. */
const MOST_DIGITS = 24;

const YES = [
  'yes',
  'yeah',
  'yep',
  'yes please',
  'yes it is',
  "yes that's right",
  "that's right",
  'that is right',
  "that's correct",
  'correct',
  'right',
  'sure',
  'okay',
  'ok',
  'of course',
  'yes i do',
  'yes go ahead',
  'go ahead',
  'please do',
  'absolutely',
];
const NO = [
  'no',
  'nope',
  'no thanks',
  'no thank you',
  "no it isn't",
  "no it's not",
  "no that's wrong",
  "that's wrong",
  'that is wrong',
  "that's not right",
  "that isn't right",
  'wrong',
  'not right',
  'incorrect',
  "no i don't",
  "don't do that",
  'not at all',
];

type Parameters = ReadonlyMap<string, string>;

const wholeNumber = (parameters: Parameters, key: string): number | undefined => {
  const text = parameters.get(key);
  return text === undefined ? undefined : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
};

/** Digits one by one, with "oh", "double" and "triple"; the meaning is the digits under `as` (default `digits`). */
function digits(builder: NetworkBuilder, from: number, parameters: Parameters): number | string {
  const length = wholeNumber(parameters, 'length');
  const min = length ?? wholeNumber(parameters, 'min') ?? 1;
  const max = length ?? wholeNumber(parameters, 'max') ?? min;
  if (!(min >= 1 && max >= min && max <= MOST_DIGITS)) return `length, or min ≤ max, from 1 to ${MOST_DIGITS}`;
  const key = parameters.get('as') ?? 'digits';
  const place = [from, ...Array.from({ length: max }, () => builder.node())];
  for (let n = 0; n < max; n++) {
    for (const [word, digit] of DIGITS) {
      const said = builder.word(place[n] ?? from, word, { key, append: true, value: digit });
      builder.skip(said, place[n + 1] ?? from);
    }
    for (const [times, count] of TIMES) {
      const target = place[n + count];
      if (target === undefined) continue;
      const repeated = builder.word(place[n] ?? from, times);
      for (const [word, digit] of DIGITS)
        builder.skip(builder.word(repeated, word, { key, append: true, value: digit.repeat(count) }), target);
    }
  }
  const end = builder.node();
  for (let n = min; n <= max; n++) builder.skip(place[n] ?? from, end);
  return end;
}

function yesno(builder: NetworkBuilder, from: number, parameters: Parameters): number {
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
 * @returns the node behind it, or what was expected instead
 */
export function addBuiltin(builder: NetworkBuilder, from: number, uri: string): number | string {
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
  if (name === 'digits') return digits(builder, from, parameters);
  if (name === 'yesno') return yesno(builder, from, parameters);
  return 'builtin:digits or builtin:yesno';
}
