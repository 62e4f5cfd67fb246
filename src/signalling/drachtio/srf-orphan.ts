import { asError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import { type SrfApplication, type SrfResponse, srfAgent } from '../../drachtio/drachtio-srf.ts';
import { within } from '../../lib/deadline.ts';
import { serverWord } from './server-words.ts';

/**
 * What a SIP server may still have of a call that was lost with the connection to it: the server tells the far end
 * nothing (drachtio-server 0.9.10 only forgets whose the dialog was, and answers 481 to what the far end asks in it).
 */
export type Orphan =
  | { readonly kind: 'dialog'; readonly dialogId: string }
  /** Our INVITE, without a final response so far. */
  | { readonly kind: 'invite'; readonly transactionId: string; readonly uri: string };

const REASON = 'SIP;cause=503;text="Application lost"';

/**
 * Ends it over another connection to the same server, which lets any application act on any dialog.
 *
 * @returns 'unknown': the server has nothing of it (any more)
 */
export async function endOrphan(
  srf: SrfApplication,
  orphan: Orphan,
  deadline: Milliseconds,
): Promise<'ended' | 'unknown'> {
  const headers = { Reason: REASON };
  const request =
    orphan.kind === 'dialog'
      ? { method: 'BYE', stackDialogId: orphan.dialogId, headers }
      : { method: 'CANCEL', stackTxnId: orphan.transactionId, uri: orphan.uri, headers };
  const answered = new Promise<'ended' | 'unknown'>((resolve, reject) => {
    srfAgent(srf).request(request, (error, sent) => {
      if (sent === undefined) {
        const word = serverWord(error);
        if (word === 'no-dialog' || word === 'no-transaction') resolve('unknown');
        else reject(asError(error));
      } else if (orphan.kind === 'invite') resolve('ended');
      else sent.on('response', (res: SrfResponse) => resolve(res.status === 481 ? 'unknown' : 'ended'));
    });
  });
  return await within(answered, deadline, 'ending an orphaned call');
}
