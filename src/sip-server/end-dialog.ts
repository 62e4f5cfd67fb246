import { nextHopOf, requestInDialog } from '../sip/dialog/dialog.ts';
import { formatSipMessage } from '../sip/message/format-message.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { isEncrypted, isWebSocket } from '../sip/message/protocol.ts';
import type { ClientHandlers, ClientTransaction, Flow } from '../sip/stack.ts';
import { flowTo } from '../sip/transport/locate.ts';
import { unsolicitedLine } from './control-message.ts';
import { byKnownWay } from './known-way.ts';
import type { DialogReach, LiveDialog } from './live-dialog.ts';
import { ownPassage, type Switchboard } from './switchboard.ts';

/**
 * Where the dialog's next request goes. One that began over TLS stays there: Contacts and proxies that forget to say `transport=tls` would have
 * us send keys, and whatever else nobody was to read, in the clear.
 */
export function flowOf(board: Switchboard, dialog: DialogReach): Flow | undefined {
  const way = announcedWay(board, dialog);
  const { origin } = dialog;
  if (way === undefined || isEncrypted(way.protocol)) return way;
  return origin !== undefined && isEncrypted(origin.protocol) ? origin : way;
}

/**
 * By its route set or Contact (RFC 3261 section 12.2.1.1), or, when these lead
 * nowhere (a transport that we don't have, a name that nobody knows), back the way that the INVITE came.
 */
function announcedWay(board: Switchboard, { state, flow, origin, lostContact }: DialogReach): Flow | undefined {
  if (lostContact && origin !== undefined) return origin;
  const hop = flowTo(nextHopOf(state), board.protocols);
  const there = hop === undefined ? origin : byKnownWay(hop, flow ?? origin);
  if (state.routeSet.length > 0 || flow === undefined) return there;
  if (flow.protocol === 'UDP') return flow;
  if (isWebSocket(flow.protocol)) return board.registrar?.wayTo(state.remoteTarget) ?? flow;
  // its connection while that lasts, a new one to its Contact after
  const { connection, protocol } = flow;
  if (there?.protocol !== protocol || connection === undefined) return there ?? flow;
  return { ...there, connection };
}

export type EndReason = 'ACK timeout' | 'Session timer expired' | 'Application lost' | 'Not wanted' | 'Dialog lost';

/**
 * Ends a dialog on our own: BYE to the far end and, when the application is there to hear it, the same BYE to it,
 * marked as unsolicited.
 *
 * @param bye - 'once' to an address that may have been forged: nobody there knows of the dialog
 */
export function endDialog(
  board: Switchboard,
  dialog: LiveDialog,
  because: EndReason,
  bye: 'repeated' | 'once' = 'repeated',
): void {
  if (!board.dialogs.delete(dialog)) return;
  const { request } = requestInDialog(dialog.state, 'BYE', {
    headers: [['Reason', `SIP;cause=408;text="${because}"`]],
  });
  const to = flowOf(board, dialog);
  const sent =
    to === undefined
      ? request
      : bye === 'once'
        ? board.stack.sendOnce(request, to)
        : sendAndForget(board, request, to, dialog);
  if (!dialog.application.connected) return;
  const bytes = formatSipMessage(sent, 'application');
  const passage = to === undefined ? ({ protocol: 'UDP', host: '', port: 0 } as const) : ownPassage(board, to);
  dialog.application.send(unsolicitedLine(bytes, passage, board.clock.wall(), dialog.id), bytes);
}

/**
 * Sends a request of the dialog; when it cannot get to where the Contact says, once more by the way that the INVITE came.
 * What is given back is the first attempt.
 */
export function sendInDialog(
  board: Switchboard,
  dialog: DialogReach,
  request: SipRequest,
  to: Flow,
  handlers: ClientHandlers,
): ClientTransaction {
  const { origin } = dialog;
  let again = false;
  return board.stack.sendRequest(request, to, {
    ...handlers,
    onTransportError: (error) => {
      if (origin === undefined || dialog.lostContact || sameFlow(origin, to)) return handlers.onTransportError(error);
      dialog.lostContact = again = true;
      board.stack.sendRequest(request, origin, handlers);
    },
    onEnd: () => {
      if (!again) handlers.onEnd?.();
    },
  });
}

/**
 * The same for what has no transaction: the ACK of a 2xx, which nobody repeats when it gets nowhere.
 *
 * @param onSent - what was sent, and where it went: again when it went by the other way
 */
export function sendOnceInDialog(
  board: Switchboard,
  dialog: DialogReach,
  request: SipRequest,
  to: Flow,
  onSent: (sent: SipRequest, to: Flow) => void = () => undefined,
): SipRequest {
  const { origin } = dialog;
  const sent = board.stack.sendOnce(request, to, () => {
    if (origin === undefined || dialog.lostContact || sameFlow(origin, to)) return;
    dialog.lostContact = true;
    onSent(board.stack.sendOnce(request, origin), origin);
  });
  onSent(sent, to);
  return sent;
}

const sameFlow = (a: Flow, b: Flow): boolean =>
  a.protocol === b.protocol && a.host === b.host && a.port === b.port && (a.name ?? a.host) === (b.name ?? b.host);

/** A request whose answer changes nothing. */
export function sendAndForget(board: Switchboard, request: SipRequest, to: Flow, dialog?: LiveDialog): SipRequest {
  const sent =
    dialog === undefined
      ? board.stack.sendRequest(request, to, UNHEARD)
      : sendInDialog(board, dialog, request, to, UNHEARD);
  return sent.request;
}

const UNHEARD: ClientHandlers = {
  onResponse: () => undefined,
  onTimeout: () => undefined,
  onTransportError: () => undefined,
};
