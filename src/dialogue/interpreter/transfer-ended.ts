import type { TransferOutcome } from '../../domain/call-event.ts';
import type { Go, StateOf } from '../dialplan/plan.ts';
import type { Draft } from './draft.ts';
import { hangUp } from './enter-state.ts';
import { go } from './go.ts';

export function transferEnded(draft: Draft, state: StateOf<'transfer'>, outcome: TransferOutcome | 'verify'): void {
  if (outcome === 'caller-hung-up') hangUp(draft, 'GONE', 'caller-hung-up');
  else go(draft, wayOf(state, outcome));
}

function wayOf(state: StateOf<'transfer'>, outcome: TransferOutcome | 'verify'): Go {
  switch (outcome) {
    case 'completed':
    case 'busy':
    case 'declined':
    case 'failed':
      return state[outcome];
    case 'verify':
      return state.verify ?? state.failed;
    default:
      return state.noAnswer;
  }
}
