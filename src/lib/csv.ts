/* Fields of CSV (RFC 4180) that people open with a spreadsheet. */

/** So that spreadsheets take a file for UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** A spreadsheet takes these for the beginning of a formula. Full-width ones, too: some fold them. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n|%]/u;

/** Quoted where it must be; whatever might be a formula is made text by an apostrophe before it. */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n';\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvRow = (values: readonly (string | number | boolean | null)[]): string =>
  `${values.map(csvField).join(',')}\r\n`;
