import type { CancelTimer } from '../lib/clock.ts';
import type { Dialog } from '../sip/dialog/dialog.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { tagOfHeader } from '../sip/message/name-address.ts';
import { legible } from '../sip/message/raw-bytes.ts';
import type { Flow, ServerTransaction } from '../sip/stack.ts';
import type { Application } from './application.ts';
import type { ReliableProvisional } from './reliable-provisional.ts';
import type { CountedCall } from './trunk-limits.ts';

/** A reliable provisional response that has no PRACK yet, and the dialog of the far end that it came from. */
export interface AwaitingPrack extends DialogReach {
  readonly rseq: number;
  /** Of the INVITE as that far end has it. */
  readonly inviteCSeq: number;
}

/** Where a dialog's requests go. */
export interface DialogReach {
  state: Dialog;
  /** Where the far end is reached in place of its Contact: behind a NAT, or over its TCP connection. */
  flow: Flow | undefined;
  /** Where its INVITE, or the answer to ours, came from: the way back when the Contact leads nowhere. */
  origin: Flow | undefined;
  /** The Contact has led nowhere. */
  lostContact: boolean;
}

/** A dialog, the application that it belongs to, and what of it is under way. */
export interface LiveDialog extends DialogReach {
  readonly id: string;
  readonly application: Application;
  /** Our Contact in it. */
  contact: string;
  /** An INVITE that has no final response yet: of which side (RFC 3261 section 14). */
  inviteBy: 'us' | 'them' | undefined;
  /** Our 2xx of these CSeq numbers wait for their ACK. */
  readonly awaitingAck: Map<number, ServerTransaction>;
  /** What has to wait for that ACK: our BYE (section 15). */
  whenAcked: (() => void)[];
  /** CSeq of our INVITE whose 2xx the application has not acknowledged yet. */
  toAcknowledge: number | undefined;
  /** In the order in which the application was told of them. Several telephones may ring at the same time. */
  awaitingPrack: readonly AwaitingPrack[];
  /** The ACKs that we sent, for 2xx that come again. */
  readonly acks: Map<number, { readonly request: SipRequest; readonly to: Flow }>;
  reliable: ReliableProvisional | undefined;
  /** Our last session description: what a refresh offers again. */
  localSdp: Uint8Array;
  peerTakesUpdate: boolean;
  /** What counts it as a call of its trunk. */
  counted: readonly CountedCall[];
  readonly timers: Set<CancelTimer>;
}

/** drachtio's way to name a dialog, whichever side began it; in UTF-8, as applications say it. */
export const dialogId = (callId: string, callerTag: string): string => legible(`${callId};from-tag=${callerTag}`);

/** Where is noted what a next run is to end should this one be killed. */
export interface DialogNotes {
  /** An INVITE that has no final response: it waits for one. */
  offered(invite: ServerTransaction): void;
  /** It has one, or needs none any more. */
  settled(invite: ServerTransaction): void;
  began(dialog: LiveDialog): void;
  ended(dialog: LiveDialog): void;
}

export class DialogTable {
  readonly #byId = new Map<string, LiveDialog>();
  readonly #notes: DialogNotes | undefined;

  constructor(notes?: DialogNotes) {
    this.#notes = notes;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): LiveDialog | undefined {
    return this.#byId.get(id);
  }

  has(dialog: LiveDialog): boolean {
    return this.#byId.get(dialog.id) === dialog;
  }

  add(dialog: LiveDialog): void {
    this.#byId.set(dialog.id, dialog);
  }

  /** Its far end has been told of it, or has moved: what would end it after a crash is noted. */
  note(dialog: LiveDialog): void {
    if (this.has(dialog)) this.#notes?.began(dialog);
  }

  /** A new call of the network. */
  offered(invite: ServerTransaction): void {
    this.#notes?.offered(invite);
  }

  settled(invite: ServerTransaction): void {
    this.#notes?.settled(invite);
  }

  /** Stops its timers too. @returns false when it was gone already */
  delete(dialog: LiveDialog): boolean {
    dialog.reliable?.stop();
    for (const cancel of dialog.timers) cancel();
    dialog.timers.clear();
    for (const call of dialog.counted) call.end();
    if (!this.has(dialog)) return false;
    this.#notes?.ended(dialog);
    return this.#byId.delete(dialog.id);
  }

  /** The dialog that the far end's request says it is in; its tags are still to be compared. */
  find(request: SipRequest): LiveDialog | undefined {
    const callId = request.headers.get('Call-ID') ?? '';
    const from = tagOfHeader(request.headers.get('From')) ?? '';
    const to = tagOfHeader(request.headers.get('To')) ?? '';
    return this.#byId.get(dialogId(callId, from)) ?? this.#byId.get(dialogId(callId, to));
  }

  of(application: Application): LiveDialog[] {
    return [...this.#byId.values()].filter((dialog) => dialog.application === application);
  }

  all(): LiveDialog[] {
    return [...this.#byId.values()];
  }
}

type Fixed = Pick<LiveDialog, 'id' | 'application' | 'contact' | 'state' | 'flow' | 'origin'>;

export const liveDialog = (fixed: Fixed): LiveDialog => ({
  ...fixed,
  lostContact: false,
  inviteBy: undefined,
  awaitingAck: new Map(),
  whenAcked: [],
  toAcknowledge: undefined,
  awaitingPrack: [],
  acks: new Map(),
  reliable: undefined,
  localSdp: new Uint8Array(0),
  peerTakesUpdate: false,
  counted: [],
  timers: new Set(),
});
