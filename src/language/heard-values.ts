/**
 * What spoken values mean, in the forms of VoiceXML 2.0, appendix P. Each takes words as they were said, folded and joined by
 * spaces, and returns every reading, the likeliest first; none when the words are no such value. The type decides: nothing is
 * taken for a number where none is wanted.
 */
export interface HeardValues {
  /** 'true' or 'false' by what is said. */
  readonly boolean: (words: string) => readonly boolean[];
  /** '00556669' */
  readonly digits: (words: string) => readonly string[];
  /** '-12.5' */
  readonly number: (words: string) => readonly string[];
  /** 'CNY123.50', '12.50' where no currency is said. */
  readonly currency: (words: string) => readonly string[];
  /** '20261130'; '?' for what was not said. @param today - ISO 8601; without it "tomorrow" is no date */
  readonly date: (words: string, today?: string) => readonly string[];
  /** '0215?': hours, minutes, and a, p, h (24 hours) or ?. */
  readonly time: (words: string) => readonly string[];
  /** '8005551234x789' */
  readonly phone: (words: string) => readonly string[];
  /** Letters and digits: 'SW1A1AA'. */
  readonly spelled: (words: string) => readonly string[];
  /** How long, in whole seconds: '5400'. */
  readonly duration: (words: string) => readonly string[];
  /** Whether it is easily taken for another value on a telephone: fifteen and fifty, 十四 and 四十. */
  readonly confusable: (words: string) => boolean;
}

/** Which words are said for values: SRGS in ABNF form, rules alone. */
export interface ValueGrammars {
  /** The rules that the others refer to. */
  readonly shared: string;
  /** `$NAME`'s expansion for each value. */
  readonly values: Readonly<Record<Exclude<keyof HeardValues, 'digits' | 'confusable'>, string>>;
  /** What is said for one digit, for a digit several times, and before or behind a string of digits. */
  readonly digit: string;
  readonly times: readonly (readonly [words: string, count: number])[];
  readonly before: string;
}

const DAY_MS = 86_400_000;

/** 'yyyymmdd' of a day so many days from another; undefined where the other is no date. */
export function dayFrom(today: string | undefined, days: number): string | undefined {
  const at = today === undefined ? Number.NaN : Date.parse(`${today.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : new Date(at + days * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

/** 0 is Sunday; undefined where it is no date. */
export function weekdayOf(today: string | undefined): number | undefined {
  const at = today === undefined ? Number.NaN : Date.parse(`${today.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : new Date(at).getUTCDay();
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Appendix P's date, or none where there is no such day. */
export function dateValue(year: number | undefined, month: number | undefined, day: number | undefined): string[] {
  if (month !== undefined && (month < 1 || month > 12)) return [];
  const longest = month === undefined ? 31 : new Date(Date.UTC(year ?? 2024, month, 0)).getUTCDate();
  if (day !== undefined && (day < 1 || day > longest)) return [];
  const yyyy = year === undefined ? '????' : String(year).padStart(4, '0');
  return [`${yyyy}${month === undefined ? '??' : two(month)}${day === undefined ? '??' : two(day)}`];
}

/** Appendix P's time, or none where there is no such time. */
export function timeValue(hour: number, minute: number, half: 'a' | 'p' | undefined): string[] {
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return [];
  const mark = hour > 12 || hour === 0 ? (half === undefined || hour > 12 ? 'h' : half) : (half ?? '?');
  return [`${two(hour % 24)}${two(minute)}${mark}`];
}

/** Hundredths of a unit as appendix P writes money. */
export const moneyValue = (hundredths: number, currency = ''): string =>
  `${currency}${Math.trunc(hundredths / 100)}.${two(hundredths % 100)}`;
