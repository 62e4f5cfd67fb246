import { customerKey, type OpenCounts, type OpenEntry, type OpenState } from './count-rows.ts';
import { quarterOf } from './kpi-cells.ts';
import type { WallMs } from '../../domain/units.ts';

/** What `parseOpenCounts` reads is of this form; counts of another one are made anew from the journal. */
const FORM = 3;

/** The customers of seven days are among them, hundreds of thousands at a busy bank: no names of fields. Flags: 1 is a callback, 2 was answered. */
type StoredEntry = readonly [
  queue: number,
  joinedAt: WallMs,
  flags: number,
  customer: string | null,
  ...askedAt: WallMs[],
];

interface Stored {
  readonly form: number;
  readonly queues: readonly string[];
  readonly all: readonly StoredEntry[];
  readonly entries: readonly (readonly [string, number])[];
  readonly states: readonly (readonly [string, Omit<OpenState, 'entry'> & { readonly entry: number }])[];
  readonly customers: readonly number[];
}

/** An entry that several know is written once: what happens to it concerns all of them. */
export function formatOpenCounts({ entries, states, customers }: OpenCounts): string {
  const queues = new Map<string, number>();
  const places = new Map<OpenEntry, number>();
  const placeOf = (entry: OpenEntry | undefined): number => (entry === undefined ? -1 : placeIn(places, entry));
  const own = {
    form: FORM,
    entries: [...entries].map(([id, entry]) => [id, placeOf(entry)] as const),
    states: [...states].map(([id, state]) => [id, { ...state, entry: placeOf(state.entry) }] as const),
    customers: [...customers.values()].map(placeOf),
  };
  const all = [...places.keys()].map(
    ({ queue, joinedAt, customer, callback, askedAt, answered }): StoredEntry => [
      placeIn(queues, queue),
      joinedAt,
      (callback ? 1 : 0) + (answered ? 2 : 0),
      customer ?? null,
      ...(askedAt === undefined ? [] : [askedAt]),
    ],
  );
  return JSON.stringify({ ...own, all, queues: [...queues.keys()] } satisfies Stored);
}

function placeIn<T>(places: Map<T, number>, one: T): number {
  const place = places.get(one) ?? places.size;
  places.set(one, place);
  return place;
}

/** Undefined: of another release. */
export function parseOpenCounts(text: string): OpenCounts | undefined {
  const { form, queues, all, entries, states, customers } = JSON.parse(text) as Stored;
  if (form !== FORM) return undefined;
  const known = all.map(
    ([queue, joinedAt, flags, customer, askedAt]): OpenEntry => ({
      queue: queues[queue] ?? '',
      quarter: quarterOf(joinedAt),
      joinedAt,
      customer: customer ?? undefined,
      callback: (flags & 1) !== 0,
      askedAt,
      answered: (flags & 2) !== 0,
    }),
  );
  const at = (place: number): [OpenEntry] | [] => {
    const found = known[place];
    return found === undefined ? [] : [found];
  };
  return {
    entries: new Map(entries.flatMap(([id, place]) => at(place).map((entry) => [id, entry] as const))),
    states: new Map(states.map(([id, state]) => [id, { ...state, entry: at(state.entry)[0] }])),
    customers: new Map(customers.flatMap((place) => at(place)).map((entry) => [customerKey(entry), entry])),
  };
}
