import { type Draft, reset, secure, tell } from './contact-draft.ts';
import type { Phase, Transfer } from './contact-state.ts';

/* The bot verifies a caller again for a person who waits. */

/** The dialogue goes the way that it has for it; the place where it stood is kept, in case the person does not wait for the end. */
export function personWaits(draft: Draft, asked: Transfer, phase: Phase): void {
  const { dialogue, stateName, dismissed } = draft.now;
  const disturbed = phase.at === 'disturbed' && phase.before.at === 'with-person';
  // a call that was asked to end, or whose caller has no media: nobody is verified in it, and the person has it back at once
  if (dialogue === undefined || dismissed !== undefined || disturbed) {
    if (phase.at !== 'over') draft.effects.push({ do: 'transfer', asked });
    return;
  }
  if (phase.at !== 'with-person') return;
  draft.now = { ...draft.now, phase: { at: 'talking' }, awaited: { asked, dialogue, stateName } };
  tell(draft, { event: { type: 'transfer-ended', outcome: 'verify' }, endedAt: undefined, interrupts: false });
}

/** The dialogue stands where it stood: what was said and keyed meanwhile is forgotten. */
export function takenBack(draft: Draft, phase: Phase): void {
  const { awaited, dismissed } = draft.now;
  if (awaited === undefined || dismissed !== undefined || phase.at === 'over') return;
  const { asked, dialogue, stateName } = awaited;
  reset(draft);
  draft.effects.push({ do: 'stop-playback', interrupted: false });
  secure(draft, false);
  const withPerson = { at: 'with-person' } as const;
  draft.now = {
    ...draft.now,
    phase: phase.at === 'disturbed' ? { at: 'disturbed', before: withPerson } : withPerson,
    inbox: [],
    awaited: undefined,
    dialogue,
    stateName,
  };
  draft.effects.push({ do: 'transfer', asked });
}
