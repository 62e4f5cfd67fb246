import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { ackInDialog, requestInDialog } from '../sip/dialog/dialog.ts';
import { parseCSeq } from '../sip/message/cseq.ts';
import { formatSipMessage } from '../sip/message/format-message.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddress, sipUriOf } from '../sip/message/name-address.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { parseSipUri } from '../sip/message/uri.ts';
import type { ClientHandlers, ClientTransaction, Flow } from '../sip/stack.ts';
import { flowTo } from '../sip/transport/locate.ts';
import type { Application, SipCommand } from './application.ts';
import { type ApplicationRequest, typeBody } from './application-message.ts';
import { complete } from './complete-request.ts';
import { replyLine, sentRequestLine } from './control-message.ts';
import { flowOf, sendInDialog } from './end-dialog.ts';
import { flowToRegistered } from './flow-to-registered.ts';
import { sendForked, SERVERS, TELEPHONES } from './fork.ts';
import type { LiveDialog } from './live-dialog.ts';
import { responseHandlers } from './network-response.ts';
import { SUPPORTED } from './own-answer.ts';
import type { RegisteredTarget } from './registrar.ts';
import { NOTHING_TRIED } from './send-again.ts';
import { callsOf, contactFor, type Outgoing, ownPassage, type Switchboard, tell } from './switchboard.ts';

/** An application sends a request. */
export function originate(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  message: ApplicationRequest,
): void {
  const refuse = (why: string): void => {
    board.counts.refusedCommands++;
    application.send(replyLine(command.id, 'NOK', why));
  };
  if (message.method === 'CANCEL') cancel(board, application, command, refuse);
  else if (command.dialogId !== '') {
    const dialog = board.dialogs.get(command.dialogId);
    if (dialog === undefined || dialog.application !== application) refuse('unable to find dialog');
    else if (message.method === 'ACK') acknowledge(board, command, message, dialog, refuse);
    else sendInside(board, command, message, dialog, refuse);
  } else if (message.method === 'ACK')
    refuse('unable to find dialog'); // srf acknowledges failures too: the transaction has done that
  else sendOutside(board, application, command, message, refuse);
}

type Refuse = (why: string) => void;

function echo(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  sent: SipRequest,
  to: Flow,
  transactionId: string,
): void {
  const bytes = formatSipMessage(sent, 'application');
  application.send(sentRequestLine(command.id, bytes, ownPassage(board, to), board.clock.wall(), transactionId), bytes);
}

function cancel(board: Switchboard, application: Application, command: SipCommand, refuse: Refuse): void {
  const outgoing = board.outgoing.get(command.transactionId);
  if (outgoing === undefined || outgoing.application !== application) {
    refuse('transaction not found');
    return;
  }
  const { transaction } = outgoing;
  outgoing.cancelled = true;
  const sent = transaction.cancel();
  const { request, flow } = transaction;
  const headers = new SipHeaders();
  for (const name of ['Via', 'Max-Forwards', 'From', 'To', 'Call-ID']) headers.set(name, request.headers.all(name));
  headers.set('CSeq', `${parseCSeq(request.headers.get('CSeq') ?? '')?.number ?? 1} CANCEL`);
  const later: SipRequest = { kind: 'request', method: 'CANCEL', uri: request.uri, headers, body: new Uint8Array(0) };
  echo(board, application, command, sent?.request ?? later, flow, randomUUID());
}

function acknowledge(
  board: Switchboard,
  command: SipCommand,
  message: ApplicationRequest,
  dialog: LiveDialog,
  refuse: Refuse,
): void {
  const number = dialog.toAcknowledge;
  if (number === undefined) {
    refuse('no response to acknowledge');
    return;
  }
  dialog.toAcknowledge = undefined;
  const content = contentOf(message);
  const ack = ackInDialog(dialog.state, number, content);
  if (message.body.byteLength > 0) dialog.localSdp = message.body;
  const to = flowOf(board, dialog);
  if (to === undefined) {
    refuse('unable to reach the far end');
    return;
  }
  const sent = board.stack.sendOnce(ack, to);
  dialog.acks.clear(); // an older INVITE's 2xx cannot come any more
  dialog.acks.set(number, { request: sent, to });
  echo(board, dialog.application, command, sent, to, randomUUID());
}

function contentOf(message: ApplicationRequest): { headers: [string, string][]; body: Uint8Array } {
  const headers = message.headers.clone();
  typeBody(headers, message.body);
  return { headers: [...headers.entries()], body: message.body };
}

/** Its RAck is of the INVITE as the far end has it, which may have been sent again with credentials (RFC 3262 section 7.2). */
function nameInvite(headers: [string, string][], inviteCSeq: number): void {
  const at = headers.findIndex(([name]) => name.toLowerCase() === 'rack');
  const rseq = headers[at]?.[1].trim().split(/\s+/)[0];
  if (rseq !== undefined) headers[at] = ['RAck', `${rseq} ${inviteCSeq} INVITE`];
}

