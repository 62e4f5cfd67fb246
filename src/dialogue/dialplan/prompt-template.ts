import * as englishDates from '../../language/en/spoken-date.ts';
import * as englishMoney from '../../language/en/spoken-money.ts';
import * as englishNumbers from '../../language/en/spoken-number.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import * as chineseNumbers from '../../language/zh/spoken-number.ts';
import * as chineseValues from '../../language/zh/spoken-values.ts';

export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

/** Words as they are; a value; or words that are said otherwise than they are written (`<sub alias="…">`, SSML 1.1, 3.1.11). */
export type PromptPart =
  | string
  | { readonly name: string; readonly format: string }
  | { readonly written: string; readonly alias: string };

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
  readonly spokenDate: (iso: string) => string;
  readonly spokenTime: (time: string) => string;
}
const ENGLISH: Speaker = { ...englishDates, ...englishMoney, ...englishNumbers };
const SPEAKERS: Readonly<Record<string, Speaker>> = { en: ENGLISH, zh: { ...chineseNumbers, ...chineseValues } };
const speakerOf = (language: string): Speaker => SPEAKERS[primaryLanguage(language)] ?? ENGLISH;

type Format = (value: Value, all: Values, speaker: Speaker) => string;

const FORMATS: Readonly<Record<string, Format>> = {
  text: String,
  /** The currency is the value of that name. */
  money: (value, all, speaker) => speaker.spokenMoney(Number(value), String(all['currency'] ?? 'USD')),
  digits: (value, _, speaker) => speaker.spokenDigits(String(value)),
  'last-4': (value, _, speaker) => speaker.spokenDigits(String(value).slice(-4)),
  number: (value, _, speaker) => speaker.spokenNumber(Number(value)),
  date: (value, _, speaker) => speaker.spokenDate(String(value)),
  time: (value, _, speaker) => speaker.spokenTime(String(value)),
};

const MARK = /\{\{\s*([a-z][a-z0-9-]*)\s*(?:\|\s*([a-z0-9-]+)\s*)?\}\}/;

const SUB = /<sub\s+alias\s*=\s*(?:"([^"<]*)"|'([^'<]*)')\s*>([^<]*)<\/sub>/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** @returns the template, or what is wrong with the text */
export function parsePrompt(id: string, text: string, names: ReadonlySet<string>): PromptTemplate | string {
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

function valuePart([, name = '', format = 'text']: RegExpExecArray, names: ReadonlySet<string>): PromptPart {
  if (!names.has(name)) return `expected a slot or value in {{…}} (${[...names].join(', ')}), found '${name}'`;
  if (FORMATS[format] === undefined) return `expected a format (${Object.keys(FORMATS).join(', ')}), found '${format}'`;
  return { name, format };
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
  return value === undefined ? '' : (FORMATS[part.format]?.(value, values, speaker) ?? String(value));
}
