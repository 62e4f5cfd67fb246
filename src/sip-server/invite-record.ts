import { refusal, retryAfterHeader } from '../domain/admission.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import { NO_BODY, type SipResponse } from '../sip/message/message.ts';
import { reasonPhrase } from '../sip/message/reason-phrase.ts';
import { responseTo } from '../sip/message/response-to.ts';
import type { Flow, ServerTransaction } from '../sip/stack.ts';
import { addressOf, isFlow, isText, nameless } from './dialog-record.ts';

/* An INVITE without a final response, as the ledger keeps it: a caller who was told 100 or 180 repeats it no more, and waits. */

/** The final response of a later run: 503 with Retry-After (RFC 3261 section 21.5.4), and where it goes. */
export interface LeftInvite {
  readonly response: SipResponse;
  readonly replyTo: Flow;
}

interface InviteRecord {
  /** Header fields of the response; no display names. */
  readonly invite: readonly (readonly [name: string, value: string])[];
  readonly replyTo: Flow;
}

const STATUS = 503;

export function inviteRecord({ request, replyTo, localTag }: ServerTransaction): string {
  const { headers } = responseTo(request, STATUS, undefined, localTag);
  const invite = headers
    .names()
    .flatMap((name) => headers.all(name).map((value) => [name, named(name, value)] as const));
  const record: InviteRecord = { invite, replyTo: addressOf(replyTo) };
  return JSON.stringify(record);
}

const named = (name: string, value: string): string => (name === 'From' || name === 'To' ? nameless(value) : value);

/** @returns undefined when the text is not a record of an INVITE */
export function readInviteRecord(text: string): LeftInvite | undefined {
  let record: Partial<InviteRecord> | null;
  try {
    record = JSON.parse(text) as Partial<InviteRecord> | null;
  } catch {
    return undefined;
  }
  const { invite, replyTo } = record ?? {};
  if (!isFlow(replyTo) || !Array.isArray(invite) || !invite.every(isField)) return undefined;
  const headers = new SipHeaders(invite);
  for (const [name, value] of Object.entries(retryAfterHeader(refusal('not-ready')))) headers.set(name, value);
  return {
    response: { kind: 'response', status: STATUS, reason: reasonPhrase(STATUS), headers, body: NO_BODY },
    replyTo,
  };
}

const isField = (field: unknown): field is readonly [string, string] =>
  Array.isArray(field) && field.length === 2 && field.every(isText) && FIELDS.has(String(field[0]));

/** What a response repeats of its request (section 8.2.6.2). */
const FIELDS: ReadonlySet<string> = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq']);
