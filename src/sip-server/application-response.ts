import { randomInt } from 'node:crypto';
import { dialogOfServer } from '../sip/dialog/dialog.ts';
import { negotiateAsServer } from '../sip/dialog/dialog-session-timer.ts';
import { parseCSeq } from '../sip/message/cseq.ts';
import { formatSipMessage } from '../sip/message/format-message.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { tagOfHeader } from '../sip/message/name-address.ts';
import { reasonPhrase } from '../sip/message/reason-phrase.ts';
import { responseTo } from '../sip/message/response-to.ts';
import type { Flow, ServerTransaction } from '../sip/stack.ts';
import type { Application, SipCommand } from './application.ts';
import { type ApplicationResponse, typeBody } from './application-message.ts';
import { replyLine, sentResponseLine } from './control-message.ts';
import { forget, release } from './from-network.ts';
import { dialogId, type LiveDialog, liveDialog } from './live-dialog.ts';
import { ALLOW, SUPPORTED } from './own-answer.ts';
import { ReliableProvisional } from './reliable-provisional.ts';
import { watchSession } from './session-watch.ts';
import { contactFor, type Incoming, passageOf, type Switchboard } from './switchboard.ts';
import { wayBack } from './way-back.ts';

/** What the transaction and the dialog say, whatever the application wrote. */
const SETTLED = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Record-Route', 'Route', 'Contact', 'RSeq']);

/** An application answers a request from the network. */
export function respond(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  message: ApplicationResponse,
): void {
  const incoming = board.incoming.get(command.transactionId);
  if (incoming === undefined || incoming.application !== application) {
    board.counts.refusedCommands++;
    application.send(replyLine(command.id, 'NOK', 'Response not sent due to unknown transaction'));
    return;
  }
  const { transaction } = incoming;
  const response = build(board, incoming, message);
  const isInvite = transaction.request.method === 'INVITE';
  if (isInvite && message.status > 100 && message.status < 200 && wantsReliability(transaction.request, response)) {
    reliably(board, incoming, response);
  } else if (!transaction.respond(response)) {
    board.counts.refusedCommands++;
    application.send(replyLine(command.id, 'NOK', 'Response not sent due to unknown transaction'));
    return;
  }
  if (isInvite && message.status > 100 && message.status < 300) adopt(board, incoming, response);
  if (message.status >= 200) concludeIncoming(board, incoming, message.status);
  const bytes = formatSipMessage(response, 'application');
  const bye = transaction.request.method === 'BYE' || (isInvite && message.status >= 300 && !inDialog(transaction));
  const name = bye ? '' : (incoming.dialog?.id ?? '');
  const line = sentResponseLine(command.id, bytes, passageOf(transaction.flow), board.clock.wall(), incoming.id, name);
  application.send(line, bytes);
}

const inDialog = (transaction: ServerTransaction): boolean =>
  tagOfHeader(transaction.request.headers.get('To')) !== undefined;

function build(board: Switchboard, incoming: Incoming, message: ApplicationResponse): SipResponse {
  const { request, flow, localTag } = incoming.transaction;
  const { status } = message;
  const reason = message.reason === '' ? reasonPhrase(status) : message.reason.replace(/\p{Cc}/gu, ' ');
  const base = responseTo(request, status, reason, localTag);
  const { headers } = base;
  for (const [name, value] of message.headers.entries()) if (!SETTLED.has(name)) headers.append(name, value);
  typeBody(headers, message.body);
  const refreshesTarget = request.method === 'INVITE' || request.method === 'UPDATE' || request.method === 'REFER';
  if (refreshesTarget && status > 100 && status < 300)
    headers.set('Contact', contactOf(board, incoming, message, flow));
  if (request.method === 'INVITE' && status >= 200 && status < 300) {
    if (!headers.has('Allow')) headers.set('Allow', ALLOW);
    if (!headers.has('Supported')) headers.set('Supported', SUPPORTED);
  }
  if (takesSession(request, status)) {
    const negotiated = negotiateAsServer(request, board.sessionSeconds);
    if (negotiated.outcome === 'agreed') headers.set('Session-Expires', negotiated.header);
    if (negotiated.outcome === 'agreed' && negotiated.required) headers.set('Require', 'timer');
  }
  return { ...base, body: message.body };
}

