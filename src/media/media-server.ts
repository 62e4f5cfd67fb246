import type { MessagePort } from 'node:worker_threads';
import type { CodecName } from '../domain/codec.ts';
import type { MediaSourceChange } from '../domain/call-event.ts';
import type { ContactId, LegId, TurnId } from '../domain/ids.ts';
import type { RecordingOrigin } from '../domain/recording-origin.ts';
import type { SrtpSuite } from '../domain/srtp.ts';
import type { Secret } from '../domain/secret.ts';
import type { TurnPolicy } from '../domain/turn-policy.ts';
import type { Milliseconds, SampleCount, SharedMs } from '../domain/units.ts';
import type { ClipId } from '../speech/speech-service.ts';

/*
 * PORT. What the product needs of media, shaped by what FreeSWITCH + mod_audio_fork can really do as well as by our
 * embedded engine. Commands go down as calls; facts come up as EndpointEvents. No audio passes through here: clips and
 * utterances are named, and travel between the media workers, the speech worker and the recorder on their own ports.
 */

/**
 * A party of the recording; of a further one in the same part its number, such as `consulted-2`. What the customer does not hear of a
 * party (a consultation, a whisper) is the track of that name with `-private`.
 */
export type TrackName = 'customer' | 'bot' | `${'agent' | 'consulted' | 'supervisor'}${'' | `-${number}`}`;
export type UtteranceId = number & { readonly utterance: unique symbol };
export type PlaybackId = number & { readonly playback: unique symbol };

/** Where a leg's audio goes for the recording. Sample 0 of every track is the recording's. */
export interface TapTarget extends RecordingOrigin {
  /** What this leg's far end says. What we play to a customer is always the track `bot`. */
  readonly track: TrackName;
}

/** What reports that a far end speaks: nothing, the level of the sound, or Silero. */
export type VoiceActivity = 'off' | 'energy' | 'silero';

export interface EndpointOptions {
  readonly leg: LegId;
  readonly contact: ContactId;
  /** The far end's offer. Absent when we make the offer (outbound leg, INVITE without SDP): `modify` then takes the answer. */
  readonly remoteSdp?: string;
  /** The far end is a browser: our offer is one of WebRTC. Of a far end that offers, its offer tells. */
  readonly overWebrtc?: boolean;
  /** Address that the far end's SIP messages come from: behind a NAT its media comes from there as well. */
  readonly signalling?: string;
  /** The far end's SIP messages, and so the keys in its descriptions, travel encrypted (TLS). Default: no. */
  readonly confidential?: boolean;
  /** There is no leg without SRTP, whatever the configuration says: the far end has it, or takes nothing else. */
  readonly encrypted?: boolean;
  /** The SIP URI that our offer goes to: an IPv6 address in it is offered one of ours. */
  readonly towards?: string;
  /** Legs of one contact share a media worker. */
  readonly near?: Endpoint;
  readonly record?: TapTarget;
  /** Voice-activity detection on what this leg says. */
  readonly listen: boolean;
  /**
   * Nobody has shown yet that the described address wants our audio: nothing goes there until `consent` says so, or valid
   * RTP comes from exactly that address ("voice hammer", RFC 5245 section 18.5.1).
   */
  readonly awaitConsent?: boolean;
}

/** How a press of a key was told: RTP event, SIP INFO, or its tone in the audio. The first one counts. */
export type KeyTransport = 'rfc4733' | 'info' | 'inband';

export type BargeIn = 'none' | 'keys' | 'speech' | 'both';

export interface PlayRequest {
  readonly turn: TurnId;
  readonly clips: readonly ClipId[];
  /** What pauses (speech) or stops (a key) this playback inside the media worker, without a round trip. */
  readonly bargeIn: BargeIn;
  /** Repeats until stopped: music on hold. */
  readonly loop?: boolean;
}

