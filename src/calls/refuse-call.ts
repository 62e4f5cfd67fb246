import { refusal, retryAfterHeader } from '../domain/admission.ts';
import { type ErrorCode, IvrError } from '../domain/error.ts';
import { warningOf } from '../domain/sip-warning.ts';
import type { Headers } from '../signalling/signalling.ts';
import type { ReceivedCall } from './live-call.ts';

/** The caller's session description offers nothing that we can take. */
const NOT_ACCEPTABLE: ReadonlySet<ErrorCode> = new Set(['NO_COMMON_CODEC', 'SDP_MALFORMED']);
/** Nothing is wrong with the call: 503 sends the caller, or the switch before us, to another line or a later time. */
const OUR_TROUBLE: ReadonlySet<ErrorCode> = new Set(['RECORDINGS_UNWRITABLE', 'DISK_FULL']);

/** The final response to an INVITE that could not be answered (RFC 3261 section 21). */
export function responseTo(error: IvrError): { readonly status: 488 | 500 | 503; readonly headers: Headers } {
  if (NOT_ACCEPTABLE.has(error.code)) return { status: 488, headers: { Warning: warningOf(error) } };
  if (OUR_TROUBLE.has(error.code) || error.status === 503)
    return { status: 503, headers: retryAfterHeader(refusal('failed')) };
  return { status: 500, headers: {} };
}

/** Refuses the INVITE because of what answering it threw, and ends the call. */
export function refuseCall({ contact, incoming, services, note, end }: ReceivedCall, thrown: unknown): void {
  const error =
    thrown instanceof IvrError ? thrown : new IvrError('INTERNAL', 'the call could not be answered', {}, thrown);
  if (error.code === 'SIP_TIMEOUT') {
    services.logger.info({ contact }, 'the caller never acknowledged the answer');
    return end('not-acknowledged');
  }
  const { status, headers } = responseTo(error);
  incoming.reject(status, headers);
  note({ type: 'call-rejected', status, reason: error.code });
  if (status !== 488) services.logger.error({ contact, code: error.code }, 'a call was refused', error);
  end('rejected', error.code);
}
