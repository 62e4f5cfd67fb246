import type { CallbackFact } from './callback-fact.ts';
import type { ContactId, LegId, RecordingId, TurnId } from './ids.ts';
import type { WallMs } from './units.ts';

/**
 * The one vocabulary of what happens in a call. Written to the journal in order as it happens; storage, metrics, live
 * pages and later work replay it. A field is added, never renamed; a change of meaning raises the version.
 *
 * Texts here are C2 data (the journal is storage, not a log). Secrets never appear: only their count of digits.
 */
export const CALL_EVENT_VERSION = 1;

export type EndReason =
  | 'caller-hung-up'
  | 'bot-hung-up'
  | 'cancelled'
  /** Our answer was never acknowledged (RFC 3261 section 13.3.1.4): it never was a call. */
  | 'not-acknowledged'
  /** Whom we called did not answer, or the call was not wanted any more. */
  | 'not-answered'
  | 'rejected'
  /** Its audio reached no disk any more, and `recordings.on_unsynced` is `end`. */
  | 'recording-lost'
  | 'maximum-duration'
  | 'silent-caller'
  | 'rtp-lost'
  | 'notice-refused'
  /** The person has been called by the caller's own telephone (REFER); we take no part in it any longer. */
  | 'transferred'
  | 'shutdown'
  | 'failed'
  | 'crashed';

export type TransferOutcome = 'completed' | 'no-answer' | 'busy' | 'declined' | 'failed' | 'caller-hung-up';

/** How a person is brought onto the line: called by us and joined with the caller, or called by the caller's telephone. */
export type TransferMethod = 'bridge' | 'refer';

/**
 * Why a leg's media is taken from another source than before: the announced address sends; an offer was answered; a NAT has
 * given the same stream another port; the source before fell silent; one that was left for its silence sends again; the
 * source before had proved nothing.
 */
export type MediaSourceChange = 'announced' | 'offer' | 'rebinding' | 'silence' | 'returned' | 'unproved';

/** Why a recording that an agent paused goes on: it was asked for, the pause had its time, somebody was put on hold or handed over, or the conversation is over. */
export type PauseEnd = 'asked' | 'time' | 'held' | 'handed-over' | 'talk-ended';

