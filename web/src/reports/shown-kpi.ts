import { clockOf } from '../text/language.tsx';

const SHARES = new Set([
  'answer_rate',
  'service_level',
  'abandon_rate',
  'first_contact_resolution',
  'satisfaction_response_rate',
  'occupancy',
]);

/** Shares as percent, durations as a clock shows them, what cannot be computed as a dash. */
export function shownKpi(name: string, value: number | null, number: (n: number) => string): string {
  if (value === null) return '–';
  if (SHARES.has(name)) return `${number(Math.round(value * 1_000) / 10)} %`;
  if (!name.endsWith('_ms')) return number(Math.round(value * 100) / 100);
  return clockOf(Math.round(value / 1_000) * 1_000);
}

/** What the page calls a number; its own name where the page is older than the server. */
export const named = (names: Readonly<Record<string, string>>, name: string): string => names[name] ?? name;