const takesSession = (request: SipRequest, status: number): boolean =>
  (request.method === 'INVITE' || request.method === 'UPDATE') && status >= 200 && status < 300;

/** The dialog's own Contact; an application's where it names an address that is not merely srf's placeholder. */
function contactOf(board: Switchboard, incoming: Incoming, message: ApplicationResponse, flow: Flow): string {
  const given = message.headers.get('Contact');
  if (given !== undefined && !/localhost|0\.0\.0\.0/.test(given)) return given;
  return incoming.dialog?.contact ?? contactFor(board.stack, flow, incoming.transaction.request.uri);
}

const offersReliability = (request: SipRequest, header: string): boolean =>
  request.headers.all(header).some((option) => option.toLowerCase() === '100rel');

/** Reliable when the caller requires it, or supports it and the application asked for it (RFC 3262 section 3). */
function wantsReliability(invite: SipRequest, response: SipResponse): boolean {
  if (offersReliability(invite, 'Require')) return true;
  const asked = response.headers.all('Require').some((option) => option.toLowerCase() === '100rel');
  if (asked && offersReliability(invite, 'Supported')) return true;
  if (asked) response.headers.delete('Require');
  return false;
}

function reliably(board: Switchboard, incoming: Incoming, response: SipResponse): void {
  const { transaction } = incoming;
  const dialog = adopt(board, incoming, response);
  if (dialog === undefined) return;
  dialog.reliable ??= new ReliableProvisional(
    board.clock,
    (provisional) => transaction.respond(provisional),
    () => {
      transaction.respond(responseTo(transaction.request, 504, undefined, transaction.localTag));
      forget(board, incoming);
      board.dialogs.delete(dialog);
    },
  );
  dialog.reliable.send(response);
}

/** The dialog that the response begins or confirms. */
function adopt(board: Switchboard, incoming: Incoming, response: SipResponse): LiveDialog | undefined {
  const { transaction, application } = incoming;
  const { request, flow } = transaction;
  let { dialog } = incoming;
  if (dialog === undefined) {
    const state = dialogOfServer(request, response, randomInt(1, 2 ** 20));
    if (state === undefined) return undefined;
    dialog = liveDialog({
      id: dialogId(state.callId, state.remoteTag),
      application,
      contact: response.headers.get('Contact') ?? contactFor(board.stack, flow, request.uri),
      state,
      flow: wayBack(request, flow),
      origin: flow,
    });
    dialog.inviteBy = 'them';
    if (incoming.counted !== undefined) dialog.counted = [incoming.counted];
    incoming.counted = undefined;
    incoming.dialog = dialog;
    board.dialogs.add(dialog);
  }
  dialog.peerTakesUpdate = request.headers.all('Allow').includes('UPDATE');
  if (response.body.byteLength > 0) dialog.localSdp = response.body;
  return dialog;
}

function concludeIncoming(board: Switchboard, incoming: Incoming, status: number): void {
  const { transaction, dialog } = incoming;
  const { request } = transaction;
  const accepted = request.method === 'INVITE' && status < 300 && dialog !== undefined;
  (accepted ? release : forget)(board, incoming);
  if (dialog === undefined) return;
  if (request.method === 'INVITE') {
    dialog.reliable?.stop();
    dialog.inviteBy = undefined;
    if (status >= 300 && dialog.state.state === 'early') board.dialogs.delete(dialog);
    if (status < 300) {
      if (dialog.state.state === 'early') board.counts.answered++;
      else if (!inDialog(transaction)) board.counts.answered++;
      dialog.state = { ...dialog.state, state: 'confirmed' };
      const number = parseCSeq(request.headers.get('CSeq') ?? '')?.number;
      if (number !== undefined) dialog.awaitingAck.set(number, transaction);
      // its caller has an answer: it would wait in silence, acknowledged or not
      board.dialogs.note(dialog);
    }
  }
  if (!takesSession(request, status)) return;
  const negotiated = negotiateAsServer(request, board.sessionSeconds);
  if (negotiated.outcome === 'agreed') watchSession(board, dialog, negotiated.interval);
}