export type CallFact =
  | CallbackFact
  | {
      readonly type: 'call-offered';
      readonly leg: LegId;
      readonly direction: 'inbound' | 'outbound';
      readonly from: string;
      readonly to: string;
      readonly sip_call_id: string;
      /** The network vouches for `from` (P-Asserted-Identity, Remote-Party-ID). */
      readonly asserted?: boolean;
      /** Whose call it was before it was sent on to us (Diversion, History-Info). Masked. */
      readonly diverted_from?: string;
      /** The caller does not want its number to be shown (Privacy). */
      readonly private?: boolean;
    }
  | { readonly type: 'call-rejected'; readonly status: number; readonly reason: string }
  | {
      readonly type: 'call-answered';
      readonly leg: LegId;
      readonly codec: string;
      readonly telephone_event: boolean;
      /** The crypto-suite, where the caller's audio is encrypted. */
      readonly srtp?: string;
      readonly setup_ms: number;
    }
  | { readonly type: 'call-ended'; readonly because: EndReason; readonly duration_ms: number; readonly error?: string }
  | {
      readonly type: 'recording-started';
      readonly recording: RecordingId;
      readonly policy: string;
      readonly policy_version: number;
      readonly retention_class: string;
      /** ISO 8601. */
      readonly retain_until: string;
    }
  | {
      readonly type: 'recording-sealed';
      readonly recording: RecordingId;
      readonly path: string;
      readonly sha256: string;
      readonly duration_ms: number;
      readonly gaps: number;
      readonly recovered: boolean;
    }
  | {
      readonly type: 'recording-verified';
      readonly recording: RecordingId;
      readonly ok: boolean;
      readonly problems: readonly string[];
    }
  /** `lost_ms`: how much of its end has reached no disk, as far as is known. */
  | {
      readonly type: 'recording-failed';
      readonly recording: RecordingId;
      readonly error: string;
      readonly lost_ms?: number;
    }
  /** Of a conversation between persons: what both say is masked from here on, `longest_ms` at most. Again: `longest_ms` counts from now. */
  | { readonly type: 'recording-paused'; readonly by: string; readonly longest_ms: number }
  | {
      readonly type: 'recording-resumed';
      readonly because: PauseEnd;
      readonly paused_ms: number;
      /** Who asked for it. */
      readonly by?: string;
    }
  /** Found by the reconciler, long after the call: what should be in the archive is not. */
  | { readonly type: 'recording-missing'; readonly reason: string; readonly missing?: RecordingId }
  | {
      readonly type: 'notice-given';
      readonly notice: string;
      readonly version: number;
      readonly text: string;
      readonly heard_whole: boolean;
    }
  | {
      readonly type: 'state-entered';
      readonly state: string;
      readonly dialplan: string;
      readonly dialplan_version: number;
      /** Of the dialplan, BCP 47; journals of 0.1 do not have it. */
      readonly language?: string;
    }
  | { readonly type: 'turn-began'; readonly turn: TurnId; readonly state: string }
  | {
      readonly type: 'prompt-started';
      /** Holds slot values: shown outside storage only masked. */
      readonly personal: boolean;
      readonly turn: TurnId;
      readonly prompt: string;
      readonly text: string;
      readonly cached: boolean;
    }
  | {
      readonly type: 'prompt-finished';
      readonly turn: TurnId;
      readonly prompt: string;
      readonly played_ms: number;
      readonly because: 'end' | 'barge-in' | 'stopped' | 'failed';
    }
  /** End of the caller's speech (or last key) → first bot audio in an RTP packet. */
  | {
      readonly type: 'first-audio';
      readonly turn: TurnId;
      readonly latency_ms: number;
      readonly after_decision_ms: number;
      readonly cached: boolean;
    }
  | { readonly type: 'speech-began'; readonly turn: TurnId; readonly over_prompt: boolean }
  | { readonly type: 'speech-ended'; readonly turn: TurnId; readonly speech_ms: number }
  | {
      readonly type: 'barge-in';
      readonly turn: TurnId;
      readonly by: 'speech';
      readonly outcome: 'committed' | 'false';
      /** From the caller's first sound until the prompt was silent. */
      readonly silence_after_ms: number;
    }
  | { readonly type: 'barge-in'; readonly turn: TurnId; readonly by: 'key'; readonly outcome: 'committed' }
  | {
      readonly type: 'recognized';
      readonly turn: TurnId;
      readonly outcome: 'match' | 'no-match' | 'rejected' | 'not-speech' | 'other-language' | 'failed';
      /** Of an `other-language`: what was spoken ('zh'). */
      readonly language?: string;
      readonly text: string;
      readonly confidence: number;
      readonly decode_ms: number;
      readonly queue_ms: number;
      readonly speculative: boolean;
    }
  | {
      readonly type: 'digits-keyed';
      readonly turn: TurnId;
      readonly count: number;
      readonly via: 'rfc4733' | 'info' | 'inband';
      readonly secret: boolean;
    }
  | { readonly type: 'no-input'; readonly turn: TurnId; readonly attempt: number }
  | { readonly type: 'no-match'; readonly turn: TurnId; readonly attempt: number }
  | {
      readonly type: 'slot-filled';
      readonly turn: TurnId;
      readonly slot: string;
      readonly by: 'speech' | 'keys' | 'lookup';
      readonly value: string;
    }
  /** An option of a question was taken, by its name in the dialplan. */
  | { readonly type: 'intent-matched'; readonly turn: TurnId; readonly intent: string; readonly by: 'speech' | 'keys' }
  | {
      readonly type: 'looked-up';
      readonly turn: TurnId;
      readonly service: string;
      readonly outcome: string;
      /** It proved who the caller is. Absent in journals of 0.1. */
      readonly identified?: boolean;
      readonly took_ms: number;
    }
  | { readonly type: 'secure-began'; readonly turn: TurnId }
  | { readonly type: 'secure-ended'; readonly turn: TurnId }
  | {
      readonly type: 'keys-only';
      readonly turn: TurnId;
      readonly because: 'recognition-overloaded' | 'recognizer-failed' | 'no-recognizer' | 'background-speech';
    }
  | { readonly type: 'person-requested'; readonly turn: TurnId; readonly because: string }
  | { readonly type: 'transfer-ringing'; readonly leg: LegId; readonly to: string; readonly method: TransferMethod }
  | { readonly type: 'transfer-answered'; readonly leg: LegId; readonly after_ms: number }
  | {
      readonly type: 'transfer-ended';
      readonly leg: LegId;
      readonly outcome: TransferOutcome;
      readonly method: TransferMethod;
      readonly talked_ms: number;
    }
  /** The customer waits for an agent. `returned`: with the place that they had before. */
  | { readonly type: 'queue-entered'; readonly entry: string; readonly queue: string; readonly returned: boolean }
  /** Nobody is waited for: the queue is closed, full, has nobody at work… */
  | { readonly type: 'queue-refused'; readonly queue: string; readonly because: string }
  | { readonly type: 'queue-moved'; readonly entry: string; readonly queue: string }
  /** An agent who was offered the customer did not take them. */
  | { readonly type: 'agent-missed'; readonly entry: string; readonly agent: string; readonly because: string }
  /** `waited_ms`: since the customer asked for somebody. */
  | {
      readonly type: 'agent-answered';
      readonly entry: string;
      readonly agent: string;
      readonly queue: string;
      readonly waited_ms: number;
      readonly leg?: LegId;
    }
  | { readonly type: 'agent-left'; readonly entry: string; readonly agent: string; readonly because: string }
  /** The bot verifies the customer again, for an agent who waits. */
  | { readonly type: 'verification-began'; readonly entry: string; readonly agent: string }
  | {
      readonly type: 'verification-ended';
      readonly entry: string;
      readonly outcome: 'verified' | 'not-verified';
    }
  /** `score`: 1 to 5. */
  | { readonly type: 'satisfaction-given'; readonly agent: string; readonly queue: string; readonly score: number }
  /** What the agent says of the contact; may come after the call. */
  | { readonly type: 'wrapped-up'; readonly agent: string; readonly reason: string; readonly notes: string }
  | { readonly type: 'held'; readonly leg: LegId }
  | { readonly type: 'resumed'; readonly leg: LegId }
  | { readonly type: 'media-lost'; readonly leg: LegId; readonly silent_ms: number }
  /** Its keys come as RTP events (RFC 4733) with a payload type that was not agreed. */
  | { readonly type: 'events-unagreed'; readonly leg: LegId; readonly payload_type: number }
  /** Its media comes from another source than before, and goes there. The recording has a gap where it begins. */
  | { readonly type: 'media-source-changed'; readonly leg: LegId; readonly because: MediaSourceChange }
  /** Its audio came so much later than its timestamps say (below 0: earlier), and is placed by its arrival from then on. The first twenty of a leg. */
  | { readonly type: 'media-skewed'; readonly leg: LegId; readonly by_ms: number }
  /** Its media worker or media server died (`because`: the error's code); it was given other media and goes on. */
  | { readonly type: 'media-moved'; readonly leg: LegId; readonly because: string; readonly after_ms: number }
  | {
      readonly type: 'media-quality';
      readonly leg: LegId;
      readonly received: number;
      readonly lost: number;
      readonly late: number;
      readonly jitter_ms: number;
      /** There and back, by the far end's RTCP. */
      readonly round_trip_ms?: number;
      /** Mean opinion score since the last report, 1 to 4.4, estimated by the E-model (ITU-T G.107). */
      readonly mos?: number;
      /** Of what the far end hears, by its RTCP. */
      readonly far_lost_share?: number;
      readonly far_jitter_ms?: number;
      readonly far_mos?: number;
    }
  /** No audio of the far end has come since it was answered. `refused`: datagrams from elsewhere, or not encrypted as agreed. */
  | { readonly type: 'one-way-audio'; readonly leg: LegId; readonly silent_ms: number; readonly refused: number }
  /** The dialplan went round in circles (`states`: the last that it entered) and was stopped by its budget of steps. */
  | { readonly type: 'flow-loop'; readonly turn: TurnId; readonly states: string; readonly steps: number }
  | { readonly type: 'dead-air'; readonly turn: TurnId; readonly silent_ms: number; readonly remedy: string }
  | { readonly type: 'trouble'; readonly code: string; readonly where: string };

export interface CallStamp {
  readonly v: typeof CALL_EVENT_VERSION;
  readonly contact: ContactId;
  /** 1, 2, 3… within the contact, without gaps. */
  readonly seq: number;
  readonly at: WallMs;
  /** Milliseconds since the call was offered, by the monotonic clock. */
  readonly t_ms: number;
}

export type CallEvent = CallStamp & CallFact;
export type CallEventType = CallFact['type'];
