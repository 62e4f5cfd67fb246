import { randomInt, randomUUID } from 'node:crypto';
import { admit, type Refusal, refusal, retryAfterHeader } from '../domain/admission.ts';
import { admitRequest } from '../sip/dialog/dialog.ts';
import { parseCSeq } from '../sip/message/cseq.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { tagOfHeader } from '../sip/message/name-address.ts';
import { isEncrypted, isWebSocket } from '../sip/message/protocol.ts';
import { responseTo } from '../sip/message/response-to.ts';
import type { Flow, ServerTransaction } from '../sip/stack.ts';
import type { Application } from './application.ts';
import { endDialog } from './end-dialog.ts';
import { dialogId, type LiveDialog } from './live-dialog.ts';
import { badSession, ownAnswer } from './own-answer.ts';
import type { CountedCall } from './trunk-limits.ts';
import type { Registrar } from './registrar.ts';
import { callsOf, type Incoming, type Switchboard, tell } from './switchboard.ts';

type Extra = Readonly<Record<string, string>>;

const reply = (transaction: ServerTransaction, status: number, extra: Extra = {}): SipResponse => {
  const response = responseTo(transaction.request, status, undefined, transaction.localTag);
  for (const [name, value] of Object.entries(extra)) response.headers.set(name, value);
  return response;
};

/** A new request from the network: answered by us, or given to the application that its dialog or its method belongs to. */
export function onRequest(board: Switchboard, transaction: ServerTransaction): void {
  const { request } = transaction;
  const own = ownAnswer(request, {
    localTag: transaction.localTag,
    maxBody: board.limits.body,
    wanted: (method) =>
      (method === 'REGISTER' && board.registrar?.serves(transaction.flow) === true) ||
      [...board.applications()].some(({ routes }) => routes.has(method)),
    admission: board.admission(),
  });
  if (own !== undefined) transaction.respond(own);
  else if (request.method === 'REGISTER' && board.registrar !== undefined)
    onRegister(board, board.registrar, transaction);
  else if (tagOfHeader(request.headers.get('To')) === undefined) outsideDialog(board, transaction);
  else insideDialog(board, transaction);
}

function onRegister(board: Switchboard, registrar: Registrar, transaction: ServerTransaction): void {
  const response = registrar.answer(transaction);
  if (response.status === 200) board.stack.prove(transaction.flow);
  transaction.respond(response);
}

/** Pages of anybody open WebSockets: over those nobody calls without having shown who it is. */
function refusalOfBrowser(board: Switchboard, transaction: ServerTransaction): SipResponse | undefined {
  if (!isWebSocket(transaction.flow.protocol)) return undefined;
  if (board.registrar === undefined) return reply(transaction, 403);
  const refused = board.registrar.refusalOf(transaction);
  if (refused === undefined) board.stack.prove(transaction.flow);
  return refused;
}

function outsideDialog(board: Switchboard, transaction: ServerTransaction): void {
  const { request } = transaction;
  const refused = refusalOfBrowser(board, transaction);
  if (refused !== undefined) {
    transaction.respond(refused);
    return;
  }
  const application = nextApplication(board, request.method);
  if (application === undefined) {
    notNow(board, transaction, refusal('not-ready'));
    return;
  }
  if (request.method === 'INVITE') {
    const admission = admit({ calls: { live: callsOf(board), most: board.limits.calls } });
    if (!admission.take) {
      notNow(board, transaction, admission);
      return;
    }
    // our own INVITE has come back to us: both ends of it would be one dialog to an application
    if (isOurs(board, request) || isCallIdPending(board, request)) {
      transaction.respond(reply(transaction, 482));
      return;
    }
    const counted = board.trunks.begin({ from: transaction.flow.host });
    if (counted !== undefined && 'because' in counted) return notNow(board, transaction, counted);
    board.counts.offered++;
    board.ladders.keep(request.headers.get('Call-ID') ?? '');
    return passOn(board, transaction, application, undefined, counted);
  }
  passOn(board, transaction, application, undefined);
}

function notNow(board: Switchboard, transaction: ServerTransaction, refused: Refusal): void {
  if (transaction.request.method === 'INVITE') board.notAdmitted[refused.because]++;
  transaction.respond(reply(transaction, 503, retryAfterHeader(refused)));
}

function isOurs(board: Switchboard, request: SipRequest): boolean {
  const name = dialogOf(request);
  if (board.dialogs.get(name) !== undefined) return true;
  for (const { transaction } of board.outgoing.values())
    if (transaction.request.method === 'INVITE' && dialogOf(transaction.request) === name) return true;
  return false;
}

