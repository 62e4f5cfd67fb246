import {
  ackInDialog,
  dialogAfterResponse,
  dialogOfClient,
  requestInDialog,
  withTargetOf,
} from '../sip/dialog/dialog.ts';
import { negotiatedAsClient } from '../sip/dialog/dialog-session-timer.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { tagOfHeader } from '../sip/message/name-address.ts';
import { isReliable } from '../sip/message/protocol.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { parseUint32 } from '../sip/message/token.ts';
import type { ClientHandlers, Flow } from '../sip/stack.ts';
import type { Application } from './application.ts';
import { endDialog, sendAndForget, sendInDialog } from './end-dialog.ts';
import { dialogId, type LiveDialog, liveDialog } from './live-dialog.ts';
import { numberOf, sendAgainWithin } from './send-again.ts';
import { watchSession } from './session-watch.ts';
import { contactFor, type Switchboard, tell } from './switchboard.ts';

export interface Sending {
  readonly board: Switchboard;
  readonly application: Application;
  /** The transaction's name in the control protocol. */
  readonly id: string;
  readonly request: SipRequest;
  readonly to: Flow;
  /** The dialog that the request is sent in. */
  readonly within: LiveDialog | undefined;
  /** Our Contact for who is reached that way; only outside a dialog. */
  readonly contactTo: ((to: Flow) => string) | undefined;
  /** Statuses for which it has been sent again. */
  readonly tried: ReadonlySet<number>;
}

/**
 * What comes back for a request that an application sent. The application hears every response but 100, and exactly one
 * that is final: ours when the far end gave none.
 */
export function responseHandlers(sending: Sending): Required<ClientHandlers> {
  const handlers = sending.request.method === 'INVITE' ? inviteHandlers(sending) : otherHandlers(sending);
  const { board, id, application, request, to, within } = sending;
  /** Sent again: what the transaction still says is of no more interest. */
  let superseded = false;

  const answerOurselves = (status: number): void => {
    if (superseded || !board.outgoing.has(id)) return;
    const dialog = within ?? board.outgoing.get(id)?.dialog;
    forgetOutgoing(board, id);
    if (dialog?.inviteBy === 'us' && request.method === 'INVITE') dialog.inviteBy = undefined;
    if (within === undefined && dialog?.state.state === 'early') board.dialogs.delete(dialog);
    tell(board, application, responseTo(request, status), to, id, within?.id ?? '');
    // section 12.2.1.2: no answer within the dialog ends it; that of a PRACK says nothing of the call, which others may have answered
    if (within?.state.state === 'confirmed' && request.method !== 'BYE' && request.method !== 'PRACK')
      endDialog(board, within, 'Dialog lost');
  };
  return {
    onResponse: (response, flow) => {
      if (superseded || response.status <= 100) return;
      if (response.status >= 300 && isSentAgain(sending, response)) superseded = true;
      else handlers(response, flow);
    },
    onTimeout: () => answerOurselves(408),
    onTransportError: () => answerOurselves(503),
    onEnd: () => answerOurselves(408),
  };
}

/** Within a dialog: with what it lacked, if that can be mended. The application hears nothing of it. */
function isSentAgain(sending: Sending, response: SipResponse): boolean {
  const { board, id, request, to, within, tried } = sending;
  const outgoing = board.outgoing.get(id);
  if (outgoing === undefined || outgoing.cancelled || within === undefined) return false;
  const again = sendAgainWithin(board.trunks, within, request, response, tried);
  if (again === undefined) return false;
  const handlers = responseHandlers({ ...sending, request: again, tried: new Set([...tried, response.status]) });
  outgoing.transaction = sendInDialog(board, within, again, to, handlers);
  return true;
}

type OnResponse = (response: SipResponse, flow: Flow) => void;

export function forgetOutgoing(board: Switchboard, id: string): void {
  const outgoing = board.outgoing.get(id);
  if (outgoing === undefined) return;
  board.outgoing.delete(id);
  const { dialog, counted } = outgoing;
  if (dialog !== undefined && board.dialogs.has(dialog)) dialog.counted = [...dialog.counted, ...counted];
  else for (const call of counted) call.end();
}

function otherHandlers({ board, application, id, request, within }: Sending): OnResponse {
  return (response, flow) => {
    if (!board.outgoing.has(id)) return;
    if (response.status >= 200) forgetOutgoing(board, id);
    const accepted = response.status >= 200 && response.status < 300;
    if (within !== undefined && accepted && request.method === 'UPDATE') {
      within.state = withTargetOf(within.state, response);
      board.dialogs.note(within);
      const interval = negotiatedAsClient(response);
      if (interval !== undefined) watchSession(board, within, interval);
    }
    tell(board, application, response, flow, id, within?.id ?? '');
    // the far end knows nothing of the dialog any more
    if (within !== undefined && response.status === 481 && request.method !== 'BYE' && request.method !== 'PRACK')
      endDialog(board, within, 'Dialog lost');
  };
}

