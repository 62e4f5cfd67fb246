import type { StateOf } from '../dialplan/plan.ts';
import { beginAsking, freshTroubles, unanswered } from './asking.ts';
import type { Draft } from './draft.ts';
import { enterState } from './enter-state.ts';
import { fillPending, pend } from './filling.ts';
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
