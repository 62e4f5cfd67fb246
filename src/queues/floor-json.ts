import { EMPTY_FLOOR, type Floor } from './floor.ts';
import type { WallMs } from '../domain/units.ts';

/** What `parseFloor` reads is of this form; a release that changes it counts on, and older snapshots are passed over. */
const FORM = 1;

type Maps = 'entries' | 'agents' | 'kept' | 'nodes' | 'queues';
type Snapshot = { readonly form: number; readonly seq: number; readonly at: WallMs } & Readonly<
  Record<Maps, readonly (readonly [string, never])[]>
>;

export const formatFloor = (floor: Floor): string =>
  JSON.stringify({ form: FORM, ...floor }, (_, value: unknown) => (value instanceof Map ? [...value] : value));

/** Undefined: of another release. */
export function parseFloor(text: string): Floor | undefined {
  const read = JSON.parse(text) as Snapshot;
  if (read.form !== FORM) return undefined;
  const map = (name: Maps): Map<string, never> => new Map(read[name]);
  return {
    ...EMPTY_FLOOR,
    seq: read.seq,
    at: read.at,
    entries: map('entries'),
    agents: map('agents'),
    kept: map('kept'),
    nodes: map('nodes'),
    queues: map('queues'),
  };
}
