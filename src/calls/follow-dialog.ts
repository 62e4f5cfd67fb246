import type { Dialog } from '../signalling/signalling.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { AnchoredLeg } from './leg/anchored-leg.ts';
import type { CallInProgress } from './live-call.ts';

export interface DialogUser {
  readonly conversation: () => Conversation | undefined;
  /** The SIP server is gone. */
  readonly onLost: () => 'kept' | void;
}

/** The caller's dialog from the answer to its end: BYE, hold, re-INVITE, and other media after a loss. */
export function followDialog(call: CallInProgress, dialog: Dialog, caller: AnchoredLeg, user: DialogUser): void {
  const { scope, recording, pause, leg, note, end } = call;
  scope.defer(() => dialog.bye());
  dialog.onInfoDigit((digit) => caller.infoKey(digit));
  dialog.onEnd((because) => {
    if (because === 'lost') return user.onLost();
    end(because === 'bye' ? 'caller-hung-up' : 'failed', because === 'bye' ? undefined : `dialog ${because}`);
  });
  let held = false;
  const noteHold = (): void => {
    if (caller.held === held) return;
    held = caller.held;
    if (held) pause.resume('held');
    note({ type: held ? 'held' : 'resumed', leg });
    recording.note(held ? 'held' : 'resumed');
  };
  dialog.onOffer(async (sdp) => {
    const local = await caller.modify(sdp);
    noteHold();
    return local;
  });
  caller.onMove((move) => {
    if (move.type === 'lost') return user.conversation()?.disturbed();
    note({ type: 'media-moved', leg, because: move.because, after_ms: Math.round(move.after) });
    recording.note('media-moved', { after_ms: Math.round(move.after) });
    noteHold();
    user.conversation()?.restored();
  });
}
