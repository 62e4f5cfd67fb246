import * as englishDates from '../../language/en/spoken-date.ts';
import * as englishDurations from '../../language/en/spoken-duration.ts';
import * as englishMoney from '../../language/en/spoken-money.ts';
import * as englishNumbers from '../../language/en/spoken-number.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import * as chineseDurations from '../../language/zh/spoken-duration.ts';
import * as chineseNumbers from '../../language/zh/spoken-number.ts';
import * as chineseValues from '../../language/zh/spoken-values.ts';
import type { ValueType } from '../values/value-type.ts';

export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

/** Words as they are; a value; or words that are said otherwise than they are written (`<sub alias="…">`, SSML 1.1, 3.1.11). */
export type PromptPart = string | SaidValue | { readonly written: string; readonly alias: string };

export interface SaidValue {
  readonly name: string;
  readonly format: string;
  /** Of an amount; where absent the value of that name. */
  readonly currency?: string;
  /** Of a choice: what its values are called. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
}

/** `Your balance is {{balance|money}}.` in parts. */
export interface PromptTemplate {
  readonly id: string;
  readonly parts: readonly PromptPart[];
  readonly notice?: { readonly id: string; readonly version: number };
}

/** How a language says values. */
interface Speaker {
  readonly spokenMoney: (amount: number, currency: string) => string;
  readonly spokenDigits: (digits: string) => string;
  readonly spokenNumber: (value: number) => string;
  readonly spokenDecimal: (written: string) => string;
  readonly spokenDate: (iso: string) => string;
  readonly spokenTime: (time: string) => string;
  readonly spokenDuration: (seconds: number) => string;
  readonly spokenYesOrNo: (yes: boolean) => string;
  /** Of decimals. */
  readonly POINT: string;
}
const ENGLISH: Speaker = { ...englishDates, ...englishDurations, ...englishMoney, ...englishNumbers };
const CHINESE: Speaker = { ...chineseDurations, ...chineseNumbers, ...chineseValues };
const SPEAKERS: Readonly<Record<string, Speaker>> = { en: ENGLISH, zh: CHINESE };
const speakerOf = (language: string): Speaker => SPEAKERS[primaryLanguage(language)] ?? ENGLISH;

type Format = (value: Value, all: Values, speaker: Speaker, part: SaidValue) => string;

const FORMATS: Readonly<Record<string, Format>> = {
  text: String,
  /** The currency is the value of that name. */
  money: (value, all, speaker, { currency }) =>
    speaker.spokenMoney(Number(value), currency ?? String(all['currency'] ?? 'USD')),
  digits: (value, _, speaker) => speaker.spokenDigits(String(value)),
  'last-4': (value, _, speaker) => speaker.spokenDigits(String(value).slice(-4)),
  number: (value, _, speaker) =>
    /\d\.\d/.test(String(value)) ? speaker.spokenDecimal(String(value)) : speaker.spokenNumber(Number(value)),
  date: (value, _, speaker) => speaker.spokenDate(String(value)),
  time: (value, _, speaker) => speaker.spokenTime(String(value)),
  duration: (value, _, speaker) => speaker.spokenDuration(Number(value)),
  yesno: (value, _, speaker) => speaker.spokenYesOrNo(value === true || value === 'yes' || value === 'true'),
  choice: (value, _, _speaker, { choices }) => choices?.[String(value)]?.[0] ?? String(value),
  /** Figure by figure: fifteen is one five. */
  figures: (value, _, speaker) =>
    String(value)
      .replace(/\.00$/, '')
      .split('.')
      .map((part) => speaker.spokenDigits(part))
      .join(` ${speaker.POINT} `),
};

const MARK = /\{\{\s*([a-z][a-z0-9-]*)\s*(?:\|\s*([a-z0-9-]+)\s*)?\}\}/;

const SUB = /<sub\s+alias\s*=\s*(?:"([^"<]*)"|'([^'<]*)')\s*>([^<]*)<\/sub>/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** @returns the template, or what is wrong with the text */
export function parsePrompt(id: string, text: string, names: PromptNames): PromptTemplate | string {
  const parts: PromptPart[] = [];
  let rest = text.replace(/\s+/g, ' ').trim();
  for (;;) {
    const found = [MARK.exec(rest), SUB.exec(rest)]
      .filter((match) => match !== null)
      .toSorted((one, other) => one.index - other.index)[0];
    if (found === undefined) break;
    const part = found[0].startsWith('<') ? aliasPart(found) : valuePart(found, names);
    if (typeof part === 'string') return part;
    if (found.index > 0) parts.push(rest.slice(0, found.index));
    parts.push(part);
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest !== '') parts.push(rest);
  for (const part of parts) {
    if (typeof part !== 'string') continue;
    if (/\{\{|\}\}/.test(part)) return 'expected {{name}} or {{name|format}}';
    if (/<\/?\s*[a-z]/i.test(part)) return 'expected no markup but <sub alias="as it is said">as it is written</sub>';
  }
  return { id, parts };
}