/** The name of the dialog that a request of its caller is in, or begins. */
export const dialogOf = (request: SipRequest): string =>
  dialogId(request.headers.get('Call-ID') ?? '', tagOfHeader(request.headers.get('From')) ?? '');

/** srf knows pending INVITEs by Call-ID alone: of two, the CANCEL of one would reach the other. */
function isCallIdPending(board: Switchboard, request: SipRequest): boolean {
  const callId = request.headers.get('Call-ID');
  for (const { transaction } of board.incoming.values())
    if (transaction.request.method === 'INVITE' && transaction.request.headers.get('Call-ID') === callId) return true;
  return false;
}

function nextApplication(board: Switchboard, method: string): Application | undefined {
  const able = [...board.applications()].filter(({ routes }) => routes.has(method));
  const next = able.find(({ id }) => id > board.lastServed) ?? able[0];
  if (next !== undefined) board.lastServed = next.id;
  return next;
}

function insideDialog(board: Switchboard, transaction: ServerTransaction): void {
  const { request } = transaction;
  const dialog = board.dialogs.find(request);
  if (dialog === undefined) {
    transaction.respond(reply(transaction, 481));
    return;
  }
  if (readsAlong(board, transaction, dialog)) {
    transaction.respond(reply(transaction, 403));
    return;
  }
  const admission = admitRequest(dialog.state, request);
  const refusal = admission.admitted ? refuseNow(dialog, transaction) : reply(transaction, admission.status);
  if (admission.admitted && refusal === undefined) dialog.state = admission.dialog;
  else if (admission.admitted) dialog.state = { ...dialog.state, remoteCSeq: admission.dialog.remoteCSeq };
  if (refusal !== undefined) {
    transaction.respond(refusal);
    return;
  }
  if (request.method === 'BYE') {
    onBye(board, transaction, dialog);
    return;
  }
  if (request.method === 'INVITE') dialog.inviteBy = 'them';
  if (request.method === 'UPDATE' && dialog.state.state === 'confirmed' && dialog.awaitingAck.size === 0)
    board.dialogs.note(dialog);
  passOn(board, transaction, dialog.application, dialog);
}

/** An offer of a dialog that began over TLS comes without: our answer, and the keys in it, would go back the same way. */
const readsAlong = (board: Switchboard, { request, flow }: ServerTransaction, { origin }: LiveDialog): boolean =>
  !board.keysInTheClear &&
  (request.method === 'INVITE' || request.method === 'UPDATE') &&
  origin !== undefined &&
  isEncrypted(origin.protocol) &&
  !isEncrypted(flow.protocol);

/** Offers that cross (RFC 3261 section 14.2, RFC 3311 section 5.2), and PRACKs of nothing. */
function refuseNow(dialog: LiveDialog, transaction: ServerTransaction): SipResponse | undefined {
  const { request } = transaction;
  const offers = request.method === 'INVITE' || (request.method === 'UPDATE' && request.body.byteLength > 0);
  if (offers && dialog.inviteBy === 'us') return reply(transaction, 491);
  if (request.method === 'INVITE' && dialog.inviteBy === 'them')
    return reply(transaction, 500, { 'Retry-After': String(randomInt(0, 10)) });
  if (request.method === 'PRACK' && dialog.reliable?.acknowledge(request) !== true) return reply(transaction, 481);
  if (request.method === 'INVITE' || request.method === 'UPDATE')
    return badSession(request, (status, extra) => reply(transaction, status, extra));
  return undefined;
}

function onBye(board: Switchboard, transaction: ServerTransaction, dialog: LiveDialog): void {
  board.dialogs.delete(dialog);
  // section 15.1.2: a pending INVITE of the dialog is answered 487
  for (const incoming of board.incoming.values())
    if (incoming.dialog === dialog && incoming.transaction.request.method === 'INVITE') {
      incoming.transaction.respond(reply(incoming.transaction, 487));
      forget(board, incoming);
      if (dialog.state.state === 'early') {
        transaction.respond(reply(transaction, 200));
        tell(
          board,
          dialog.application,
          cancelOf(incoming.transaction.request),
          transaction.flow,
          incoming.id,
          dialog.id,
        );
        return;
      }
    }
  for (const acknowledged of dialog.awaitingAck.values()) acknowledged.acknowledge();
  if (dialog.application.connected) passOn(board, transaction, dialog.application, dialog);
  else transaction.respond(reply(transaction, 200));
}

/** How an application hears that the caller has gone before the answer. */
function cancelOf(invite: SipRequest): SipRequest {
  const headers = new SipHeaders();
  for (const name of ['Via', 'From', 'To', 'Call-ID']) headers.set(name, invite.headers.all(name));
  headers.set('CSeq', `${parseCSeq(invite.headers.get('CSeq') ?? '')?.number ?? 1} CANCEL`);
  return { kind: 'request', method: 'CANCEL', uri: invite.uri, headers, body: new Uint8Array(0) };
}

