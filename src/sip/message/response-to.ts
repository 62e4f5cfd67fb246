import { SipHeaders } from './headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from './message.ts';
import { parseNameAddress, tagOf } from './name-address.ts';
import { reasonPhrase } from './reason-phrase.ts';
import { newTag } from './tag.ts';

const FAILURE = ['Via', 'From', 'To', 'Call-ID', 'CSeq'];
const MAY_BEGIN_DIALOG = [...FAILURE, 'Record-Route'];
const TRYING = [...FAILURE, 'Timestamp'];

/**
 * A response without a body (RFC 3261 section 8.2.6): Via, From, To, Call-ID and CSeq as in the request; Record-Route
 * where it may begin a dialog (section 12.1.1); Timestamp in a 100.
 *
 * @param localTag - put on To when that has none; a fresh tag when left out. A 100 gets none.
 */
export function responseTo(request: SipRequest, status: number, reason?: string, localTag?: string): SipResponse {
  const headers = new SipHeaders();
  if (status === 100) headers.copyFrom(request.headers, TRYING);
  else headers.copyFrom(request.headers, status < 300 ? MAY_BEGIN_DIALOG : FAILURE);
  const to = headers.get('To');
  if (status > 100 && to !== undefined && !isTagged(to)) headers.set('To', `${to};tag=${localTag ?? newTag()}`);
  return { kind: 'response', status, reason: reason ?? reasonPhrase(status), headers, body: NO_BODY };
}

/** A To too malformed to be parsed may hold a tag all the same. */
function isTagged(to: string): boolean {
  const address = parseNameAddress(to);
  return address === undefined ? /;[ \t]*tag[ \t]*=/i.test(to) : tagOf(address) !== undefined;
}
