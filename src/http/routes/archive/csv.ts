import type { FoundRecording } from '../../../archive/recording-search.ts';
import { BYTE_ORDER_MARK, csvRow } from '../../../lib/csv.ts';

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

export const CSV_HEAD = BYTE_ORDER_MARK + csvRow(COLUMNS);

const cellOf = (row: FoundRecording, name: (typeof COLUMNS)[number]): string | number | boolean | null => {
  const value = row[name];
  if (name === 'startedAt') return new Date(row.startedAt).toISOString();
  return typeof value === 'object' && value !== null ? value.join(' ') : value;
};

export const csvLine = (row: FoundRecording): string => csvRow(COLUMNS.map((name) => cellOf(row, name)));