function passOn(
  board: Switchboard,
  transaction: ServerTransaction,
  application: Application,
  dialog: LiveDialog | undefined,
  counted?: CountedCall,
): void {
  const incoming: Incoming = { id: randomUUID(), transaction, application, dialog, counted };
  board.incoming.set(incoming.id, incoming);
  board.incomingByTransaction.set(transaction.id, incoming);
  const { request, flow } = transaction;
  const receivedOn = dialog === undefined ? board.stack.viaHost(flow) : undefined;
  if (dialog === undefined && request.method === 'INVITE') board.dialogs.offered(transaction);
  tell(board, application, request, flow, incoming.id, dialog?.id ?? '', receivedOn);
}

/** It is answered, or needs no answer any more. */
export function forget(board: Switchboard, incoming: Incoming): void {
  incoming.counted?.end();
  release(board, incoming);
  const { request } = incoming.transaction;
  if (request.method === 'INVITE' && tagOfHeader(request.headers.get('To')) === undefined)
    board.dialogs.settled(incoming.transaction);
}

/** The same for an INVITE whose dialog lives on, and with it what is noted under its name. */
export function release(board: Switchboard, { id, transaction }: Incoming): void {
  board.incoming.delete(id);
  board.incomingByTransaction.delete(transaction.id);
}

/** The ACK of our 2xx; repeated ones are ignored. */
export function onAck(board: Switchboard, request: SipRequest, flow: Flow): void {
  const dialog = board.dialogs.find(request);
  const number = parseCSeq(request.headers.get('CSeq') ?? '')?.number;
  if (dialog === undefined || number === undefined) return;
  const acknowledged = dialog.awaitingAck.get(number);
  if (acknowledged === undefined || tagOfHeader(request.headers.get('To')) !== dialog.state.localTag) return;
  dialog.awaitingAck.delete(number);
  acknowledged.acknowledge();
  board.dialogs.note(dialog);
  tell(board, dialog.application, request, flow, randomUUID(), dialog.id);
  const waiting = dialog.whenAcked;
  dialog.whenAcked = [];
  for (const run of waiting) run();
}

/** 200 for the CANCEL has gone out. */
export function onCancel(board: Switchboard, invite: ServerTransaction, cancel: SipRequest): void {
  const incoming = board.incomingByTransaction.get(invite.id);
  invite.respond(reply(invite, 487));
  if (incoming === undefined) return;
  forget(board, incoming);
  const { dialog, application } = incoming;
  if (dialog !== undefined && dialog.state.state === 'early') board.dialogs.delete(dialog);
  if (dialog?.inviteBy === 'them') dialog.inviteBy = undefined;
  tell(board, application, cancel, invite.flow, incoming.id, dialog?.id ?? '');
}

/** Nobody acknowledged our 2xx: the call is over (section 13.3.1.4). */
export function onNoAck(board: Switchboard, transaction: ServerTransaction): void {
  const dialog =
    board.dialogs.find(transaction.request) ?? board.dialogs.all().find((each) => isWaiting(each, transaction));
  if (dialog === undefined) return;
  board.counts.noAck++;
  for (const [number, waiting] of dialog.awaitingAck)
    if (waiting.id === transaction.id) dialog.awaitingAck.delete(number);
  endDialog(board, dialog, 'ACK timeout', transaction.ofStranger ? 'once' : 'repeated');
}

const isWaiting = (dialog: LiveDialog, transaction: ServerTransaction): boolean =>
  [...dialog.awaitingAck.values()].some(({ id }) => id === transaction.id);

/** An application has gone: its requests are answered, its calls are ended. */
export function onApplicationGone(board: Switchboard, application: Application): void {
  for (const incoming of board.incoming.values()) {
    if (incoming.application !== application) continue;
    forget(board, incoming);
    const status = incoming.transaction.request.method === 'BYE' ? 200 : 503;
    incoming.transaction.respond(
      reply(incoming.transaction, status, status === 503 ? retryAfterHeader(refusal('not-ready')) : {}),
    );
    if (incoming.dialog?.state.state === 'early') board.dialogs.delete(incoming.dialog);
  }
  for (const outgoing of board.outgoing.values())
    if (outgoing.application === application && outgoing.transaction.request.method === 'INVITE')
      outgoing.transaction.cancel();
  for (const dialog of board.dialogs.of(application)) {
    if (dialog.state.state === 'early') continue; // its INVITE has just been cancelled
    board.counts.orphaned++;
    endDialog(board, dialog, 'Application lost');
  }
}
