import { formatHostPort } from '../sip/message/host.ts';
import { NO_BODY, type SipResponse } from '../sip/message/message.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import { parseSipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/stack.ts';
import { flowTo } from '../sip/transport/locate.ts';
import type { SendTo } from './fork.ts';
import type { Switchboard } from './switchboard.ts';
import { overTls, type Target, telephones } from './targets.ts';
import type { CountedCall } from './trunk-limits.ts';

/** Of one call, all branches together (RFC 3261 section 8.1.3.4 leaves the number to us). */
const MOST_REDIRECTED = 5;

export type RedirectingBoard = Pick<Switchboard, 'registrar' | 'trunks' | 'protocols' | 'notAdmitted'>;

interface RedirectedCall {
  /** The URI that was called. */
  readonly called: string;
  /** A URI of the trunk that it went over; undefined: over none. */
  readonly over: string | undefined;
  /** It goes over TLS alone. */
  readonly needsTls: boolean;
  readonly sendTo: (target: Target) => SendTo;
  /** Gets what the trunks count. */
  readonly counted: CountedCall[];
}

/**
 * Where a call goes on that a far end redirects (3xx): to the Contacts of its response, each address once, by their preference. Whoever we call
 * must not send our calls wherever it likes: a telephone of ours, an address of a trunk within that trunk's limits, or the host that
 * redirects within the limits of the trunks that the call has gone over, and nobody else. What goes over TLS alone stays there.
 */
export function redirection(
  board: RedirectingBoard,
  call: RedirectedCall,
): (response: SipResponse, flow: Flow) => readonly (readonly SendTo[])[] {
  const { called, sendTo } = call;
  const seen = new Set([called]);
  const trunks = new Set(call.over === undefined ? [] : [domainOf(call.over)]);
  return (response, flow) =>
    contactsOf(response).flatMap((uri) => {
      if (seen.has(uri) || seen.size > MOST_REDIRECTED) return [];
      seen.add(uri);
      const hosts = new Set([flow.host, parseSipUri(called)?.host]);
      return targetsAt(board, uri, hosts, trunks, call).map((group) => group.map(sendTo));
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

/** @param trunks - domains of those that the call has gone over; gets the next one */
function targetsAt(
  board: RedirectingBoard,
  uri: string,
  hosts: ReadonlySet<string | undefined>,
  trunks: Set<string>,
  { needsTls, counted }: RedirectedCall,
): readonly (readonly Target[])[] {
  const allowed = needsTls ? overTls : (groups: readonly (readonly Target[])[]) => groups;
  const registered = board.registrar?.targetsOf(uri);
  // nobody is redirected to a browser: what was offered elsewhere is no WebRTC
  if (registered !== undefined) return allowed(telephones(board, registered, NO_BODY));
  const proxies = board.trunks.proxiesTo(uri);
  if (proxies === undefined && !hosts.has(parseSipUri(uri)?.host)) return [];
  const ways = allowed(
    (proxies ?? [uri]).flatMap((each) => flowTo(each, board.protocols) ?? []).map((to) => [{ to, uri, path: [] }]),
  );
  if (ways.length === 0) return [];
  // a trunk's own server is still the trunk, whatever it calls itself
  const calls = begunOver(board, proxies === undefined ? [...trunks] : [domainOf(uri)], uri);
  if (calls === undefined) return [];
  if (proxies !== undefined) trunks.add(domainOf(uri));
  counted.push(...calls);
  return ways;
}

/** Undefined: one of the trunks does not take it, and none counts it. */
function begunOver(
  board: RedirectingBoard,
  domains: readonly string[],
  dialled: string,
): readonly CountedCall[] | undefined {
  const calls: CountedCall[] = [];
  for (const domain of domains) {
    const begun = board.trunks.begin({ to: `sip:${formatHostPort(domain, undefined)}`, dialled });
    if (begun === undefined) continue;
    if (!('because' in begun)) {
      calls.push(begun);
      continue;
    }
    board.notAdmitted[begun.because]++;
    for (const call of calls) call.end();
    return undefined;
  }
  return calls;
}

const domainOf = (uri: string): string => parseSipUri(uri)?.host.toLowerCase() ?? '';
