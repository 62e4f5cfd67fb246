import { type BodyPart, mimeParameter, mimeType, partsOf } from './multipart.ts';

/** What we can read: for the Accept of a 415. */
export const ACCEPTED_BODIES = 'application/sdp, multipart/mixed, multipart/alternative, multipart/related';

export type SessionBody =
  /** '' when the message describes no session. */
  | { readonly outcome: 'taken'; readonly sdp: string }
  /** A part that the sender insists on and that we cannot read, or a multipart body without its boundary: 415. */
  | { readonly outcome: 'unsupported'; readonly type: string };

const MOST_DEPTH = 4;
/** Nobody encodes within SIP, which is clean for eight bits (RFC 5621 section 4). */
const PLAIN_ENCODINGS: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary']);

/**
 * The session description of a message's body (RFC 3261 section 20.11, RFC 5621): the body itself, or that part of a
 * multipart body. Parts beside it (ISUP, a caller's location) are passed over unless they say `handling=required`.
 *
 * @param body - however its bytes were read: what counts here is ASCII
 */
export function sessionBodyOf(
  contentType: string | undefined,
  disposition: string | undefined,
  body: string,
): SessionBody {
  if (body === '') return { outcome: 'taken', sdp: '' };
  const type = mimeType(contentType);
  const whole: BodyPart = {
    type,
    contentType: contentType ?? '',
    disposition,
    transferEncoding: undefined,
    content: body,
  };
  // of a whole body the default is `required` (RFC 3261 section 20.11): what it asks for cannot be guessed
  const found = read(whole, 'required', 0);
  return found.outcome === 'passed over' ? { outcome: 'taken', sdp: '' } : found;
}

type Found = SessionBody | { readonly outcome: 'passed over' };

const PASSED_OVER: Found = { outcome: 'passed over' };

function read(part: BodyPart, byDefault: 'required' | 'optional', depth: number): Found {
  const { type, contentType, content } = part;
  if (type === 'application/sdp' && isSession(part)) return { outcome: 'taken', sdp: content };
  if (type.startsWith('multipart/') && depth < MOST_DEPTH) {
    const parts = partsOf(content, mimeParameter(contentType, 'boundary') ?? '');
    if (parts !== undefined) return readAll(type, parts, depth + 1);
  }
  if (type === 'application/sdp' && mimeType(part.disposition) === 'early-session') return PASSED_OVER;
  const handling = mimeParameter(part.disposition ?? '', 'handling')?.toLowerCase() ?? byDefault;
  return handling === 'required' ? { outcome: 'unsupported', type } : PASSED_OVER;
}

function readAll(type: string, parts: readonly BodyPart[], depth: number): Found {
  const found = parts.map((part) => read(part, 'optional', depth));
  // the last alternative is the richest (RFC 2046 section 5.1.4); what we cannot read of the others does not matter
  if (type === 'multipart/alternative') return found.findLast(({ outcome }) => outcome === 'taken') ?? PASSED_OVER;
  return (
    found.find(({ outcome }) => outcome === 'unsupported') ??
    found.find(({ outcome }) => outcome === 'taken') ??
    PASSED_OVER
  );
}

/** `early-session` (RFC 3959) and whatever else is not the session of this dialog. */
function isSession({ disposition, transferEncoding }: BodyPart): boolean {
  const kind = mimeType(disposition);
  const plain = transferEncoding === undefined || PLAIN_ENCODINGS.has(transferEncoding);
  return plain && (kind === '' || kind === 'session' || kind === 'render');
}

/** The same of a body whose headers are not at hand: what begins with a delimiter is multipart. '' when there is none. */
export function sessionIn(body: string): string {
  const boundary = /^\s*--([^\r\n]{1,70}?)[ \t]*\r?\n/.exec(body)?.[1];
  if (boundary === undefined) return body;
  const found = sessionBodyOf(`multipart/mixed;boundary="${boundary.replace(/["\\]/g, '\\$&')}"`, undefined, body);
  return found.outcome === 'taken' ? found.sdp : '';
}
