import { credentialsFor, type Account, proofHeaders } from '../sip/digest/credentials.ts';
import type { Dialog } from '../sip/dialog/dialog.ts';
import { leastOf, SMALLEST_SESSION_SECONDS } from '../sip/dialog/dialog-session-timer.ts';
import { formatCSeq, parseCSeq } from '../sip/message/cseq.ts';
import type { SipMessage, SipRequest, SipResponse } from '../sip/message/message.ts';
import type { Trunks } from './trunks.ts';

/** A session longer than this is none. */
const LONGEST_SESSION_SECONDS = 86_400;

/**
 * What is sent in place of a request that was refused for a reason that we can mend ourselves: with credentials (401, 407;
 * RFC 3261 section 22), or with a longer session interval (422; RFC 4028 section 6).
 *
 * @param cseq - of the new request
 * @param account - that the far end may ask for
 * @param tried - statuses that were mended already: each once
 * @returns undefined when the refusal stands
 */
function sendAgain(
  request: SipRequest,
  response: SipResponse,
  cseq: number,
  account: Account | undefined,
  tried: ReadonlySet<number>,
): SipRequest | undefined {
  if (tried.has(response.status)) return undefined;
  const again = request.headers.clone();
  again.delete('Via');
  again.set('CSeq', formatCSeq({ number: cseq, method: request.method }));
  switch (response.status) {
    case 401:
    case 407: {
      const [asks, answers] = proofHeaders(response.status);
      const credentials =
        account === undefined ? undefined : credentialsFor(response.headers.all(asks), request, account);
      if (credentials === undefined) return undefined;
      return { ...request, headers: again.set(answers, credentials) };
    }
    case 422: {
      const least = leastOf(response);
      if (least < SMALLEST_SESSION_SECONDS || least > LONGEST_SESSION_SECONDS) return undefined;
      if (!request.headers.has('Session-Expires')) return undefined;
      const refresher = /;\s*refresher=\w+/i.exec(request.headers.get('Session-Expires') ?? '')?.[0] ?? '';
      return {
        ...request,
        headers: again.set('Session-Expires', `${least}${refresher}`).set('Min-SE', String(least)),
      };
    }
    default:
      return undefined;
  }
}

/** `sendAgain` of what begins a dialog, or is in none: the far end may ask for the account of the trunk that it was sent to. */
export const sendAgainOutside = (
  trunks: Pick<Trunks, 'accountFor'>,
  request: SipRequest,
  response: SipResponse,
  tried: ReadonlySet<number>,
): SipRequest | undefined =>
  sendAgain(request, response, numberOf(request) + 1, trunks.accountFor(request.headers.get('To') ?? ''), tried);

/**
 * `sendAgain` within a dialog, which counts it. In one that the far end began, To is what it wrote into its From: it would get the
 * credentials of whatever trunk it named.
 */
export function sendAgainWithin(
  trunks: Pick<Trunks, 'accountFor'>,
  dialog: { state: Dialog },
  request: SipRequest,
  response: SipResponse,
  tried: ReadonlySet<number>,
): SipRequest | undefined {
  const localCSeq = dialog.state.localCSeq + 1;
  const account = dialog.state.role === 'uas' ? undefined : trunks.accountFor(request.headers.get('To') ?? '');
  const again = sendAgain(request, response, localCSeq, account, tried);
  if (again !== undefined) dialog.state = { ...dialog.state, localCSeq };
  return again;
}

/** Of what is sent for the first time. */
export const NOTHING_TRIED: ReadonlySet<number> = new Set();

export const numberOf = ({ headers }: Pick<SipMessage, 'headers'>): number =>
  parseCSeq(headers.get('CSeq') ?? '')?.number ?? 0;
