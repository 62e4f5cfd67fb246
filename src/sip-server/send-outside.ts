import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { type Refusal, retryAfterHeader, statusOf } from '../domain/admission.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { parseSipUri } from '../sip/message/uri.ts';
import type { ClientHandlers, Flow } from '../sip/stack.ts';
import { flowTo } from '../sip/transport/locate.ts';
import type { Application, SipCommand } from './application.ts';
import type { ApplicationRequest } from './application-message.ts';
import { complete, type CompleteRequest } from './complete-request.ts';
import { type ForkPolicy, type SendTo, sendForked, SERVERS, TELEPHONES } from './fork.ts';
import { sendMended } from './mended-transaction.ts';
import { redirection } from './redirection.ts';
import { echo, type Refuse, send } from './send-request.ts';
import { callsOf, type Switchboard, tell } from './switchboard.ts';
import { needsTls, overTls, type Target, telephones } from './targets.ts';
import type { CountedCall } from './trunk-limits.ts';

interface Outside {
  readonly board: Switchboard;
  readonly application: Application;
  readonly command: SipCommand;
  readonly message: ApplicationRequest;
  readonly refuse: Refuse;
}

/** An application sends a request outside a dialog: to a telephone of ours, over a trunk, or to where its URI leads. */
export function sendOutside(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  message: ApplicationRequest,
  refuse: Refuse,
): void {
  const outside: Outside = { board, application, command, message, refuse };
  if (board.outgoing.size >= board.limits.outgoing) return refuse('too many requests');
  const isCall = message.method === 'INVITE';
  if (isCall && callsOf(board) >= board.limits.calls) return refuse('too many calls');
  if (parseSipUri(message.uri) === undefined) return refuse('invalid request-uri');
  const registered = isCall ? board.registrar?.targetsOf(message.uri) : undefined;
  if (registered !== undefined) return sendTo(outside, telephones(board, registered, message.body), TELEPHONES);
  const route = message.headers.get('Route');
  const hop = command.proxy !== '' ? command.proxy : route !== undefined ? route : message.uri;
  // without brackets the URI's parameters would be read as the header's
  const next = (hop.includes('<') ? parseNameAddress(hop)?.uri : undefined) ?? hop;
  const proxies = board.trunks.proxiesTo(next);
  const at = (flows: readonly Flow[]): readonly (readonly Target[])[] =>
    flows.map((to) => [{ to, uri: message.uri, path: [] }]);
  const direct = proxies === undefined ? flowTo(next, board.protocols) : undefined;
  if (direct !== undefined && isIP(direct.host) !== 0) return sendTo(outside, at([direct]), SERVERS);
  const begun = isCall ? board.trunks.begin({ to: next, dialled: message.uri }) : undefined;
  if (begun !== undefined && 'because' in begun) return answerInPlace(outside, begun);
  const counted = begun === undefined ? [] : [begun];
  // names take a moment, and may have several servers
  void waysOf(board, proxies ?? [next]).then((ways) => {
    if (application.connected)
      return sendTo(outside, at(ways), SERVERS, { over: proxies === undefined ? undefined : next, counted });
    for (const call of counted) call.end();
  });
}

/** Where those URIs lead (RFC 3263), in their order. Never rejects. */
const waysOf = async (board: Switchboard, uris: readonly string[]): Promise<readonly Flow[]> =>
  (await Promise.all(uris.map((uri) => board.stack.locate(uri)))).flat();

interface OverTrunk {
  /** A URI of the trunk that it goes over; undefined: over none. */
  readonly over: string | undefined;
  readonly counted: readonly CountedCall[];
}

function sendTo(
  outside: Outside,
  all: readonly (readonly Target[])[],
  policy: ForkPolicy,
  trunk: OverTrunk = { over: undefined, counted: [] },
): void {
  const { board, application, command, message, refuse } = outside;
  const counted = [...trunk.counted];
  const secret = needsTls(message, board.keysInTheClear);
  const groups = secret ? overTls(all) : all;
  const fail = (tellWhy: () => void): void => {
    for (const call of counted) call.end();
    tellWhy();
  };
  const to = groups[0]?.[0]?.to;
  if (to === undefined && policy === TELEPHONES) return fail(() => answerInPlace(outside, 480));
  if (to === undefined) return fail(() => refuse('unable to reach the far end'));
  const completed = complete(board, message, to);
  if (completed === undefined) return fail(() => refuse('malformed request'));
  const { request, contactTo } = completed;
  const sends = groups.map((group) => group.map((target) => sending(board, completed, target)));
  const redirect =
    message.method !== 'INVITE'
      ? undefined
      : redirection(board, {
          called: request.uri,
          over: trunk.over,
          needsTls: secret,
          sendTo: (target) => sending(board, completed, target),
          counted,
        });
  send(
    board,
    application,
    command,
    { request, to, contactTo: (way) => contactTo(way, request.uri), counted },
    (handlers) => sendForked(sends, redirect === undefined ? policy : { ...policy, redirect }, handlers, board.clock),
  );
}

/** Each way has a Contact of its own: what is reached by TCP reaches us by TCP. */
function sending(board: Switchboard, { request, contactTo }: CompleteRequest, { to, uri, path }: Target): SendTo {
  const headers = request.headers.clone().set('Contact', contactTo(to, uri));
  if (path.length > 0) headers.set('Route', path);
  const one: SipRequest = { ...request, uri, headers };
  return (handlers: ClientHandlers) => sendMended(board, one, to, handlers);
}

const NOWHERE: Flow = { protocol: 'UDP', host: '127.0.0.1', port: 0 };

/** The answer to what is not sent at all. */
function answerInPlace({ board, application, command, message, refuse }: Outside, why: 480 | Refusal): void {
  const completed = complete(board, message, NOWHERE);
  if (completed === undefined) return refuse('malformed request');
  const id = randomUUID();
  echo(board, application, command, completed.request, NOWHERE, id);
  const response = responseTo(completed.request, why === 480 ? 480 : statusOf(why));
  if (why !== 480) {
    board.notAdmitted[why.because]++;
    if (response.status === 503) response.headers.set('Retry-After', retryAfterHeader(why)['Retry-After']);
  }
  tell(board, application, response, NOWHERE, id, '');
}
