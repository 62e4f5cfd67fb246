import { randomUUID } from 'node:crypto';
import { ackInDialog, requestInDialog } from '../sip/dialog/dialog.ts';
import { parseCSeq } from '../sip/message/cseq.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseUint32 } from '../sip/message/token.ts';
import type { Application, SipCommand } from './application.ts';
import { type ApplicationRequest, typeBody } from './application-message.ts';
import { replyLine } from './control-message.ts';
import { flowOf, sendInDialog, sendOnceInDialog } from './end-dialog.ts';
import type { AwaitingPrack, LiveDialog } from './live-dialog.ts';
import { SUPPORTED } from './own-answer.ts';
import { sendOutside } from './send-outside.ts';
import { echo, type Refuse, send } from './send-request.ts';
import type { Switchboard } from './switchboard.ts';

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
  dialog.acks.clear(); // an older INVITE's 2xx cannot come any more
  const sent = sendOnceInDialog(board, dialog, ack, to, (request, way) =>
    dialog.acks.set(number, { request, to: way }),
  );
  echo(board, dialog.application, command, sent, to, randomUUID());
}

function contentOf(message: ApplicationRequest): { headers: [string, string][]; body: Uint8Array } {
  const headers = message.headers.clone();
  typeBody(headers, message.body);
  return { headers: [...headers.entries()], body: message.body };
}

/**
 * The response that a PRACK acknowledges, by the number in its RAck: of several far ends that ring, the one that the application was told
 * of first. The RAck is of the INVITE as that far end has it, which may have been sent again with credentials (RFC 3262 section 7.2).
 */
function takeAcknowledged(dialog: LiveDialog, headers: [string, string][]): AwaitingPrack | undefined {
  const at = headers.findIndex(([name]) => name.toLowerCase() === 'rack');
  const rseq = parseUint32(headers[at]?.[1].trim().split(/\s+/)[0] ?? '');
  const found = dialog.awaitingPrack.find((each) => each.rseq === rseq);
  if (found === undefined) return undefined;
  dialog.awaitingPrack = dialog.awaitingPrack.filter((each) => each !== found);
  headers[at] = ['RAck', `${found.rseq} ${found.inviteCSeq} INVITE`];
  return found;
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
  const early = method === 'PRACK' ? takeAcknowledged(dialog, headers) : undefined;
  if (offers || method === 'UPDATE') headers.push(['Supported', SUPPORTED]);
  const { localCSeq } = dialog.state;
  const { dialog: state, request } = requestInDialog({ ...(early ?? dialog).state, localCSeq }, method, {
    headers,
    body,
  });
  dialog.state = { ...dialog.state, localCSeq: state.localCSeq };
  if (offers) {
    dialog.inviteBy = 'us';
    if (body.byteLength > 0) dialog.localSdp = body;
  }
  if (method === 'BYE') board.dialogs.delete(dialog);
  const to = flowOf(board, early ?? dialog);
  if (to === undefined) {
    if (offers) dialog.inviteBy = undefined;
    return refuse('unable to reach the far end');
  }
  send(board, dialog.application, command, { request, to, dialog }, (handlers) =>
    sendInDialog(board, early ?? dialog, request, to, handlers),
  );
}
