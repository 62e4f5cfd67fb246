import { passesLuhn } from '../../domain/luhn.ts';
import { heardLanguage } from '../../language/heard-language.ts';
import type { HeardValues } from '../../language/heard-values.ts';
import { datesOf, timesOf } from './calendar-readings.ts';
import { choiceType } from './choice-type.ts';
import { exactly, type KeyEntry, upTo } from './key-entry.ts';
import type { SlotTypeFile, ValueTypeName } from './type-schema.ts';
import type { ValueFacts, ValueType } from './value-type.ts';

type Details = Exclude<SlotTypeFile, string>;

/** What a type may say of itself beside its name. */
const DETAILS: Readonly<Record<ValueTypeName, readonly (keyof Details)[]>> = {
  text: [],
  number: [],
  amount: ['currency'],
  date: ['days'],
  time: [],
  duration: [],
  digits: ['length', 'min-length', 'max-length', 'check'],
  spelled: ['length', 'min-length', 'max-length'],
  phone: [],
  account: ['length', 'min-length', 'max-length', 'check'],
  choice: ['choices'],
  yesno: [],
};

const LONGEST = { digits: 24, account: 24, spelled: 24 };
const AMOUNT = /^(?:([A-Z]{3}))?(\d{1,13})(?:\.(\d{1,2}))?$/;

/** The values that a dialplan's `type` has, or what was expected of it. */
export function openValueType(file: SlotTypeFile): ValueType | string {
  const details: Details = typeof file === 'string' ? { is: file } : file;
  const { is: name } = details;
  for (const key of Object.keys(details))
    if (key !== 'is' && !DETAILS[name].some((allowed) => allowed === key))
      return `expected of ${name} ${DETAILS[name].length === 0 ? 'nothing more' : DETAILS[name].join(', ')}, found '${key}'`;
  switch (name) {
    case 'text':
      return { ...NO_KEYS, name, format: 'text', formats: [], builtin: undefined, readings: (said) => [said] };
    case 'number':
      return numberType();
    case 'amount':
      return amountType(details.currency);
    case 'date':
      return dateType(details.days ?? 'future');
    case 'time':
      return timeType();
    case 'duration':
      return durationType();
    case 'digits':
    case 'account':
    case 'spelled':
      return stringType(name, details);
    case 'phone':
      return phoneType();
    case 'yesno':
      return yesNoType();
    case 'choice':
      return choiceType(details.choices);
  }
}

const NO_KEYS = { entry: undefined, keyed: (): readonly string[] => [] };

const heard = ({ language }: ValueFacts): HeardValues | undefined => heardLanguage(language)?.values;
/** Read as what is kept, or by what the caller's language says. */
const said = (
  kept: RegExp,
  read: (words: string, values: HeardValues, facts: ValueFacts) => readonly string[],
): ValueType['readings'] => {
  return (text, facts) => {
    if (kept.test(text)) return [text];
    const values = heard(facts);
    return values === undefined ? [] : [...new Set(read(text, values, facts))];
  };
};

function numberType(): ValueType {
  return {
    name: 'number',
    format: 'number',
    formats: ['money'],
    builtin: 'builtin:number',
    entry: upTo(12),
    readings: said(/^-?\d+(?:\.\d+)?$/, (words, values) => values.number(words)),
    keyed: (keys) => (/^\d+(?:\*\d+)?$/.test(keys) ? [String(Number(keys.replace('*', '.')))] : []),
  };
}

/** In hundredths it is a whole number: nothing is lost in between. */
function amountType(currency: string | undefined): ValueType | string {
  if (currency === undefined) return 'expected the currency of the amount: { is: amount, currency: USD }, found none';
  const kept = (text: string): readonly string[] => {
    const [, code, units = '', hundredths = ''] = AMOUNT.exec(text) ?? [];
    return units === '' || (code !== undefined && code !== currency)
      ? []
      : [`${BigInt(units)}.${hundredths.padEnd(2, '0')}`];
  };
  return {
    name: 'amount',
    format: 'money',
    formats: ['number'],
    builtin: 'builtin:currency',
    currency,
    entry: upTo(12),
    readings: (text, facts) =>
      AMOUNT.test(text) ? kept(text) : [...new Set((heard(facts)?.currency(text) ?? []).flatMap(kept))],
    keyed: (keys) => (/^\d{1,9}(?:\*\d{1,2})?$/.test(keys) ? kept(keys.replace('*', '.')) : []),
  };
}