export type EndpointEvent =
  /** The first packet of the playback left. `at` is by the clock that all threads share. */
  | { readonly type: 'playback-started'; readonly playback: PlaybackId; readonly turn: TurnId; readonly at: SharedMs }
  /** Speech began over it and it was paused at once (first stage of barge-in). */
  | { readonly type: 'playback-paused'; readonly playback: PlaybackId; readonly played: SampleCount }
  | { readonly type: 'playback-resumed'; readonly playback: PlaybackId }
  /** Exact when embedded; on FreeSWITCH an estimate within `error` samples. Clips that could not be had end it as 'failed'. */
  | {
      readonly type: 'playback-finished';
      readonly playback: PlaybackId;
      readonly turn: TurnId;
      readonly played: SampleCount;
      readonly error: SampleCount;
      readonly because: 'end' | 'key' | 'stopped' | 'failed';
    }
  /** `at`: when the speech really began (the look-back's start), monotonic. `paused`: the playback that it paused. */
  | {
      readonly type: 'speech-began';
      readonly utterance: UtteranceId;
      readonly at: SharedMs;
      readonly paused: PlaybackId | undefined;
    }
  /** The utterance has lasted `sustainMs` (400 ms): time for the partial decode that commits or refuses a barge-in. */
  | { readonly type: 'speech-sustained'; readonly utterance: UtteranceId }
  /** Silence long enough for a speculative decode, not yet for the end. */
  | { readonly type: 'speech-paused'; readonly utterance: UtteranceId; readonly at: SharedMs }
  | { readonly type: 'speech-resumed'; readonly utterance: UtteranceId }
  /** What began the utterance was not speech but our own voice coming back. What it paused may go on. */
  | { readonly type: 'speech-dismissed'; readonly utterance: UtteranceId }
  /** `endedAt`: when the last voiced frame was heard (before the hangover), monotonic. */
  | {
      readonly type: 'speech-ended';
      readonly utterance: UtteranceId;
      readonly endedAt: SharedMs;
      readonly speech: Milliseconds;
    }
  /** In secure mode the digit arrives as a Secret. One event per press, however often and by whatever it was told. */
  | {
      readonly type: 'digit';
      readonly digit: string | Secret;
      readonly via: KeyTransport;
      readonly at: SharedMs;
      readonly stopped: PlaybackId | undefined;
    }
  | { readonly type: 'rtp-began' }
  /** Valid RTP came from the announced address, before `consent` was called. */
  | { readonly type: 'consented' }
  /** Keys come as events with a payload type that was not agreed. Once per description. */
  | { readonly type: 'events-unagreed'; readonly payloadType: number }
  /** No packet for the time-out, and the leg is not on hold. Repeats are not sent; `rtp-began` re-arms it. */
  | { readonly type: 'rtp-lost'; readonly silent: Milliseconds }
  /**
   * Another source is heard, and spoken to, than before: by its announcement, an offer, a NAT's new port, its silence.
   * The recording has a gap there.
   */
  | { readonly type: 'source-changed'; readonly because: MediaSourceChange }
  /** Its audio lay beside our clock by so much (below 0: ahead of it), and is placed by its arrival from now on. Twenty times at most. */
  | { readonly type: 'skewed'; readonly by: Milliseconds }
  | {
      readonly type: 'quality';
      readonly received: number;
      readonly lost: number;
      readonly late: number;
      readonly jitter: Milliseconds;
      /** There and back, by the far end's RTCP. */
      readonly roundTrip?: Milliseconds | undefined;
      /** Mean opinion score of what came since the last report, estimated (ITU-T G.107). */
      readonly mos?: number | undefined;
      /** Of what the far end hears, by its RTCP. */
      readonly far?: { readonly lostShare: number; readonly jitter: Milliseconds; readonly mos: number } | undefined;
    }
  /** Nothing has come since the far end had to begin. `refused`: datagrams that were not taken meanwhile. Once. */
  | { readonly type: 'one-way-audio'; readonly silent: Milliseconds; readonly refused: number }
  /** The endpoint is gone without our asking: its worker or media server died. */
  | { readonly type: 'failed'; readonly code: string };

