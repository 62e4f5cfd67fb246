import { spokenDate, spokenTime } from '../../language/en/spoken-date.ts';
import { spokenMoney } from '../../language/en/spoken-money.ts';
import { spokenDigits, spokenNumber } from '../../language/en/spoken-number.ts';

export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

/** `Your balance is {{balance|money}}.` in parts. */
export interface PromptTemplate {
  readonly id: string;
  readonly parts: readonly (string | { readonly name: string; readonly format: string })[];
  readonly notice?: { readonly id: string; readonly version: number };
}

type Format = (value: Value, all: Values) => string;

export const FORMATS: Readonly<Record<string, Format>> = {
  text: String,
  /** The currency is the value of that name. */
  money: (value, all) => spokenMoney(Number(value), String(all['currency'] ?? 'USD')),
  digits: (value) => spokenDigits(String(value)),
  'last-4': (value) => spokenDigits(String(value).slice(-4)),
  number: (value) => spokenNumber(Number(value)),
  date: (value) => spokenDate(String(value)),
  time: (value) => spokenTime(String(value)),
};

const MARK = /\{\{\s*([a-z][a-z0-9-]*)\s*(?:\|\s*([a-z0-9-]+)\s*)?\}\}/;

/** @returns the template, or what is wrong with the text */
export function parsePrompt(id: string, text: string, names: ReadonlySet<string>): PromptTemplate | string {
  const parts: (string | { readonly name: string; readonly format: string })[] = [];
  let rest = text.replace(/\s+/g, ' ').trim();
  for (;;) {
    const found = MARK.exec(rest);
    if (found === null) break;
    const [mark, name = '', format = 'text'] = found;
    if (!names.has(name)) return `expected a slot or value in {{…}} (${[...names].join(', ')}), found '${name}'`;
    if (FORMATS[format] === undefined)
      return `expected a format (${Object.keys(FORMATS).join(', ')}), found '${format}'`;
    if (found.index > 0) parts.push(rest.slice(0, found.index));
    parts.push({ name, format });
    rest = rest.slice(found.index + mark.length);
  }
  if (/\{\{|\}\}/.test(rest)) return 'expected {{name}} or {{name|format}}';
  if (rest !== '') parts.push(rest);
  return { id, parts };
}

export const isStatic = (prompt: PromptTemplate): boolean => prompt.parts.every((part) => typeof part === 'string');

/** Unknown values are left out rather than read as "undefined". */
export const promptText = (prompt: PromptTemplate, values: Values): string =>
  prompt.parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = values[part.name];
      return value === undefined ? '' : (FORMATS[part.format]?.(value, values) ?? String(value));
    })
    .join('');
