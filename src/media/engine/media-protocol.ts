import type { RtpClockHz, SharedMs } from '../../domain/units.ts';
import type { MessagePort } from 'node:worker_threads';
import type { CodecName } from '../../domain/codec.ts';
import type { TurnId } from '../../domain/ids.ts';
import type { SrtpKey } from '../../domain/srtp.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import type { ClipId } from '../../speech/speech-service.ts';
import type {
  BargeIn,
  EndpointEvent,
  KeyTransport,
  PlaybackId,
  TapTarget,
  UtteranceId,
  VoiceActivity,
} from '../media-server.ts';

/* What the main thread and a media worker say to each other. No audio: that has lines of its own. */

/** Names an endpoint within one media server. */
export type EndpointKey = number & { readonly endpoint: unique symbol };

/** What offer and answer have settled. */
export interface NegotiatedMedia {
  readonly codec: CodecName;
  readonly payloadType: number;
  /** What our offer named it, if we made the offer: audio may come with either. */
  readonly offeredType?: number | undefined;
  /** What the far end says of the codec (a=fmtp). */
  readonly codecParameters?: string | undefined;
  /** Payload type that keys are sent with; undefined: the far end knows no events. */
  readonly telephoneEvent: number | undefined;
  /** Payload types that keys may come with. */
  readonly eventTypes: readonly number[];
  /** Of their timestamps and durations; default that of the codec. */
  readonly eventClockRate?: RtpClockHz;
  /** Payload types to which the far end's description gives another meaning: keys never come with those. */
  readonly otherTypes?: readonly number[];
  /** Undefined when the far end gave no usable address (0.0.0.0, port 0, a host name): then we only listen. */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number } | undefined;
  /** Where the far end's SIP messages come from, if that is known. */
  readonly signalling?: string | undefined;
  readonly send: boolean;
  readonly receive: boolean;
  /** The far end has put us on hold, or no audio was negotiated: its silence is not a loss. */
  readonly held: boolean;
  /** Undefined: plain RTP. */
  readonly srtp?: SrtpKeys | undefined;
}

/** What a leg's two directions are encrypted with. Each side of the thread boundary wipes its own copy. */
export interface SrtpKeys {
  readonly send: SrtpKey;
  readonly receive: SrtpKey;
}

export interface MediaWorkerOptions {
  readonly rtpTimeoutMs: number;
  readonly voiceActivity: VoiceActivity;
  readonly inbandDtmf: boolean;
  /** Of the `WakeSignal` that goes with each message to the worker. */
  readonly wakeMemory: SharedArrayBuffer;
}

/** What a worker is given beside what its host adds. */
export type GivenOptions<Options extends MediaWorkerOptions> = Omit<Options, 'wakeMemory'>;

type ToEndpoint<T> = T & { readonly endpoint: EndpointKey };

export type ToMediaWorker =
  | { readonly type: 'channel'; readonly to: 'speech' | 'recorder'; readonly port: MessagePort }
  | { readonly type: 'statistics'; readonly request: number }
  | { readonly type: 'shut-down' }
  | OpenLeg
  | EndpointCommand;

/** A leg whose audio is RTP on one of our ports, or a fork that FreeSWITCH will connect. */
export type OpenLeg = ToEndpoint<{
  readonly type: 'open';
  readonly request: number;
  readonly record: TapTarget | undefined;
  readonly listen: boolean;
  readonly audio:
    | { readonly from: 'rtp'; readonly host: string; readonly port: number; readonly awaitConsent: boolean }
    | { readonly from: 'fork' };
}>;

export type EndpointCommand =
  | ToEndpoint<{ readonly type: 'negotiated'; readonly media: NegotiatedMedia }>
  | ToEndpoint<{
      readonly type: 'play';
      readonly playback: PlaybackId;
      readonly turn: TurnId;
      readonly clips: readonly ClipId[];
      readonly bargeIn: BargeIn;
      readonly loop: boolean;
    }>
  | ToEndpoint<{ readonly type: 'consent' }>
  | ToEndpoint<{ readonly type: 'stop'; readonly playback: PlaybackId | undefined }>
  | ToEndpoint<{ readonly type: 'resume'; readonly playback: PlaybackId }>
  | ToEndpoint<{ readonly type: 'send-digits'; readonly digits: string }>
  | ToEndpoint<{ readonly type: 'listen'; readonly policy: TurnPolicy | undefined }>
  | ToEndpoint<{ readonly type: 'end-utterance'; readonly utterance: UtteranceId }>
  | ToEndpoint<{ readonly type: 'submit'; readonly utterance: UtteranceId; readonly job: number }>
  | ToEndpoint<{ readonly type: 'secure'; readonly on: boolean }>
  | ToEndpoint<{ readonly type: 'pause-recording'; readonly on: boolean }>
  /** A key that did not come as audio or RTP to us: by SIP INFO, or FreeSWITCH has heard it. */
  | ToEndpoint<{ readonly type: 'key'; readonly digit: string; readonly via: 'info' | 'rfc4733' }>
  /** A fork may connect with this token, once. */
  | ToEndpoint<{ readonly type: 'expect-fork'; readonly token: string }>
  | ToEndpoint<{ readonly type: 'bridge'; readonly other: EndpointKey }>
  | ToEndpoint<{ readonly type: 'unbridge' }>
  /** From now on its far end hears these, and no other leg. */
  | ToEndpoint<{ readonly type: 'hear'; readonly others: readonly EndpointKey[] }>
  | ToEndpoint<{ readonly type: 'close' }>;

/** As it crosses the thread boundary: a Secret cannot, so the main side makes it of `secret` digits at once. */
export type MediaEvent =
  | Exclude<EndpointEvent, { readonly type: 'digit' }>
  | {
      readonly type: 'digit';
      readonly digit: string;
      readonly secret: boolean;
      readonly via: KeyTransport;
      readonly at: SharedMs;
      readonly stopped: PlaybackId | undefined;
    };

export interface MediaWorkerStatistics {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly packetsDropped: number;
  /** Samples of silence in the middle of playbacks, because the next chunk had not come. */
  readonly underrun: number;
  /** Samples that came too late for the recording. */
  readonly tapLate: number;
  /** Times that energy alone had to tell speech from silence. */
  readonly vadFallbacks: number;
  /** Counts of playout ticks by lateness since the last reading, see LatenessHistogram. */
  readonly lateness: Uint32Array;
}

/** Why there is no leg: another port may do, or nothing does now. */
export type LegRefusal = 'PORT_IN_USE' | 'FILE_DESCRIPTORS_EXHAUSTED' | 'INTERNAL';

export type FromMediaWorker =
  | { readonly type: 'ready' }
  /** `port`: of RTP, or of the WebSocket server that forks connect with. */
  | { readonly type: 'opened'; readonly request: number; readonly port: number }
  | { readonly type: 'refused'; readonly request: number; readonly code: LegRefusal }
  | { readonly type: 'statistics'; readonly request: number; readonly statistics: MediaWorkerStatistics }
  /** FreeSWITCH's WebSocket came, or went without our asking. */
  | { readonly type: 'fork'; readonly endpoint: EndpointKey; readonly state: 'connected' | 'lost' }
  | { readonly type: 'closed'; readonly endpoint: EndpointKey }
  | { readonly type: 'event'; readonly endpoint: EndpointKey; readonly event: MediaEvent }
  /** Something inside went wrong that no endpoint needs to know of: to be logged. */
  | { readonly type: 'trouble'; readonly code: string; readonly where: string };
