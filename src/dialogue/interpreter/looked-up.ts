import type { LookUpResult } from '../dialogue.ts';
import type { StateOf } from '../dialplan/plan.ts';
import { type Draft, remember, report } from './draft.ts';
import { go } from './go.ts';

/** The bank's answer to the look-up that is open; those to earlier ones mean nothing. */
export function lookedUp(draft: Draft, state: StateOf<'look-up'>, id: number, result: LookUpResult): void {
  if (id !== draft.now.lookUp) return;
  switch (result.outcome) {
    case 'done':
      keep(draft, state, result.values);
      go(draft, state.done);
      return;
    case 'refused':
      refused(draft, state, result.because);
      return;
    case 'failed':
      go(draft, state.failed);
  }
}

type Found = Extract<LookUpResult, { readonly outcome: 'done' }>['values'];

function keep(draft: Draft, { saves, keeps }: StateOf<'look-up'>, found: Found): void {
  for (const slot of saves) {
    const value = found[slot];
    if (value !== undefined) report(draft, { type: 'slot-filled', slot, by: 'lookup', value: String(value) });
  }
  const wanted = Object.entries(found).filter(([name]) => keeps.includes(name) || saves.includes(name));
  remember(draft, { values: { ...draft.now.values, ...Object.fromEntries(wanted) } });
}

function refused(draft: Draft, state: StateOf<'look-up'>, because: string): void {
  const way = state.refused.find((one) => one.because === because);
  if (way === undefined) {
    go(draft, state.failed);
    return;
  }
  const key = `${state.id}/${because}`;
  const count = (draft.now.refusals[key] ?? 0) + 1;
  remember(draft, { refusals: { ...draft.now.refusals, [key]: count } });
  const last = count >= (way.tries ?? Number.POSITIVE_INFINITY);
  go(draft, last ? (way.otherwise ?? state.failed) : way.go);
}
