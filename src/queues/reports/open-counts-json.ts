import type { OpenCounts, OpenEntry, OpenState } from './count-rows.ts';

/** What `parseOpenCounts` reads is of this form; counts of another one are made anew from the journal. */
const FORM = 1;

interface Stored {
  readonly form: number;
  readonly all: readonly OpenEntry[];
  readonly entries: readonly (readonly [string, number])[];
  readonly states: readonly (readonly [string, Omit<OpenState, 'entry'> & { readonly entry: number }])[];
  readonly customers: readonly (readonly [string, number])[];
}

/** An entry that several know is written once: what happens to it concerns all of them. */
export function formatOpenCounts({ entries, states, customers }: OpenCounts): string {
  const places = new Map<OpenEntry, number>();
  const placeOf = (entry: OpenEntry | undefined): number => {
    if (entry === undefined) return -1;
    const place = places.get(entry) ?? places.size;
    places.set(entry, place);
    return place;
  };
  const own = {
    form: FORM,
    entries: [...entries].map(([id, entry]) => [id, placeOf(entry)] as const),
    states: [...states].map(([id, state]) => [id, { ...state, entry: placeOf(state.entry) }] as const),
    customers: [...customers].map(([id, entry]) => [id, placeOf(entry)] as const),
  };
  return JSON.stringify({ ...own, all: [...places.keys()] } satisfies Stored);
}

/** Undefined: of another release. */
export function parseOpenCounts(text: string): OpenCounts | undefined {
  const { form, all, entries, states, customers } = JSON.parse(text) as Stored;
  if (form !== FORM) return undefined;
  const at = (place: number): [OpenEntry] | [] => {
    const found = all[place];
    return found === undefined ? [] : [found];
  };
  const mapped = (pairs: Stored['entries']): ReadonlyMap<string, OpenEntry> =>
    new Map(pairs.flatMap(([id, place]) => at(place).map((entry) => [id, entry] as const)));
  return {
    entries: mapped(entries),
    states: new Map(states.map(([id, state]) => [id, { ...state, entry: at(state.entry)[0] }])),
    customers: mapped(customers),
  };
}
