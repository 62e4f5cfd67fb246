import { type Milliseconds, ms } from '../domain/units.ts';
import type { DialogLedger } from '../lib/dialog-ledger.ts';
import { requestInDialog } from '../sip/dialog/dialog.ts';
import { type DialogReach, readDialogRecord } from './dialog-record.ts';
import { flowOf, sendInDialog } from './end-dialog.ts';
import type { Switchboard } from './switchboard.ts';

/** Our own SIP server in the ledger, where drachtio-servers go by their addresses. */
export const OWN_DIALOGS = 'sip';

/** Requests that the earlier run sent after the record was written have lower numbers than this many more. */
const CSEQ_AHEAD = 10_000;
const MAX_CSEQ = 2 ** 31 - 1;
const AT_ONCE = 100;
const PAUSE: Milliseconds = ms(20);

/**
 * Ends the dialogs that an earlier run left when it was killed: a BYE each, from where that run listened, repeated like any
 * request (at most 32 s). Whatever is answered, and when nothing is, the ledger forgets the dialog then; what is not dealt
 * with when this run is killed too is left for the next one.
 *
 * @returns how many there are
 */
export function endLeftDialogs(board: Switchboard, ledger: DialogLedger): number {
  const dialogs: [id: string, dialog: DialogReach][] = [];
  for (const [server, left] of ledger.left)
    for (const [id, content] of left) {
      const dialog = server === OWN_DIALOGS ? readDialogRecord(content) : undefined;
      // a drachtio-server's, of the time before the configuration changed: not ours to end
      if (dialog === undefined) ledger.ended(server, id);
      else dialogs.push([id, dialog]);
    }
  const some = (from: number): void => {
    for (const [id, dialog] of dialogs.slice(from, from + AT_ONCE))
      endLeft(board, dialog, () => ledger.ended(OWN_DIALOGS, id));
    if (from + AT_ONCE < dialogs.length) board.clock.after(PAUSE, () => some(from + AT_ONCE));
  };
  some(0);
  return dialogs.length;
}

function endLeft(board: Switchboard, dialog: DialogReach, forget: () => void): void {
  const to = flowOf(board, dialog);
  if (to === undefined) return forget();
  const localCSeq = Math.min(dialog.state.localCSeq + CSEQ_AHEAD, MAX_CSEQ - 1);
  const { request } = requestInDialog({ ...dialog.state, localCSeq }, 'BYE', {
    headers: [['Reason', 'SIP;cause=503;text="Application lost"']],
  });
  sendInDialog(board, dialog, request, to, {
    onResponse: ({ status }) => {
      if (status >= 200) forget();
    },
    onTimeout: forget,
    onTransportError: forget,
    onEnd: forget,
  });
}
