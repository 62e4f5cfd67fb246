import type { Admission, RefusalReason } from '../domain/admission.ts';
import type { Clock } from '../lib/clock.ts';
import type { DialogLedger } from '../lib/dialog-ledger.ts';
import type { SipStack } from '../sip/stack.ts';
import type { ControlServer } from './control-server.ts';
import { dialogRecord } from './dialog-record.ts';
import { OWN_DIALOGS } from './end-left-dialogs.ts';
import { dialogOf } from './from-network.ts';
import { inviteRecord } from './invite-record.ts';
import type { Ladders } from './ladders.ts';
import { type DialogNotes, DialogTable, type LiveDialog } from './live-dialog.ts';
import { Registrar, type RegistrarOptions } from './registrar.ts';
import { contactFor, type Switchboard, type SwitchboardCounts, type SwitchboardLimits } from './switchboard.ts';
import type { Trunk } from './trunk.ts';
import { type TrunkChange, Trunks } from './trunks.ts';

const MAX_BODY_BYTES = 64 * 1024;

export interface BoardOptions {
  readonly maxCalls: number;
  /** RFC 4028: the interval that far ends which can are asked to refresh in. */
  readonly sessionSeconds: number;
  /** Absent: telephones cannot register. */
  readonly registrar?: RegistrarOptions;
  readonly trunks?: readonly Trunk[];
  /** Keys of SRTP may be told over SIP that is not encrypted. Default: they may not. */
  readonly keysInTheClear?: boolean;
  readonly onTrunkChange?: (change: TrunkChange) => void;
  /** Passwords of telephones are being guessed, from that address last; told once a minute. */
  readonly onGuessing?: (address: string) => void;
}

interface BoardParts {
  readonly options: BoardOptions;
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly control: ControlServer;
  readonly ledger: DialogLedger | undefined;
  readonly ladders: Ladders;
  readonly notAdmitted: Record<RefusalReason, number>;
  readonly admission: () => Admission;
}

/** What stands between a stack that listens and the applications, with nothing under way yet. Trunks are registered with from here on. */
export function openBoard(parts: BoardParts): Switchboard {
  const { options, stack, clock, control, ledger, ladders, notAdmitted, admission } = parts;
  return {
    stack,
    clock,
    protocols: new Set(stack.addresses.map(({ protocol }) => protocol)),
    limits: limitsFor(options.maxCalls),
    sessionSeconds: options.sessionSeconds,
    keysInTheClear: options.keysInTheClear === true,
    registrar: registrarOf(options, stack, clock),
    trunks: new Trunks({
      trunks: options.trunks ?? [],
      stack,
      clock,
      contactFor: (to, called, user) => contactFor(stack, to, called, user),
      onChange: (change) => options.onTrunkChange?.(change),
    }),
    ladders,
    dialogs: new DialogTable(ledger === undefined ? undefined : notesIn(ledger)),
    incoming: new Map(),
    incomingByTransaction: new Map(),
    outgoing: new Map(),
    applications: () => control.applications,
    counts: noCounts(),
    notAdmitted,
    admission,
    lastServed: 0,
  };
}

const registrarOf = ({ registrar, onGuessing }: BoardOptions, stack: SipStack, clock: Clock): Registrar | undefined => {
  if (registrar === undefined) return undefined;
  // an address of this machine is what we would tell somebody who has it
  const isOwn = (host: string): boolean =>
    stack.addresses.some((bound) => bound.host === host) ||
    stack.viaHost({ protocol: 'UDP', host, port: 0 }).host === host;
  return new Registrar(registrar, clock, isOwn, onGuessing);
};

const notesIn = (ledger: DialogLedger): DialogNotes => ({
  offered: (invite) => ledger.began(OWN_DIALOGS, dialogOf(invite.request), inviteRecord(invite)),
  settled: ({ request }) => ledger.ended(OWN_DIALOGS, dialogOf(request)),
  began: (dialog) => ledger.began(OWN_DIALOGS, dialog.id, dialogRecord(dialog, isUnproved(dialog))),
  ended: (dialog) => ledger.ended(OWN_DIALOGS, dialog.id),
});

const isUnproved = ({ awaitingAck }: LiveDialog): boolean =>
  [...awaitingAck.values()].some(({ ofStranger }) => ofStranger);

const limitsFor = (calls: number): SwitchboardLimits => ({ calls, outgoing: calls * 4, body: MAX_BODY_BYTES });

const noCounts = (): SwitchboardCounts => ({
  offered: 0,
  answered: 0,
  noAck: 0,
  sessionExpired: 0,
  orphaned: 0,
  refusedCommands: 0,
});
