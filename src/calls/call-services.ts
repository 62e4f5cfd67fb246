import type { BankServices } from '../bank/bank-services.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import type { Understanding } from '../dialogue/understanding.ts';
import type { Admission } from '../domain/admission.ts';
import type { CallFact, TransferMethod } from '../domain/call-event.ts';
import type { ContactId, LegId } from '../domain/ids.ts';
import type { RecordingOrigin } from '../domain/recording-origin.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaServer } from '../media/media-server.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { CallParties, Signalling } from '../signalling/signalling.ts';
import type { ClipId, SpeechService } from '../speech/speech-service.ts';

export interface CallSettings {
  /** The SIP address behind "a person"; absent: none is configured, and the dialplan hears that transfers fail. */
  readonly person: string | undefined;
  /** How they are reached: by our own call, joined with the caller's, or by REFER, when the caller's telephone calls them. */
  readonly personMethod: TransferMethod;
  /** There are queues whose agents callers can be put through to. */
  readonly queues: boolean;
  /** Calls beyond this are refused with 503. */
  readonly maxCalls: number;
  /** What happens when a recording cannot be opened: a bank's line refuses, others go on with an alarm. */
  readonly onRecordingFailure: 'refuse' | 'continue';
  /** What happens to a call whose recording has not been synced for too long. */
  readonly onUnsynced: 'end' | 'announce' | 'continue';
  /** An agent's pause of the recording ends by itself after that. */
  readonly recordingPause: Milliseconds;
  /** All pauses of a call together. */
  readonly recordingPauses: Milliseconds;
  /** Silence before a speculative decode, ms. */
  readonly speculateAfterMs: number;
  readonly speechDeadlineMs: number;
}

export type OfferFact = Extract<CallFact, { readonly type: 'call-offered' }>;

/** What is known of a call before it is answered. */
export interface CallToRecord {
  readonly origin: RecordingOrigin;
  readonly contact: ContactId;
  readonly leg: LegId;
  readonly sipCallId: string;
  /** As signalled, in full: they go no further than a keyed hash and a mask. */
  readonly caller: string;
  readonly called: string;
  readonly direction: 'inbound' | 'outbound';
  /** A policy says that calls of that number are not recorded. */
  readonly exempt: boolean;
}

/** What becomes of a call: the dialogue that answers it, or the status that refuses it. */
export type CallRoute = { readonly dialogue: Dialogue } | { readonly reject: number };

/** One way to call a person; the next one is taken when it fails. */
export interface OutboundWay {
  /** What leads there, for logs. */
  readonly gateway: string;
  readonly uri: string;
  /** The From header. */
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The ways to a person who is named by a number (`tel:`); empty: none leads there. Undefined: it is an address, which is called as it is. */
export type OutboundWays = (person: string, parties: CallParties) => readonly OutboundWay[] | undefined;

/** All that calls need of the rest of the product, as ports. */
export interface CallServices {
  readonly settings: CallSettings;
  /** Of the call. */
  readonly dialogue: Dialogue;
  /** Absent: nobody is called by a number. */
  readonly outboundWays?: OutboundWays;
  /** Whether a person may hand a caller over to that address; absent: to nobody. */
  readonly mayRefer?: (uri: string) => boolean;
  readonly understanding: Understanding;
  /** Where the line is, IANA name: its days are what "tomorrow" follows; this machine's where absent. */
  readonly timeZone?: string;
  readonly media: MediaServer;
  readonly signalling: Signalling;
  readonly speech: SpeechService;
  readonly recorder: Recorder;
  /**
   * Appends the offer to the journal, at once, and writes it with the call detail record of the leg and the intent to record it, in one
   * transaction. A call is neither recorded nor answered before it resolves.
   *
   * @throws IvrError RECORDINGS_UNWRITABLE when a call of that number may not go on without
   */
  readonly announce: (offer: OfferFact, call: CallToRecord) => Promise<unknown>;
  /** Whether a policy exempts calls of that number of ours from being recorded. Absent: every call is recorded. */
  readonly isExempt?: (called: string) => boolean;
  readonly bank: BankServices;
  readonly holdMusic: ClipId;
  /** Whether the parts that every call stands on are there and keep up. */
  readonly line: () => Admission;
  /** Appends to the journal. */
  readonly note: (contact: ContactId, fact: CallFact) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}
