import type { IndexedRecording } from '../index/archive-index.ts';

/* Lists as CSV (RFC 4180), for spreadsheets: UTF-8 with the mark that they look for. */

const BYTE_ORDER_MARK = '\uFEFF';
/** A spreadsheet takes these for the beginning of a formula. Full-width ones, too: some fold them. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n|%]/u;

/** Quoted; whatever might be a formula is made text by an apostrophe before it. */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n';\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csvRow = (values: readonly (string | number | boolean | null)[]): string =>
  `${values.map(csvField).join(',')}\r\n`;

const COLUMNS: readonly (readonly [string, (recording: IndexedRecording) => string | number | boolean | null])[] = [
  ['id', ({ id }) => id],
  ['contact', ({ contact }) => contact],
  ['started_at', ({ startedAt }) => new Date(startedAt).toISOString()],
  ['duration_ms', ({ durationMs }) => durationMs],
  ['state', ({ state }) => state],
  ['direction', ({ direction }) => direction],
  ['caller', ({ caller }) => caller],
  ['callee', ({ callee }) => callee],
  ['agents', ({ agents }) => agents.join(' ')],
  ['queues', ({ queues }) => queues.join(' ')],
  ['intents', ({ intents }) => intents.join(' ')],
  ['language', ({ language }) => language],
  ['dialplan', ({ dialplan, dialplanVersion }) => (dialplan === null ? null : `${dialplan}@${dialplanVersion ?? ''}`)],
  ['outcome', ({ outcome }) => outcome],
  ['level', ({ level }) => level],
  ['holds', ({ holds }) => holds],
  ['retain_until', ({ retainUntil }) => (retainUntil === null ? null : new Date(retainUntil).toISOString())],
];

/** Page by page: the head with the first, then the rows of each. Masked as the index is. */
export async function* csvOf(pages: AsyncIterable<readonly IndexedRecording[]>): AsyncGenerator<string, void, void> {
  yield BYTE_ORDER_MARK + csvRow(COLUMNS.map(([name]) => name));
  for await (const page of pages)
    yield page.map((recording) => csvRow(COLUMNS.map(([, read]) => read(recording)))).join('');
}
