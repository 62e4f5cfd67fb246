import type { HeardValues, ValueGrammars } from '../../language/heard-values.ts';
import { HEARD_LANGUAGES, heardLanguage } from '../../language/heard-language.ts';
import type { BuiltinGrammar, MeaningValue, SpokenFacts } from '../model/grammar-library.ts';
import { parseAbnf } from '../srgs/parse-abnf.ts';
import { joinAtoms } from '../parse/atoms.ts';
import { keypadBuiltin } from './keypad-builtin.ts';
import { BUILTIN_TYPES, type BuiltinType } from './builtin-types.ts';
import { digitString, type Lengths, lengthsOf } from './digit-string.ts';
import { postcodesIn } from './postcode.ts';

const PARAMETERS: Readonly<Partial<Record<BuiltinType, readonly string[]>>> = {
  boolean: ['y', 'n'],
  digits: ['length', 'minlength', 'maxlength'],
  spelled: ['length', 'minlength', 'maxlength'],
};

/**
 * The built-in grammars of VoiceXML 2.0, appendix P, for English and Mandarin: `builtin:digits?length=4`,
 * `builtin:grammar/date`, and for keys `builtin:dtmf/boolean?y=7;n=9`; beside them `spelled` (letters by name or NATO word, and
 * digits) and `postcode` (of the United Kingdom).
 *
 * @param language - BCP 47, of what refers to it
 * @returns the grammar, or what was expected
 */
export function builtinGrammar(uri: string, language: string): BuiltinGrammar | string {
  const [, kind = 'grammar/', name = '', query = ''] =
    /^builtin:(grammar\/|dtmf\/)?([a-z]+)(?:\?(.*))?$/.exec(uri) ?? [];
  const type = BUILTIN_TYPES.find((each) => each === name);
  if (type === undefined) return `builtin:, or builtin:dtmf/ for keys, and one of ${BUILTIN_TYPES.join(', ')}`;
  const parameters = parametersOf(query, type);
  if (typeof parameters === 'string') return parameters;
  const lengths = lengthsOf(parameters);
  if (typeof lengths === 'string') return lengths;
  if (kind === 'dtmf/') return keypadBuiltin(uri, type, parameters, lengths);
  const known = heardLanguage(parameters.get('language') ?? language);
  if (known === undefined) return `a built-in grammar in ${HEARD_LANGUAGES.join(' or ')}`;
  const { values, grammars } = known;
  return {
    uri,
    grammar: parseAbnf(uri, grammarText(type, language, grammars, lengths)),
    meanings: (words, facts) => meaningsOf(type, values, joinAtoms(words.split(' ')), facts, lengths),
  };
}

function parametersOf(query: string, type: BuiltinType): ReadonlyMap<string, string> | string {
  const allowed = [...(PARAMETERS[type] ?? []), 'language'];
  const parameters = new Map<string, string>();
  for (const part of query.split(/[;&]/).filter((each) => each !== '')) {
    const [, key = '', value = ''] = /^([a-z]+)=([\w*#-]+)$/.exec(part) ?? [];
    if (!allowed.includes(key)) return `parameters of ${type} among ${allowed.map((each) => `${each}=…`).join(', ')}`;
    parameters.set(key, value);
  }
  return parameters;
}

function grammarText(
  type: BuiltinType,
  language: string,
  { shared, values, digit, times, before }: ValueGrammars,
  lengths: Lengths,
): string {
  const loose = ['$digit', ...times.map(([words]) => `${words} $digit`)].join(' | ');
  const value =
    type === 'digits'
      ? digitString(lengths, times, before)
      : type === 'spelled' && lengths.max !== undefined
        ? `${digitString(lengths, times, before, '$character')}\n$character = $letter | $digit;`
        : `public $value = ${type === 'postcode' ? '($letter | $digits)<2-9>' : values[type]};`;
  return `#ABNF 1.0 UTF-8;
language ${language === '' ? 'en-US' : language};
root $value;
${value}
$digit = ${digit};
$digits = (${loose})<1->;${shared}`;
}

function meaningsOf(
  type: BuiltinType,
  values: HeardValues,
  words: string,
  { today }: SpokenFacts,
  { min, max }: Lengths,
): readonly MeaningValue[] {
  const fits = (text: string): boolean => text.length >= min && text.length <= (max ?? Number.POSITIVE_INFINITY);
  switch (type) {
    case 'date':
      return values.date(words, today);
    case 'digits':
      return values.digits(words).filter(fits);
    case 'spelled':
      return values.spelled(words).filter(fits);
    case 'postcode':
      return values.spelled(words).flatMap(postcodesIn);
    case 'boolean':
    case 'currency':
    case 'duration':
    case 'number':
    case 'phone':
    case 'time':
      return values[type](words);
  }
}
