import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddress, sipUriOf } from '../sip/message/name-address.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { type SipUri, unescapeUser } from '../sip/message/uri.ts';
import type { RegistrarLimits, Registration } from '../sip/registrar/bindings.ts';
import type { ServerTransaction } from '../sip/stack.ts';
import { numberOf } from './send-again.ts';

/* What a REGISTER says, and what is answered. */

export type Asking = Pick<ServerTransaction, 'request' | 'flow' | 'localTag'>;
type Answered = Pick<Asking, 'request' | 'localTag'>;

export function answerTo(
  { request, localTag }: Answered,
  status: number,
  headers: Headers = {},
  reason?: string,
): SipResponse {
  const response = responseTo(request, status, reason, localTag);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

export interface Claim {
  readonly address: SipUri | undefined;
  readonly user: string;
}

export function addressIn({ headers }: SipRequest, name: 'To' | 'From'): Claim {
  const address = sipUriOf(headers.get(name));
  return { address, user: unescapeUser(address?.user ?? '') };
}

/** Nobody is registered for longer than the credentials hold. */
export const shortenedTo = (seconds: number | undefined, limits: RegistrarLimits): RegistrarLimits =>
  seconds === undefined
    ? limits
    : {
        ...limits,
        minSeconds: Math.min(seconds, limits.minSeconds),
        maxSeconds: Math.min(seconds, limits.maxSeconds),
      };

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** @returns undefined when a Contact cannot be read */
export function registrationOf<W>(request: SipRequest, way: W): Registration<W> | undefined {
  const { headers } = request;
  const given = headers.all('Contact').filter((contact) => contact !== '');
  const contacts = given.filter((contact) => contact !== '*').map(parseNameAddress);
  if (contacts.some((contact) => contact === undefined)) return undefined;
  return {
    contacts: contacts.filter((contact) => contact !== undefined),
    all: given.includes('*'),
    expires: headers.get('Expires'),
    callId: headers.get('Call-ID') ?? '',
    cseq: numberOf(request),
    path: headers.all('Path'),
    way,
  };
}