/** What a prompt may name. */
export interface PromptNames {
  readonly known: ReadonlySet<string>;
  /** Of slots that say what they are. */
  readonly types?: ReadonlyMap<string, ValueType>;
  /** Figures of which nobody has said what they are: a number, an amount or digits. */
  readonly untyped?: ReadonlySet<string>;
}

function valuePart([, name = '', given]: RegExpExecArray, { known, types, untyped }: PromptNames): PromptPart {
  const type = types?.get(name);
  const format = given ?? type?.format ?? 'text';
  if (!known.has(name)) return `expected a slot or value in {{…}} (${[...known].join(', ')}), found '${name}'`;
  if (FORMATS[format] === undefined) return `expected a format (${Object.keys(FORMATS).join(', ')}), found '${format}'`;
  if (given === undefined && untyped?.has(name) === true)
    return `expected to know as what the figures of '${name}' are said: a 'type' of the slot, or {{${name}|digits}}, {{${name}|number}}…`;
  const formats = type === undefined ? [] : [type.format, ...type.formats, 'figures'];
  if (type !== undefined && type.name !== 'text' && !formats.includes(format))
    return `expected a format of a value of type ${type.name} (${formats.join(', ')}), found '${format}'`;
  return {
    name,
    format,
    ...(type?.currency === undefined ? {} : { currency: type.currency }),
    ...(type?.choices === undefined ? {} : { choices: type.choices }),
  };
}

function aliasPart([, double, single, written = '']: RegExpExecArray): PromptPart {
  const alias = plain(double ?? single ?? '').trim();
  if (alias === '' || alias.includes('{{') || written.includes('{{'))
    return 'expected words in <sub alias="as it is said">as it is written</sub>, and no value';
  return { written: plain(written), alias };
}

/** Character entities of XML. */
const plain = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (found, name: string) => ENTITIES[name] ?? found);

export const isStatic = (prompt: PromptTemplate): boolean =>
  prompt.parts.every((part) => typeof part === 'string' || 'alias' in part);

/**
 * As it is written: for the journal and whoever reads. Unknown values are left out rather than read as "undefined".
 *
 * @param language - BCP 47, of the dialplan: values are said in it
 */
export const promptText = (prompt: PromptTemplate, values: Values, language: string): string =>
  prompt.parts.map((part) => written(part, values, speakerOf(language))).join('');

/** As it is said: aliases in place of what is written, and the lexicon's words. */
export const promptSpeech = (
  prompt: PromptTemplate,
  values: Values,
  language: string,
  say: (text: string) => string,
): string =>
  prompt.parts
    .map((part) =>
      typeof part === 'object' && 'alias' in part ? part.alias : say(written(part, values, speakerOf(language))),
    )
    .join('');

function written(part: PromptPart, values: Values, speaker: Speaker): string {
  if (typeof part === 'string') return part;
  if ('written' in part) return part.written;
  const value = values[part.name];
  return value === undefined ? '' : (FORMATS[part.format]?.(value, values, speaker, part) ?? String(value));
}
