import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { parseParameters } from '../message/parameters.ts';
import { parseUint32 } from '../message/token.ts';

/*
 * Session timers (RFC 4028): both ends agree on an interval and on who refreshes by re-INVITE or UPDATE; a session that
 * is not refreshed in time is over, so a far end that died does not leave a call behind.
 */

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** What was agreed, from our side. */
export interface SessionInterval {
  readonly seconds: number;
  readonly refresher: 'us' | 'them';
}

/** RFC 4028 section 5: no interval may be smaller. */
export const SMALLEST_SESSION_SECONDS = 90;

/** @returns undefined when the header is malformed */
export function parseSessionExpires(value: string): SessionExpires | undefined {
  const [digits = ''] = value.split(';', 1);
  const seconds = parseUint32(digits.trim());
  const parameters = parseParameters(value, digits.length);
  if (seconds === undefined || parameters === undefined) return undefined;
  const refresher = parameters.get('refresher')?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

const supportsTimer = (message: SipRequest | SipResponse): boolean =>
  [...message.headers.all('Supported'), ...message.headers.all('Require')].some(
    (option) => option.toLowerCase() === 'timer',
  );

export type Negotiated =
  | { readonly outcome: 'none' }
  /** Answer 422 with this Min-SE. */
  | { readonly outcome: 'too-small'; readonly minSeconds: number }
  /** Put `header` as Session-Expires on the 2xx, and `Require: timer` with it where the far end knows timers. */
  | {
      readonly outcome: 'agreed';
      readonly interval: SessionInterval;
      readonly header: string;
      readonly required: boolean;
    };

/**
 * A request (INVITE, re-INVITE or UPDATE) that we answer (section 9). A far end that knows timers but asks for none is
 * given ours, and refreshes. One that knows none but comes with an interval (a proxy on the way wants one) cannot refresh:
 * that is ours to do, and nothing is required of it (section 9, table 2).
 *
 * @param wanted - the interval that we ask for, in seconds
 */
export function negotiateAsServer(request: SipRequest, wanted: number): Negotiated {
  const asked = parseSessionExpires(request.headers.get('Session-Expires') ?? '');
  if (!supportsTimer(request)) return asked === undefined ? { outcome: 'none' } : refreshedByUs(asked);
  if (asked !== undefined && asked.seconds < SMALLEST_SESSION_SECONDS)
    return { outcome: 'too-small', minSeconds: SMALLEST_SESSION_SECONDS };
  const least = leastOf(request);
  const seconds = asked?.seconds ?? Math.max(wanted, least, SMALLEST_SESSION_SECONDS);
  const refresher = asked?.refresher ?? 'uac';
  return {
    outcome: 'agreed',
    interval: { seconds, refresher: refresher === 'uas' ? 'us' : 'them' },
    header: `${seconds};refresher=${refresher}`,
    required: true,
  };
}

/** Seconds of `Min-SE`; 0 without one (section 5). */
export const leastOf = ({ headers }: Pick<SipMessage, 'headers'>): number =>
  parseUint32(headers.get('Min-SE')?.split(';', 1)[0]?.trim() ?? '') ?? 0;

/** Too small an interval cannot be refused to a far end that does not know 422: the least one counts. */
function refreshedByUs({ seconds }: SessionExpires): Negotiated {
  const longEnough = Math.max(seconds, SMALLEST_SESSION_SECONDS);
  return {
    outcome: 'agreed',
    interval: { seconds: longEnough, refresher: 'us' },
    header: `${longEnough};refresher=uas`,
    required: false,
  };
}

/** What a 2xx to our request says (section 7.2); undefined: no timer runs. */
export function negotiatedAsClient(response: SipResponse): SessionInterval | undefined {
  const agreed = parseSessionExpires(response.headers.get('Session-Expires') ?? '');
  if (agreed === undefined || agreed.seconds < SMALLEST_SESSION_SECONDS) return undefined;
  return { seconds: agreed.seconds, refresher: agreed.refresher === 'uas' ? 'them' : 'us' };
}

/** When the refresher refreshes (section 10: half of the interval), in seconds after the last refresh. */
export const refreshAfter = (interval: SessionInterval): number => interval.seconds / 2;

/** When the session is given up (section 10), in seconds after the last refresh. */
export const expiresAfter = (interval: SessionInterval): number =>
  interval.seconds - Math.min(32, Math.floor(interval.seconds / 3));
