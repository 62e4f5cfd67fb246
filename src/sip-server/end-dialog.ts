import { nextHopOf, requestInDialog } from '../sip/dialog/dialog.ts';
import { formatSipMessage } from '../sip/message/format-message.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Flow } from '../sip/stack.ts';
import { unsolicitedLine } from './control-message.ts';
import { flowTo } from './flow-to.ts';
import type { LiveDialog } from './live-dialog.ts';
import { ownPassage, type Switchboard } from './switchboard.ts';

/** Where the dialog's next request goes. Undefined: nowhere that we can reach. */
export function flowOf(board: Switchboard, { state, flow }: LiveDialog): Flow | undefined {
  const there = flowTo(nextHopOf(state), board.tcp);
  if (state.routeSet.length > 0 || flow === undefined) return there;
  if (flow.protocol === 'UDP') return flow;
  // its connection while that lasts, a new one to its Contact after
  const { connection } = flow;
  if (there?.protocol !== 'TCP' || connection === undefined) return there ?? flow;
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
    to === undefined ? request : bye === 'once' ? board.stack.sendOnce(request, to) : sendAndForget(board, request, to);
  if (!dialog.application.connected) return;
  const bytes = formatSipMessage(sent);
  const passage = to === undefined ? ({ protocol: 'UDP', host: '', port: 0 } as const) : ownPassage(board, to);
  dialog.application.send(unsolicitedLine(bytes, passage, board.clock.wall(), dialog.id), bytes);
}

/** A request whose answer changes nothing. */
export const sendAndForget = (board: Switchboard, request: SipRequest, to: Flow): SipRequest =>
  board.stack.sendRequest(request, to, {
    onResponse: () => undefined,
    onTimeout: () => undefined,
    onTransportError: () => undefined,
  }).request;