function sendInside(
  board: Switchboard,
  command: SipCommand,
  message: ApplicationRequest,
  dialog: LiveDialog,
  refuse: Refuse,
): void {
  const { method } = message;
  const offers = method === 'INVITE';
  if (offers && (dialog.inviteBy !== undefined || dialog.state.state === 'early')) {
    refuse('another INVITE is pending');
    return;
  }
  if (method === 'BYE' && dialog.awaitingAck.size > 0) {
    // section 15: not before the ACK of our 2xx came, or will not come any more
    dialog.whenAcked.push(() => sendInside(board, command, message, dialog, refuse));
    return;
  }
  const { headers, body } = contentOf(message);
  if (offers && !headers.some(([name]) => name === 'Contact')) headers.push(['Contact', dialog.contact]);
  if (method === 'PRACK' && dialog.inviteCSeq !== undefined) nameInvite(headers, dialog.inviteCSeq);
  if (offers || method === 'UPDATE') headers.push(['Supported', SUPPORTED]);
  const { dialog: state, request } = requestInDialog(dialog.state, method, { headers, body });
  dialog.state = state;
  if (offers) {
    dialog.inviteBy = 'us';
    if (body.byteLength > 0) dialog.localSdp = body;
  }
  if (method === 'BYE') board.dialogs.delete(dialog);
  const to = flowOf(board, dialog);
  if (to === undefined) {
    if (offers) dialog.inviteBy = undefined;
    refuse('unable to reach the far end');
  } else send(board, dialog.application, command, request, to, dialog);
}

function send(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  request: SipRequest,
  to: Flow,
  dialog: LiveDialog | undefined,
  by: (handlers: ClientHandlers) => ClientTransaction = (handlers) => board.stack.sendRequest(request, to, handlers),
): void {
  const id = randomUUID();
  const handlers = responseHandlers({ board, application, id, request, to, within: dialog, tried: NOTHING_TRIED });
  const transaction = dialog === undefined ? by(handlers) : sendInDialog(board, dialog, request, to, handlers);
  const outgoing: Outgoing = { id, application, transaction, dialog, cancelled: false };
  board.outgoing.set(id, outgoing);
  echo(board, application, command, transaction.request, to, id);
}

function sendOutside(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  message: ApplicationRequest,
  refuse: Refuse,
): void {
  if (board.outgoing.size >= board.limits.outgoing) return refuse('too many requests');
  if (message.method === 'INVITE' && callsOf(board) >= board.limits.calls) return refuse('too many calls');
  const target = parseSipUri(message.uri);
  if (target === undefined) return refuse('invalid request-uri');
  const registered = message.method === 'INVITE' ? board.registrar?.targetsOf(message.uri) : undefined;
  if (registered !== undefined) return sendToRegistered(board, application, command, message, registered, refuse);
  const route = message.headers.get('Route');
  const hop = command.proxy !== '' ? command.proxy : route !== undefined ? route : message.uri;
  // without brackets the URI's parameters would be read as the header's
  const next = (hop.includes('<') ? parseNameAddress(hop)?.uri : undefined) ?? hop;
  const proxies = board.trunks.proxiesTo(next);
  const direct = proxies === undefined ? flowTo(next, board.protocols) : undefined;
  if (direct !== undefined && isIP(direct.host) !== 0)
    return sendTo(board, application, command, message, [direct], refuse);
  // names take a moment, and may have several servers
  void waysOf(board, proxies ?? [next]).then((ways) => {
    if (application.connected) sendTo(board, application, command, message, ways, refuse);
  });
}

/** Where those URIs lead (RFC 3263), in their order. Never rejects. */
const waysOf = async (board: Switchboard, uris: readonly string[]): Promise<readonly Flow[]> =>
  (await Promise.all(uris.map((uri) => board.stack.locate(uri)))).flat();

/** To the first of these ways that serves. */
function sendTo(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  message: ApplicationRequest,
  ways: readonly Flow[],
  refuse: Refuse,
): void {
  const [to, ...others] = ways;
  if (to === undefined) return refuse('unable to reach the far end');
  const request = complete(board, message, to);
  if (request === undefined) return refuse('malformed request');
  const sends = ways.map((way) => [(handlers: ClientHandlers) => board.stack.sendRequest(request, way, handlers)]);
  send(board, application, command, request, to, undefined, (handlers) =>
    others.length === 0
      ? board.stack.sendRequest(request, to, handlers)
      : sendForked(sends, SERVERS, handlers, board.clock),
  );
}

/** A call to an address of our registrar: to every telephone that is registered there, by its preference. */
function sendToRegistered(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  message: ApplicationRequest,
  registered: readonly (readonly RegisteredTarget[])[],
  refuse: Refuse,
): void {
  const groups = registered
    .map((group) =>
      group.flatMap((target) => {
        const to = flowToRegistered(target, board.protocols);
        return to === undefined ? [] : [{ ...target, to }];
      }),
    )
    .filter((group) => group.length > 0);
  const to = groups[0]?.[0]?.to ?? NOWHERE;
  const request = complete(board, message, to);
  if (request === undefined) return refuse('malformed request');
  if (to === NOWHERE) {
    const id = randomUUID();
    echo(board, application, command, request, to, id);
    return tell(board, application, responseTo(request, 480), to, id, '');
  }
  const sends = groups.map((group) =>
    group.map((target) => {
      const headers = request.headers.clone();
      if (target.path.length > 0) headers.set('Route', target.path);
      headers.set('Contact', contactFor(board.stack, target.to, target.uri, contactUser(request)));
      const one: SipRequest = { ...request, uri: target.uri, headers };
      return (handlers: ClientHandlers) => board.stack.sendRequest(one, target.to, handlers);
    }),
  );
  send(board, application, command, request, to, undefined, (handlers) =>
    sendForked(sends, TELEPHONES, handlers, board.clock),
  );
}

const NOWHERE: Flow = { protocol: 'UDP', host: '127.0.0.1', port: 0 };

const contactUser = ({ headers }: SipRequest): string => sipUriOf(headers.get('Contact'))?.user ?? '';
