import { type Admission, retryAfterHeader } from '../../domain/admission.ts';
import { replyOnce, type SrfApplication, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { ACCEPTED_BODIES } from '../../sdp/session-body.ts';

/** What a far end is invited to send us. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';

const UNSERVED = ['register', 'subscribe', 'publish', 'message', 'refer'] as const;
/** Meant within a dialog or a usage that one began: here there is none. */
const OF_A_DIALOG = ['notify', 'info', 'update'] as const;

export interface OutsideUser {
  /** Whether a call would be taken. */
  admission(): Admission;
  /** Whether the address may come at all. */
  allows(address: string): boolean;
}

/**
 * Answers requests outside a dialog that are not calls. drachtio-server answers 503 to whatever no application has asked
 * for; SBCs that ask by OPTIONS whether a node lives (RFC 3261 section 11) then take it out of use.
 */
export function answerOutside(srf: SrfApplication, user: OutsideUser): void {
  const answer =
    (reply: (res: SrfResponse) => void) =>
    (req: SrfRequest, res: SrfResponse): void => {
      if (user.allows(req.source_address)) reply(res);
      else replyOnce(res, 403);
    };
  const ping = answer((res) => {
    const admission = user.admission();
    if (admission.take) replyOnce(res, 200, { headers: { Allow: ALLOW, Accept: ACCEPTED_BODIES } });
    else replyOnce(res, 503, { headers: retryAfterHeader(admission) });
  });
  const unserved = answer((res) => replyOnce(res, 405, { headers: { Allow: ALLOW } }));
  const ofNoDialog = answer((res) => replyOnce(res, 481));
  srf.options(ping);
  for (const method of UNSERVED) srf[method](unserved);
  for (const method of OF_A_DIALOG) srf[method](ofNoDialog);
}
