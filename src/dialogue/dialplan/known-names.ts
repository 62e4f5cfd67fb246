import { BEGUN } from '../begun.ts';
import type { Kind } from '../expression/expression.ts';
import type { StateFile } from './dialplan-schema.ts';
import type { PlanFile } from './flatten-flows.ts';
import { flowOf } from './flow-names.ts';
import type { ValueTypeName } from '../values/type-schema.ts';

/** Values that every contact has. */
export const ALWAYS_KNOWN: readonly (readonly [string, Kind])[] = [
  ['caller', 'text'],
  ['called', 'text'],
  ['diverted-from', 'text'],
  ['contact', 'text'],
  ['today', 'date'],
  ['language', 'text'],
  [BEGUN, 'text'],
];

/** As what expressions see a value of the type; undefined: they know nothing of it. */
export function kindOf(type: ValueTypeName | undefined): Kind {
  switch (type) {
    case undefined:
      return 'any';
    case 'number':
    case 'amount':
    case 'duration':
      return 'number';
    case 'date':
    case 'time':
      return type;
    case 'yesno':
      return 'truth';
    default:
      return 'text';
  }
}

export interface KnownNames {
  /** All slots but secrets. */
  readonly slots: ReadonlySet<string>;
  /** By flow: its own slots and parameters, what the bank has told, and what is kept for the whole call. */
  readonly names: ReadonlyMap<string, ReadonlyMap<string, Kind>>;
}

export function knownNames({ states, flows }: PlanFile, secrets: ReadonlySet<string>): KnownNames {
  const everywhere = new Map<string, Kind>(ALWAYS_KNOWN);
  const own = new Map(Object.keys(flows).map((name) => [name, new Map<string, Kind>()]));
  const slots = new Set<string>();
  for (const [id, state] of Object.entries(states)) {
    const within = own.get(flowOf(id));
    if (state.kind === 'look-up')
      for (const name of [...(state.saves ?? []), ...(state.keeps ?? [])]) everywhere.set(name, 'any');
    else if (state.kind === 'call') for (const name of Object.keys(state.saves ?? {})) within?.set(name, 'any');
    else if (state.kind === 'set')
      for (const name of Object.keys(state.values)) if (within?.has(name) !== true) within?.set(name, 'any');
    if (state.kind !== 'form') continue;
    for (const [name, { keep, type }] of Object.entries(state.slots)) {
      if (secrets.has(name)) continue;
      slots.add(name);
      (keep === 'call' ? everywhere : within)?.set(name, kindOf(typeof type === 'object' ? type.is : type));
    }
  }
  for (const [flow, { params = {} }] of Object.entries(flows))
    for (const [name, type] of Object.entries(params)) own.get(flow)?.set(name, kindOf(type));
  return { slots, names: new Map([...own].map(([flow, within]) => [flow, new Map([...everywhere, ...within])])) };
}

/** Names of slots that are known in all flows to the end of the call. */
export const keptNames = (states: Readonly<Record<string, StateFile>>): ReadonlySet<string> =>
  new Set(
    Object.values(states).flatMap((state) =>
      state.kind === 'form'
        ? Object.entries(state.slots).flatMap(([name, { keep }]) => (keep === 'call' ? [name] : []))
        : [],
    ),
  );
