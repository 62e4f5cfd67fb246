import type { Go } from '../dialplan/plan.ts';
import { DIGRESSION } from './conversation.ts';
import { type Draft, forgetInCallers, frameOf, inFrame, remember, without } from './draft.ts';
import { enterState } from './enter-state.ts';
import { say } from './speaking.ts';

/**
 * Goes where the dialplan says, with what is said and forgotten on the way. A question in between is over then.
 *
 * @param because - the reason that a transfer gives, unless the way has one of its own
 */
export function go(draft: Draft, { to, say: said, clear, because: own }: Go, because?: string): void {
  leaveDigressions(draft);
  forget(draft, clear);
  inFrame(draft, { pending: null });
  remember(draft, { because: own ?? because ?? draft.now.because });
  if (said !== undefined) say(draft, 'both', [said]);
  enterState(draft, to);
}

/** To a state from anywhere, whatever was being asked. */
export function breakOff(draft: Draft, to: string): void {
  leaveDigressions(draft);
  enterState(draft, to);
}

function leaveDigressions(draft: Draft): void {
  const { frames } = draft.now;
  const last = frames.findLastIndex(({ flow }) => flow !== DIGRESSION);
  if (last === frames.length - 1) return;
  const recent = frameOf(draft).recent;
  remember(draft, { frames: frames.slice(0, last + 1) });
  inFrame(draft, { pending: null, recent });
}

function forget(draft: Draft, clear: Go['clear']): void {
  if (clear === 'all') {
    remember(draft, { values: {}, intent: null, later: null });
    inFrame(draft, { slots: {}, unread: {} });
    forgetInCallers(draft, [...draft.program.plan.kept]);
  } else if (clear.length > 0) {
    const { slots, unread } = frameOf(draft);
    remember(draft, { values: without(draft.now.values, clear) });
    inFrame(draft, { slots: without(slots, clear), unread: without(unread, clear) });
    forgetInCallers(draft, clear);
  }
}
