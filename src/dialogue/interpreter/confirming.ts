import type { StateOf } from '../dialplan/plan.ts';
import { beginAsking, freshTroubles, misunderstood, unanswered } from './asking.ts';
import { type Draft, frameOf } from './draft.ts';
import { enterState } from './enter-state.ts';
import { fillPending, pend, takeCorrection } from './filling.ts';
import { go } from './go.ts';

type Confirm = StateOf<'confirm'>;

export const beginConfirm = (draft: Draft, { id, ask }: Confirm): void =>
  beginAsking(draft, ask, { state: id, slot: null, phase: 'asking' });

/** Yes, no, or "no, it is …". */
export function answerConfirm(draft: Draft, state: Confirm): void {
  switch (draft.event?.type) {
    case 'yes':
      go(draft, state.yes);
      return;
    case 'no':
      go(draft, state.no);
      return;
    case 'several':
      // what is valid and was heard is taken; the form asks what it wants then, and leads here again by what stands between
      if (takeCorrection(draft)) {
        freshTroubles(draft);
        enterState(draft, state.corrects ?? state.id);
      } else misunderstood(draft, state.ask, { ask: state.ask, at: frameOf(draft).at });
      return;
    case 'correct':
      pend(draft);
      fillPending(draft);
      freshTroubles(draft);
      enterState(draft, state.id);
      return;
    default:
      unanswered(draft, state.ask);
  }
}
