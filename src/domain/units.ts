/** Numbers that carry their unit. Inside the code a unit is a type; at the edges (YAML, JSON, HTTP) it is a suffix of the name. */
declare const unit: unique symbol;
type Quantity<U extends string> = number & { readonly [unit]: U };

export type Milliseconds = Quantity<'ms'>;
export type SampleCount = Quantity<'samples'>;
/** Unix time. */
export type WallMs = Quantity<'wall-ms'>;
/** `Clock.now`, or `performance.now()` of one thread: since an arbitrary start, comparable within that thread alone. */
export type MonotonicMs = Milliseconds;
/** The monotonic clock that all threads of the process share: `performance.timeOrigin + performance.now()`. */
export type SharedMs = Quantity<'shared-ms'>;
/** A place on the clock of a leg, whose position 0 is its origin; at the telephone's rate, perhaps between two samples. */
export type LegSample = Quantity<'leg-samples'>;
/** Time in a recording: milliseconds since its sample 0. */
export type RecordingMs = Quantity<'recording-ms'>;
/** A place in a recording: samples at the telephone's rate since its sample 0 (domain/recording-origin.ts). */
export type RecordingSample = Quantity<'recording-samples'>;
/** An RTP timestamp, or the time between two: ticks of the stream's RTP clock (RFC 3550 section 5.1), modulo 2^32 where it is a timestamp. */
export type RtpTicks = Quantity<'rtp-ticks'>;
/** Of an RTP clock: a multiple of the telephone's rate. Not always the rate of the sound (RFC 3551 section 4.5.2, RFC 7587 section 4.1). */
export type RtpClockHz = 8000 | 16000 | 24000 | 32000 | 48000;
export type SampleRateHz = 8000 | 16000 | 24000 | 48000;

/** The rate of everything inside the telephone network that we serve: G.711 (RFC 3551). */
export const TELEPHONE_RATE = 8000 satisfies SampleRateHz & RtpClockHz;
/** One RTP packet's worth of audio at 8 kHz: 20 ms. */
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;

export const ms = (n: number): Milliseconds => n as Milliseconds;
export const seconds = (n: number): Milliseconds => (n * 1000) as Milliseconds;
export const wallMs = (n: number): WallMs => n as WallMs;
/** @param by - ms, which may be negative */
export const wallAfter = (at: WallMs, by: number): WallMs => (at + by) as WallMs;
export const sharedMs = (n: number): SharedMs => n as SharedMs;
export const recordingMs = (n: number): RecordingMs => n as RecordingMs;
export const legSample = (n: number): LegSample => n as LegSample;
export const recordingSample = (n: number): RecordingSample => n as RecordingSample;
export const rtpTicks = (n: number): RtpTicks => n as RtpTicks;
export const samples = (n: number): SampleCount => n as SampleCount;

/** Ticks of an RTP clock in one sample at the telephone's rate. */
export const ticksPerSample = (clockRate: RtpClockHz): number => clockRate / TELEPHONE_RATE;
export const ticksIn = (milliseconds: number, clockRate: RtpClockHz): RtpTicks =>
  Math.round((milliseconds * clockRate) / 1000) as RtpTicks;

export const durationOf = (count: number, rate: SampleRateHz): Milliseconds => ((count * 1000) / rate) as Milliseconds;
