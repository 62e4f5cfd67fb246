import type { SampleRateHz } from './units.ts';

/** As much of a codec as offer and answer need. */
export interface CodecFormat {
  /** Static (RFC 3551 section 6) below 96; the one that our offers name. */
  readonly payloadType: number;
  /** Of RTP timestamps, Hz. Not always the rate of the sound: RFC 3551 section 4.5.2. */
  readonly clockRate: number;
}

/**
 * Every codec that we have, by its encoding name (RFC 3551), which descriptions and manifests have, too. Spools have their
 * place in this table: a new one goes to the end.
 */
export const CODEC_FORMATS = {
  PCMU: { payloadType: 0, clockRate: 8_000 },
  PCMA: { payloadType: 8, clockRate: 8_000 },
  G722: { payloadType: 9, clockRate: 8_000 },
} as const satisfies Readonly<Record<string, CodecFormat>>;
export type CodecName = keyof typeof CODEC_FORMATS;
export const CODEC_NAMES = Object.keys(CODEC_FORMATS) as readonly CodecName[];
export const isCodecName = (name: string): name is CodecName => name in CODEC_FORMATS;

/** Linear sound, mono, 16-bit: what everything between two transports mixes, detects and plays. */
export interface LinearFrame {
  readonly rate: SampleRateHz;
  readonly samples: Int16Array;
}

/** @returns octets written. The samples are at the codec's rate; `into` has room for `octets(count)`. */
export type Encode = (samples: Int16Array, count: number, into: Uint8Array) => number;
/** @returns samples written, at the codec's rate. Never throws: whatever comes off the wire sounds like something. */
export type Decode = (payload: Uint8Array, into: Int16Array) => number;

/**
 * A codec as a value. Everything that depends on the codec is asked of it: to have another one is to have
 * another row in CODEC_FORMATS, and one in audio/codecs.ts.
 */
export interface Codec extends CodecFormat {
  readonly name: CodecName;
  /** Of the sound, Hz. */
  readonly sampleRate: SampleRateHz;
  readonly channels: 1;
  /** What one packet that we send holds. */
  readonly frameMs: number;
  /** Octets that a millisecond takes, whatever it sounds like. */
  readonly octetsPerMs: number;
  /** Repeated, it is silence whatever came before: what recordings have where nothing came. */
  readonly silence: number;
  /** `wFormatTag` and bits a sample in WAV files (RFC 2361). */
  readonly wav: { readonly tag: number; readonly bits: number };
  /** What a packet sounds like depends on those before it: none may be left out. */
  readonly stateful: boolean;
  /** Each stream has its own. */
  encode(): Encode;
  decode(): Decode;
}
