import type { Admission, RefusalReason } from '../domain/admission.ts';
import type { Clock } from '../lib/clock.ts';
import { formatSipMessage } from '../sip/message/format-message.ts';
import { formatHostPort } from '../sip/message/host.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { type SipProtocol, transportParameter } from '../sip/message/protocol.ts';
import { schemeOf } from '../sip/message/uri.ts';
import type { ClientTransaction, Flow, ServerTransaction, SipStack } from '../sip/stack.ts';
import type { Application } from './application.ts';
import { networkLine, type Passage } from './control-message.ts';
import type { Ladders } from './ladders.ts';
import type { DialogTable, LiveDialog } from './live-dialog.ts';
import type { Registrar } from './registrar.ts';
import type { CountedCall } from './trunk-limits.ts';
import type { Trunks } from './trunks.ts';

/** A request from the network that an application has still to answer. */
export interface Incoming {
  /** Its name in the control protocol. */
  readonly id: string;
  readonly transaction: ServerTransaction;
  readonly application: Application;
  /** The dialog that it is in, or that a provisional response to it began. */
  dialog: LiveDialog | undefined;
  /** What counts it as one of its trunk, until the dialog does. */
  counted?: CountedCall | undefined;
}

/** A request of an application that has no final response yet. */
export interface Outgoing {
  readonly id: string;
  readonly application: Application;
  /** The last one, when the request was sent again with what it lacked. */
  transaction: ClientTransaction;
  /** The application does not want it any more. */
  cancelled: boolean;
  dialog: LiveDialog | undefined;
  /** What counts it as one of its trunks, until the dialog does. */
  readonly counted: readonly CountedCall[];
}

export interface SwitchboardLimits {
  /** Dialogs and INVITEs under way, both directions. */
  readonly calls: number;
  /** Requests of applications without a final response. */
  readonly outgoing: number;
  /** Bytes; a larger body from the network is refused. */
  readonly body: number;
}

export interface SwitchboardCounts {
  /** New INVITEs given to an application. */
  offered: number;
  answered: number;
  /** By what we did ourselves. */
  noAck: number;
  sessionExpired: number;
  /** Dialogs ended because their application went away. */
  orphaned: number;
  /** Messages of applications that could not be used. */
  refusedCommands: number;
}

/** What stands between the SIP stack and the applications. */
export interface Switchboard {
  readonly stack: SipStack;
  readonly clock: Clock;
  /** What we listen on. */
  readonly protocols: ReadonlySet<SipProtocol>;
  readonly limits: SwitchboardLimits;
  /** RFC 4028: the interval that we ask for. */
  readonly sessionSeconds: number;
  /** Keys of SRTP may be told over SIP that is not encrypted. */
  readonly keysInTheClear: boolean;
  /** Undefined: telephones cannot register. */
  readonly registrar: Registrar | undefined;
  readonly trunks: Trunks;
  /** The messages of the calls under way, for operators. */
  readonly ladders: Ladders;
  readonly dialogs: DialogTable;
  /** By their name in the control protocol. */
  readonly incoming: Map<string, Incoming>;
  /** The same by the stack's transaction id, while not answered. */
  readonly incomingByTransaction: Map<string, Incoming>;
  readonly outgoing: Map<string, Outgoing>;
  readonly applications: () => ReadonlySet<Application>;
  readonly counts: SwitchboardCounts;
  /** New INVITEs that were not taken. */
  readonly notAdmitted: Record<RefusalReason, number>;
  /** Whether the line takes new calls now. */
  readonly admission: () => Admission;
  /** The last application that a new request went to: the next one gets the next. */
  lastServed: number;
}

export const passageOf = (flow: Flow): Passage => ({ protocol: flow.protocol, host: flow.host, port: flow.port });

/** What we sent: drachtio-server names its own address there. */
export const ownPassage = (board: Switchboard, to: Flow): Passage => ({
  protocol: to.protocol,
  ...board.stack.viaHost(to),
});

/**
 * The Contact under which `to` reaches us; with the transport, or a TCP dialog's next request would come by UDP.
 *
 * @param called - the Request-URI: of a SIPS URI that is reached by TLS the Contact is one too (RFC 3261 sections 8.1.1.8 and 12.1.1)
 */
export function contactFor(stack: Pick<SipStack, 'viaHost'>, to: Flow, called: string, user = ''): string {
  const { host, port } = stack.viaHost(to);
  const at = `${user === '' ? '' : `${user}@`}${formatHostPort(host, port)}`;
  if (schemeOf(called) === 'sips' && to.protocol === 'TLS') return `<sips:${at}>`;
  return `<sip:${at};transport=${transportParameter(to.protocol)}>`;
}

export function tell(
  board: Switchboard,
  application: Application,
  message: SipRequest | SipResponse,
  from: Flow,
  transactionId: string,
  dialog: string,
  receivedOn?: { readonly host: string; readonly port: number },
): void {
  const bytes = formatSipMessage(message, 'application');
  application.send(networkLine(bytes, passageOf(from), board.clock.wall(), transactionId, dialog, receivedOn), bytes);
}

/** How many calls are being set up or are up. An INVITE whose early dialog exists counts once. */
export function callsOf(board: Switchboard): number {
  let invites = 0;
  for (const { transaction, dialog } of board.incoming.values())
    if (transaction.request.method === 'INVITE' && dialog === undefined) invites++;
  for (const { transaction, dialog } of board.outgoing.values())
    if (transaction.request.method === 'INVITE' && dialog === undefined) invites++;
  return board.dialogs.size + invites;
}
