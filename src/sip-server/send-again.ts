import { credentialsFor, type Account } from '../sip/digest/credentials.ts';
import type { Dialog } from '../sip/dialog/dialog.ts';
import { SMALLEST_SESSION_SECONDS } from '../sip/dialog/dialog-session-timer.ts';
import { formatCSeq, parseCSeq } from '../sip/message/cseq.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseUint32 } from '../sip/message/token.ts';
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
export function sendAgain(
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
      const [asks, answers] =
        response.status === 401
          ? (['WWW-Authenticate', 'Authorization'] as const)
          : (['Proxy-Authenticate', 'Proxy-Authorization'] as const);
      const credentials =
        account === undefined ? undefined : credentialsFor(response.headers.all(asks), request, account);
      if (credentials === undefined) return undefined;
      return { ...request, headers: again.set(answers, credentials) };
    }
    case 422: {
      const least = parseUint32(response.headers.get('Min-SE')?.split(';', 1)[0]?.trim() ?? '') ?? 0;
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

/**
 * What the far end of a request may ask for. In a dialog that it began, To is what it wrote into its From: it would get the credentials of
 * whatever trunk it named.
 */
export const accountFor = (
  trunks: Pick<Trunks, 'accountFor'>,
  request: SipRequest,
  within: Pick<Dialog, 'role'> | undefined,
): Account | undefined => (within?.role === 'uas' ? undefined : trunks.accountFor(request.headers.get('To') ?? ''));

export const numberOf = (request: SipRequest): number => parseCSeq(request.headers.get('CSeq') ?? '')?.number ?? 0;