export interface Endpoint extends AsyncDisposable {
  readonly leg: LegId;
  /** Our description as it stands: the answer to `remoteSdp`, or our offer. */
  readonly localSdp: string;
  readonly codec: CodecName | undefined;
  readonly telephoneEvent: boolean;
  /** What its audio is encrypted with; undefined: it is plain RTP, or a media server's business that does not say. */
  readonly srtp?: SrtpSuite | undefined;
  readonly held: boolean;
  /** Its audio goes by ICE and DTLS-SRTP, to a browser. */
  readonly overWebrtc: boolean;

  /** The far end wants our audio (it acknowledged our answer): what `awaitConsent` held back goes out from now on. */
  consent(): void;
  /**
   * Takes the far end's new offer, or its answer to ours; returns our description. Hold and address changes included.
   *
   * @param signalling - as of `EndpointOptions`, where it has become known or has changed
   * @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED
   */
  modify(remoteSdp: string, signalling?: string): Promise<string>;
  /**
   * Another offer for a far end that refused ours: SRTP insisted on, where it was a wish (some refuse wishes, RFC 8643 is young).
   * Undefined: there is none.
   */
  alternativeOffer?(): string | undefined;
  /** Appends to what is playing; pieces play without a gap. */
  play(request: PlayRequest): PlaybackId;
  /** Silence within one packet (20 ms). Stops this playback, or all that is queued. */
  stop(playback?: PlaybackId): void;
  resume(playback: PlaybackId): void;
  /** A key by SIP INFO: it is counted with what audio and RTP tell of it, and comes as a `digit` if it is a press. */
  infoKey(digit: string): void;
  /** RFC 4733 events, 100 ms each with 60 ms between. */
  sendDigits(digits: string): void;
  /** Whether voice activity is reported, and how turns end. A bot that must be deaf (a person is talking) says `undefined`. */
  listen(policy: TurnPolicy | undefined): void;
  /** Ends the current utterance now: a complete match has been recognised. */
  endUtterance(utterance: UtteranceId): void;
  /** Sends what the utterance holds up to now to the recognition job of that id; the speech worker joins the two. */
  submit(utterance: UtteranceId, job: number): void;
  /** PIN entry: the customer's track is masked before it leaves the media worker (and 100 ms back), digits become Secrets. */
  secure(on: boolean): void;
  /** What its far end says is masked as in a PIN entry, but still heard by the leg that it is bridged to. */
  pauseRecording(on: boolean): void;
  /** Both hear each other; each leg's own tap goes on. The bot's playback to either is mixed in. */
  bridge(other: Endpoint): void;
  unbridge(): void;
  /**
   * From now on its far end hears these, and no other leg; the bot's playback is mixed in. Who hears whom is a table, of which each leg has
   * its row: listening in, a whisper, a barge-in, a consultation and a call of three are tables. All are in one place (`near`). Only where
   * the media server `mixes`; `bridge` and `unbridge` are the tables of two and of nobody, which every media server knows.
   */
  hear(others: readonly Endpoint[]): void;
  /** One listener, the call. Events before it listens are kept (up to 256). */
  onEvent(listener: (event: EndpointEvent) => void): void;
  /** Idempotent. Releases the port (after draining), ends playback, flushes the tap. */
  close(): Promise<void>;
}

export interface MediaStatistics {
  readonly endpoints: number;
  readonly portsFree: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly packetsDropped: number;
  /** Lateness of the playout tick since the last reading, ms. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
}

export interface MediaServer extends AsyncDisposable {
  /** More than two legs can be joined: `Endpoint.hear`. */
  readonly mixes: boolean;
  /** @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED, MEDIA_PORTS_EXHAUSTED, MEDIA_WORKER_LOST, CANCELLED */
  createEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<Endpoint>;
  statistics(): Promise<MediaStatistics>;
  /** Of the start: lines to the speech worker and the recorder, one of each per media worker. */
  connect(channel: { readonly to: 'speech' | 'recorder'; readonly open: () => MessagePort }): void;
}
