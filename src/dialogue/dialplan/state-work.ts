import type { Listening } from '../dialogue.ts';
import type { Service } from '../service.ts';
import type { Network } from '../../grammar/automaton/network.ts';
import type { Sayable } from './compile-ask.ts';
import type { Compiling } from './compiling.ts';
import type { SlotFile, StateFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import type { Command, Reads } from './plan.ts';

/** What compiling a state needs, whatever its kind. */
export interface StateWork {
  readonly compiling: Compiling;
  readonly commands: { readonly list: readonly Command[]; readonly network: Sayable };
  readonly yesno: Sayable;
  readonly services: ReadonlyMap<string, Service>;
}

export type FileOf<K extends StateFile['kind']> = Extract<StateFile, { readonly kind: K }>;

export const NOTHING_READ: Reads = {
  options: [],
  asides: [],
  free: false,
  answers: false,
  picks: false,
  risk: 'low',
  slot: undefined,
  collectsDigits: false,
  together: new Set(),
};

/** One key: for options, commands, yes and no. */
export const oneKey = (interDigitMs: number): Listening['keys'] => ({
  min: 1,
  max: 1,
  terminator: undefined,
  interDigitMs,
  secret: false,
});

/** What a confirmation inside a state takes over from it. */
export const pick = (file: FileOf<'menu' | 'question'> | SlotFile) => ({
  ...(file.tries === undefined ? {} : { tries: file.tries }),
  ...(file.escalate === undefined ? {} : { escalate: file.escalate }),
  ...(file['barge-in'] === undefined ? {} : { 'barge-in': file['barge-in'] }),
  ...(file.timing === undefined ? {} : { timing: file.timing }),
  ...(file.asides === undefined ? {} : { asides: file.asides }),
});

export function secretsOf(states: Readonly<Record<string, StateFile>>): Set<string> {
  const secrets = new Set<string>();
  for (const state of Object.values(states))
    if (state.kind === 'form')
      for (const [name, slot] of Object.entries(state.slots)) if (slot.secret === true) secrets.add(name);
  return secrets;
}

/** What the grammar may give as `intent`. */
export const intentsOf = (network: Network): Set<string> =>
  new Set(network.arcs.flat().flatMap((arc) => (arc.tag?.key === 'intent' ? [arc.tag.value] : [])));

/** A slot or value that a look-up or a transfer hands on. */
export function known({ compiling }: StateWork, name: string, path: Path): void {
  const secret = secretsOf(compiling.source.plan.states).has(name);
  if (!compiling.namesAt(path).has(name) && !secret)
    compiling.problem(path, `expected a slot or value, found '${name}'`);
}
