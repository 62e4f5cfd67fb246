import { type Milliseconds, ms } from '../domain/units.ts';
import type { DialogLedger } from '../lib/dialog-ledger.ts';
import { requestInDialog } from '../sip/dialog/dialog.ts';
import { type LeftDialog, readDialogRecord } from './dialog-record.ts';
import { flowOf, sendInDialog } from './end-dialog.ts';
import { type LeftInvite, readInviteRecord } from './invite-record.ts';
import type { Switchboard } from './switchboard.ts';

/** Our own SIP server in the ledger, where drachtio-servers go by their addresses. */
export const OWN_DIALOGS = 'sip';

/** Requests that the earlier run sent after the record was written have lower numbers than this many more. */
const CSEQ_AHEAD = 10_000;
const MAX_CSEQ = 2 ** 31 - 1;
const AT_ONCE = 100;
const PAUSE: Milliseconds = ms(20);

/** The response to an INVITE that was left is repeated: nobody here knows its ACK. No oftener, for its address may be forged. */
const REFUSED_AGAIN: readonly Milliseconds[] = [ms(500), ms(1_500)];

/**
 * Ends what an earlier run left when it was killed. A dialog gets a BYE, from where that run listened, repeated like any
 * request (at most 32 s), and once when its far end has proved nothing; an INVITE that still rang gets 503. Whatever is answered, and when
 * nothing is, the ledger forgets it then; what is not dealt with when this run is killed too is left for the next one.
 *
 * @returns how many there are
 */
export function endLeftDialogs(board: Switchboard, ledger: DialogLedger): number {
  const dialogs: [id: string, left: LeftDialog | LeftInvite][] = [];
  for (const [server, left] of ledger.left)
    for (const [id, content] of left) {
      const dialog = server === OWN_DIALOGS ? (readDialogRecord(content) ?? readInviteRecord(content)) : undefined;
      // a drachtio-server's, of the time before the configuration changed: not ours to end
      if (dialog === undefined) ledger.ended(server, id);
      else dialogs.push([id, dialog]);
    }
  const some = (from: number): void => {
    for (const [id, each] of dialogs.slice(from, from + AT_ONCE)) {
      const forget = (): void => ledger.ended(OWN_DIALOGS, id);
      if ('response' in each) refuseLeft(board, each, forget);
      else endLeft(board, each, forget);
    }
    if (from + AT_ONCE < dialogs.length) board.clock.after(PAUSE, () => some(from + AT_ONCE));
  };
  some(0);
  return dialogs.length;
}

function refuseLeft({ stack, clock }: Switchboard, { response, replyTo }: LeftInvite, forget: () => void): void {
  stack.resend(response, replyTo);
  for (const [n, after] of REFUSED_AGAIN.entries())
    clock.after(after, () => {
      stack.resend(response, replyTo);
      if (n === REFUSED_AGAIN.length - 1) forget();
    });
}

function endLeft(board: Switchboard, dialog: LeftDialog, forget: () => void): void {
  const to = flowOf(board, dialog);
  if (to === undefined) return forget();
  const localCSeq = Math.min(dialog.state.localCSeq + CSEQ_AHEAD, MAX_CSEQ - 1);
  const { request } = requestInDialog({ ...dialog.state, localCSeq }, 'BYE', {
    headers: [['Reason', 'SIP;cause=503;text="Application lost"']],
  });
  if (dialog.unproved) {
    board.stack.sendOnce(request, to);
    return forget();
  }
  sendInDialog(board, dialog, request, to, {
    onResponse: ({ status }) => {
      if (status >= 200) forget();
    },
    onTimeout: forget,
    onTransportError: forget,
    onEnd: forget,
  });
}