function dateType(days: 'future' | 'past' | 'any'): ValueType {
  return {
    name: 'date',
    format: 'date',
    formats: [],
    builtin: 'builtin:date',
    entry: upTo(8, 4),
    readings: (text, facts) => {
      const [, ...iso] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
      if (iso.length > 0) return datesOf(iso.join(''), facts.today, days);
      const day = facts.today === '' ? undefined : facts.today;
      const all = (heard(facts)?.date(text, day) ?? []).flatMap((found) => datesOf(found, facts.today, days));
      return [...new Set(all)];
    },
    keyed: (keys, { today }) =>
      /^\d{8}$/.test(keys)
        ? datesOf(keys, today, days)
        : /^\d{4}$/.test(keys)
          ? datesOf(`????${keys}`, today, days)
          : [],
  };
}

function timeType(): ValueType {
  return {
    name: 'time',
    format: 'time',
    formats: [],
    builtin: 'builtin:time',
    entry: exactly(4),
    readings: said(/^(?:[01]\d|2[0-3]):[0-5]\d$/, (words, values) => values.time(words).flatMap(timesOf)),
    // by the clock of 24 hours
    keyed: (keys) => timesOf(`${keys}h`),
  };
}

/** In seconds; keyed in minutes. */
function durationType(): ValueType {
  return {
    name: 'duration',
    format: 'duration',
    formats: [],
    builtin: 'builtin:duration',
    entry: upTo(4),
    readings: said(/^\d+$/, (words, values) => values.duration(words)),
    keyed: (keys) => (/^\d{1,4}$/.test(keys) && Number(keys) > 0 ? [String(Number(keys) * 60)] : []),
  };
}

function phoneType(): ValueType {
  const LENGTH = /^\+?\d{5,15}(?:x\d{1,6})?$/;
  const fits = (values: readonly string[]): readonly string[] => values.filter((value) => LENGTH.test(value));
  return {
    name: 'phone',
    format: 'digits',
    formats: ['last-4'],
    builtin: 'builtin:digits?min=5;max=15',
    entry: upTo(15, 5),
    readings: said(LENGTH, (words, values) => fits(values.phone(words))),
    keyed: (keys) => fits([keys]),
  };
}

function yesNoType(): ValueType {
  return {
    name: 'yesno',
    format: 'yesno',
    formats: [],
    builtin: 'builtin:yesno',
    entry: { min: 1, max: 1, terminator: undefined },
    readings: said(/^(?:yes|no)$/, (words, values) => values.boolean(words).map((yes) => (yes ? 'yes' : 'no'))),
    keyed: (keys) => (keys === '1' ? ['yes'] : keys === '2' ? ['no'] : []),
  };
}

/** Digits, or digits and letters, one by one. */
function stringType(name: 'digits' | 'account' | 'spelled', details: Details): ValueType | string {
  const { length, check } = details;
  const min = length ?? details['min-length'] ?? 1;
  const max = length ?? details['max-length'] ?? (details['min-length'] === undefined ? LONGEST[name] : undefined);
  if (max === undefined || min > max || max > LONGEST[name])
    return `expected length, or min-length ≤ max-length, from 1 to ${LONGEST[name]}`;
  if (length !== undefined && (details['min-length'] !== undefined || details['max-length'] !== undefined))
    return 'expected length, or min-length and max-length, found both';
  if (name === 'account' && length === undefined && details['max-length'] === undefined)
    return "expected the length of the account's number: { is: account, length: 8 }";
  const letters = name === 'spelled';
  const characters = letters ? /^[A-Z\d]+$/ : /^\d+$/;
  const fits = (value: string): boolean =>
    characters.test(value) && value.length >= min && value.length <= max && isChecked(value, check);
  const entry: KeyEntry | undefined = letters ? undefined : { min, max, terminator: '#' };
  return {
    name,
    format: 'digits',
    formats: ['last-4'],
    builtin: letters ? `builtin:spelled?minlength=${min};maxlength=${max}` : `builtin:digits?min=${min};max=${max}`,
    entry,
    most: max,
    readings: (text, facts) => {
      if (characters.test(text)) return [text].filter(fits);
      return [...new Set(heard(facts)?.[letters ? 'spelled' : 'digits'](text) ?? [])].filter(fits);
    },
    keyed: (keys) => (letters ? [] : [keys].filter(fits)),
  };
}

function isChecked(value: string, check: Details['check']): boolean {
  switch (check) {
    case 'luhn':
      return passesLuhn(value);
    case 'mod-97':
      return BigInt(value) % 97n === 1n;
    case undefined:
      return true;
  }
}
