import { NO_BODY, type SipResponse } from '../sip/message/message.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import { parseSipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/stack.ts';
import { flowTo } from '../sip/transport/locate.ts';
import type { SendTo } from './fork.ts';
import type { Switchboard } from './switchboard.ts';
import { type Target, telephones } from './targets.ts';
import type { CountedCall } from './trunk-limits.ts';

/** Of one call, all branches together (RFC 3261 section 8.1.3.4 leaves the number to us). */
const MOST_REDIRECTED = 5;

/**
 * Where a call goes on that a far end redirects (3xx): to the Contacts of its response, each address once, by their preference. Whoever we call
 * must not send our calls wherever it likes: a telephone of ours, an address of a trunk within that trunk's limits, or the host that
 * redirects, and nobody else.
 *
 * @param called - the URI that was called
 * @param counted - gets what the trunks count
 */
export function redirection(
  board: Switchboard,
  called: string,
  sendTo: (target: Target) => SendTo,
  counted: CountedCall[],
): (response: SipResponse, flow: Flow) => readonly (readonly SendTo[])[] {
  const seen = new Set([called]);
  return (response, flow) =>
    contactsOf(response).flatMap((uri) => {
      if (seen.has(uri) || seen.size > MOST_REDIRECTED) return [];
      seen.add(uri);
      return targetsAt(board, uri, new Set([flow.host, parseSipUri(called)?.host]), counted).map((group) =>
        group.map(sendTo),
      );
    });
}

/** SIP URIs, the most wanted first. */
const contactsOf = ({ headers }: SipResponse): readonly string[] =>
  headers
    .all('Contact')
    .flatMap((value) => {
      const address = parseNameAddress(value);
      if (address === undefined || parseSipUri(address.uri) === undefined) return [];
      const q = Number(address.parameters.get('q') ?? '1');
      return [{ uri: address.uri, q: q >= 0 && q <= 1 ? q : 1 }];
    })
    .toSorted((a, b) => b.q - a.q)
    .map(({ uri }) => uri);

function targetsAt(
  board: Switchboard,
  uri: string,
  hosts: ReadonlySet<string | undefined>,
  counted: CountedCall[],
): readonly (readonly Target[])[] {
  const registered = board.registrar?.targetsOf(uri);
  // nobody is redirected to a browser: what was offered elsewhere is no WebRTC
  if (registered !== undefined) return telephones(board, registered, NO_BODY);
  const proxies = board.trunks.proxiesTo(uri);
  if (proxies === undefined && !hosts.has(parseSipUri(uri)?.host)) return [];
  const ways = (proxies ?? [uri]).flatMap((each) => flowTo(each, board.protocols) ?? []);
  if (ways.length === 0) return [];
  const begun = board.trunks.begin({ to: uri, dialled: uri });
  if (begun !== undefined && 'because' in begun) {
    board.notAdmitted[begun.because]++;
    return [];
  }
  if (begun !== undefined) counted.push(begun);
  return ways.map((to) => [{ to, uri, path: [] }]);
}
