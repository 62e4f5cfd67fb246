import type { FoundRecording } from '../../../archive/recording-search.ts';

const COLUMNS = [
  'id',
  'contact',
  'startedAt',
  'durationMs',
  'state',
  'direction',
  'caller',
  'callee',
  'agent',
  'queue',
  'intents',
  'language',
  'dialplan',
  'outcome',
  'level',
  'retainUntil',
  'holds',
  'restricted',
] as const satisfies readonly (keyof FoundRecording)[];

/** So that spreadsheets take it for UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';
export const CSV_HEAD = `${BYTE_ORDER_MARK}${COLUMNS.join(',')}\r\n`;

/** RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(value: string | number | boolean | readonly string[] | null): string {
  const plain = value === null ? '' : typeof value === 'object' ? value.join(' ') : String(value);
  const safe = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvLine = (row: FoundRecording): string =>
  `${COLUMNS.map((name) => cell(name === 'startedAt' ? new Date(row.startedAt).toISOString() : row[name])).join(',')}\r\n`;
