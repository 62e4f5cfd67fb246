import { mimeParameter, mimeType, partsOf } from '../../sdp/multipart.ts';

/** What a body names its key by: Cisco's relay and most telephones; Nortel's; others. */
const NAMED = /(?:^|[\r\n;,])\s*(?:signal|event|digit|key|d)\s*[=:]\s*"?([0-9a-z*#]{1,5})"?\s*(?:$|[\r\n;,])/i;
/** The key alone, perhaps with its duration behind it. */
const BARE = /^\s*"?([0-9A-D*#]|1[0-5])"?\s*(?:$|[\r\n;,/])/i;
const BY_EVENT = '0123456789*#ABCD';
const EVENT_BYTES = 4;
const BY_NAME: Readonly<Record<string, string>> = { star: '*', hash: '#', pound: '#' };

const KEYS = new Set([
  'application/dtmf-relay',
  'application/dtmf',
  'application/vnd.nortelnetworks.digits',
  'application/telephone-event',
  'audio/telephone-event',
]);
/** Only a single key counts; anything else is ignored. */
const TEXT = new Set(['', 'text/plain']);

/** What the Accept header tells a far end that sends something else. */
export const INFO_TYPES = 'application/dtmf-relay, application/dtmf, application/telephone-event';

/**
 * The key in a SIP INFO body, in whatever way telephones write it (none of them is a standard): `Signal=5` with a duration,
 * the bare key, an event's number ('10' for '*'), the four bytes of an RTP event.
 *
 * @returns '0'-'9', '*', '#', 'A'-'D'; undefined for anything else
 */
export function infoDigit(contentType: string | undefined, body: string | undefined): string | undefined {
  const type = mimeType(contentType);
  const text = body ?? '';
  // what gateways put beside it (RFC 5621) is no key
  if (type.startsWith('multipart/'))
    return partsOf(text, mimeParameter(contentType ?? '', 'boundary') ?? '')
      ?.map((part) => (KEYS.has(part.type) ? infoDigit(part.contentType, part.content) : undefined))
      .find((digit) => digit !== undefined);
  if (TEXT.has(type)) return keyOf(BARE.exec(text)?.[1]);
  if (!KEYS.has(type)) return undefined;
  const written = NAMED.exec(text)?.[1] ?? BARE.exec(text)?.[1];
  if (written === undefined && type.endsWith('/telephone-event') && text.length === EVENT_BYTES)
    return BY_EVENT[text.charCodeAt(0)];
  return keyOf(written);
}

function keyOf(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  if (/^1[0-5]$/.test(written)) return BY_EVENT[Number(written)];
  if (/^[0-9A-D*#]$/i.test(written)) return written.toUpperCase();
  return BY_NAME[written.toLowerCase()];
}