function inviteHandlers(sending: Sending): OnResponse {
  const { board, application, id, request, within } = sending;
  /** Tags of far ends that answered although nobody waited for them any more. */
  const unwanted = new Set<string>();
  /** RSeq of the last reliable provisional response, by the To tag. */
  const reliable = new Map<string, number>();
  /** The dialog that a 2xx confirmed; its 2xx may come again. */
  let answered: LiveDialog | undefined;

  const refused = (response: SipResponse, flow: Flow): void => {
    const early = board.outgoing.get(id)?.dialog;
    forgetOutgoing(board, id);
    if (within === undefined) {
      if (early !== undefined) board.dialogs.delete(early);
    } else within.inviteBy = undefined;
    tell(board, application, response, flow, id, within?.id ?? '');
    if (within !== undefined && response.status === 481) endDialog(board, within, 'Dialog lost');
  };

  const accepted = (response: SipResponse, flow: Flow): void => {
    if (answered !== undefined && answered.state.remoteTag === tagOfHeader(response.headers.get('To'))) {
      const ack = answered.acks.get(numberOf(response));
      if (ack !== undefined) board.stack.resend(ack.request, ack.to);
      return;
    }
    if (!board.outgoing.has(id)) {
      hangUpAtOnce(board, request, response, flow, unwanted);
      return;
    }
    const dialog = adopt(sending, response, flow);
    forgetOutgoing(board, id);
    if (dialog === undefined) {
      tell(board, application, responseTo(request, 502, 'No To Tag In Response'), flow, id, '');
      return;
    }
    answered = dialog;
    dialog.inviteBy = undefined;
    dialog.toAcknowledge = numberOf(response);
    dialog.peerTakesUpdate = response.headers.all('Allow').includes('UPDATE');
    if (within !== undefined && !board.dialogs.has(within)) {
      // the call ended while its re-INVITE was under way: the application cannot acknowledge any more
      dialog.acks.set(numberOf(response), { request: acknowledgeOurselves(board, dialog, flow), to: flow });
      tell(board, application, response, flow, id, dialog.id);
      return;
    }
    const usable = response.headers.has('Contact') || within !== undefined;
    if (!application.connected || !usable) {
      // srf keeps no dialog with an answer that has no Contact, so nobody would end it
      dialog.acks.set(numberOf(response), { request: acknowledgeOurselves(board, dialog, flow), to: flow });
      board.dialogs.delete(dialog);
      sendAndForget(board, requestInDialog(dialog.state, 'BYE').request, flow);
      tell(board, application, responseTo(request, 502, 'No Contact In Response'), flow, id, '');
      return;
    }
    board.dialogs.note(dialog);
    watchSession(board, dialog, negotiatedAsClient(response));
    tell(board, application, response, flow, id, dialog.id);
  };

  return (response, flow) => {
    if (response.status >= 300) {
      if (board.outgoing.has(id)) refused(response, flow);
    } else if (response.status >= 200) accepted(response, flow);
    else if (board.outgoing.has(id) && isNews(response, reliable)) {
      const dialog = adopt(sending, response, flow);
      const rseq = parseUint32(response.headers.get('RSeq') ?? '');
      if (dialog !== undefined && rseq !== undefined) {
        const { state, flow: way, origin } = dialog;
        const waiting = { rseq, inviteCSeq: numberOf(response), state, flow: way, origin, lostContact: false };
        dialog.awaitingPrack = [...dialog.awaitingPrack, waiting];
      }
      tell(board, application, response, flow, id, dialog?.id ?? '');
    }
  };
}

/** Of reliable provisional responses each once and in their order: the others come again (RFC 3262 section 4). */
function isNews(response: SipResponse, seen: Map<string, number>): boolean {
  const rseq = parseUint32(response.headers.get('RSeq') ?? '');
  if (rseq === undefined) return true;
  const tag = tagOfHeader(response.headers.get('To')) ?? '';
  const last = seen.get(tag);
  if (last !== undefined && rseq !== last + 1) return false;
  seen.set(tag, rseq);
  return true;
}

const acknowledgeOurselves = (board: Switchboard, dialog: LiveDialog, to: Flow): SipRequest =>
  board.stack.sendOnce(ackInDialog(dialog.state, dialog.toAcknowledge ?? 0), to);

/** A 2xx that nobody waits for: of another branch of a forked INVITE, or after we gave up (section 13.2.2.4). */
function hangUpAtOnce(
  board: Switchboard,
  invite: SipRequest,
  response: SipResponse,
  flow: Flow,
  done: Set<string>,
): void {
  const state = dialogOfClient(invite, response);
  if (state === undefined) return;
  board.stack.sendOnce(ackInDialog(state, numberOf(response)), flow);
  if (done.has(state.remoteTag)) return;
  done.add(state.remoteTag);
  sendAndForget(board, requestInDialog(state, 'BYE').request, flow);
}

const waysOf = (flow: Flow): Pick<LiveDialog, 'flow' | 'origin'> => ({
  flow: isReliable(flow.protocol) ? flow : undefined,
  origin: flow,
});

const contactOf = ({ board, request, contactTo }: Sending, flow: Flow): string =>
  contactTo?.(flow) ?? request.headers.get('Contact') ?? contactFor(board.stack, flow, request.uri);

/** The dialog that the response begins, changes or confirms; undefined when it has no To tag. */
function adopt(sending: Sending, response: SipResponse, flow: Flow): LiveDialog | undefined {
  const { board, application, id, request, within } = sending;
  if (within !== undefined) {
    within.state = dialogAfterResponse(within.state, request, response);
    return within;
  }
  const outgoing = board.outgoing.get(id);
  if (outgoing?.dialog !== undefined) {
    const { dialog } = outgoing;
    const before = dialog.state.remoteTag;
    dialog.state = dialogAfterResponse(dialog.state, request, response);
    // another branch of a forked INVITE: it is reached another way, and reaches us another way
    if (dialog.state.remoteTag !== before) Object.assign(dialog, waysOf(flow), { contact: contactOf(sending, flow) });
    return dialog;
  }
  const state = dialogOfClient(request, response);
  if (outgoing === undefined || state === undefined) return undefined;
  const dialog = liveDialog({
    id: dialogId(state.callId, state.localTag),
    application,
    contact: contactOf(sending, flow),
    state,
    ...waysOf(flow),
  });
  dialog.inviteBy = 'us';
  dialog.localSdp = request.body;
  outgoing.dialog = dialog;
  board.dialogs.add(dialog);
  return dialog;
}
