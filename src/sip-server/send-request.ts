import { randomUUID } from 'node:crypto';
import { formatSipMessage } from '../sip/message/format-message.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { ClientHandlers, ClientTransaction, Flow } from '../sip/stack.ts';
import type { Application, SipCommand } from './application.ts';
import { sentRequestLine } from './control-message.ts';
import type { LiveDialog } from './live-dialog.ts';
import { responseHandlers } from './network-response.ts';
import { NOTHING_TRIED } from './send-again.ts';
import { type Outgoing, ownPassage, type Switchboard } from './switchboard.ts';
import type { CountedCall } from './trunk-limits.ts';

/** Tells the application why its command is not carried out. */
export type Refuse = (why: string) => void;

/** Tells the application what was sent. */
export function echo(
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

export interface ToSend {
  readonly request: SipRequest;
  /** Where it goes, or goes first. */
  readonly to: Flow;
  readonly dialog?: LiveDialog;
  /** Our Contact for whom a far end is reached that way. */
  readonly contactTo?: (to: Flow) => string;
  /** What counts it as a call of its trunk; more may come when it is redirected. */
  readonly counted?: readonly CountedCall[];
}

/** Sends what `by` sends, and lets the application hear what comes back. */
export function send(
  board: Switchboard,
  application: Application,
  command: SipCommand,
  { request, to, dialog, contactTo, counted = [] }: ToSend,
  by: (handlers: ClientHandlers) => ClientTransaction,
): void {
  const id = randomUUID();
  const handlers = responseHandlers({
    board,
    application,
    id,
    request,
    to,
    within: dialog,
    contactTo,
    tried: NOTHING_TRIED,
  });
  const transaction = by(handlers);
  const outgoing: Outgoing = { id, application, transaction, dialog, cancelled: false, counted };
  board.outgoing.set(id, outgoing);
  echo(board, application, command, transaction.request, to, id);
}
