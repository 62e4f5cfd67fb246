import { type RtpClockHz, type SampleRateHz, TELEPHONE_RATE } from './units.ts';

/** As much of a codec as offer and answer need. */
export interface CodecFormat {
  /** Static (RFC 3551 section 6) below 96; the one that our offers name. */
  readonly payloadType: number;
  /** Of RTP timestamps. */
  readonly clockRate: RtpClockHz;
  /** That its rtpmap names: one, unless it says so. Opus says two whatever it sounds like (RFC 7587 section 7). */
  readonly rtpmapChannels?: number;
  /** Parameters of what we would like to get (a=fmtp), if there is anything to say. */
  readonly fmtp?: string;
  /** Tracks are kept in it, nobody speaks it. */
  readonly keptOnly?: boolean;
}

/**
 * Every codec that we have, by its encoding name (RFC 3551), which descriptions and manifests have, too. Spools have their
 * place in this table: a new one goes to the end.
 */
export const CODEC_FORMATS = {
  PCMU: { payloadType: 0, clockRate: 8_000 },
  PCMA: { payloadType: 8, clockRate: 8_000 },
  G722: { payloadType: 9, clockRate: 8_000 },
  opus: {
    payloadType: 96,
    clockRate: 48_000,
    rtpmapChannels: 2,
    fmtp: 'maxplaybackrate=16000;sprop-maxcapturerate=8000;maxaveragebitrate=32000;useinbandfec=1',
  },
  L16: { payloadType: 127, clockRate: 16_000, keptOnly: true },
} as const satisfies Readonly<Record<string, CodecFormat>>;
export type CodecName = keyof typeof CODEC_FORMATS;
export const CODEC_NAMES = Object.keys(CODEC_FORMATS) as readonly CodecName[];
export const isCodecName = (name: string): name is CodecName => name in CODEC_FORMATS;

export const formatOf = (name: CodecName): CodecFormat => CODEC_FORMATS[name];
/** Those that can be agreed on. */
export const SPOKEN_CODECS: readonly CodecName[] = CODEC_NAMES.filter((name) => formatOf(name).keptOnly !== true);
/** `PCMU/8000`, `opus/48000/2`: what a=rtpmap says (RFC 8866 section 6.6). */
export function encodingOf(name: CodecName): string {
  const { clockRate, rtpmapChannels = 1 } = formatOf(name);
  return `${name}/${clockRate}${rtpmapChannels === 1 ? '' : `/${rtpmapChannels}`}`;
}
/** Payload types from here on mean what a description says (RFC 3551 section 6). */
export const FIRST_DYNAMIC_TYPE = 96;
export const isStatic = (name: CodecName): boolean => formatOf(name).payloadType < FIRST_DYNAMIC_TYPE;

/** Linear sound, mono, 16-bit: what everything between two transports mixes, detects and plays. */
export interface LinearFrame {
  readonly rate: SampleRateHz;
  readonly samples: Int16Array;
}

/** @returns octets written. The samples are at the codec's rate; `into` has room for `octets(count)`. */
export interface Encode {
  (samples: Int16Array, count: number, into: Uint8Array): number;
  /** Gives back what it holds, if it holds anything; it is not called afterwards. */
  close?: () => void;
}
/** @returns samples written, at the codec's rate. Never throws: whatever comes off the wire sounds like something. */
export interface Decode {
  (payload: Uint8Array, into: Int16Array): number;
  /** As of `Encode`. */
  close?: () => void;
}

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
  /** How long a payload sounds, ms, by its octets from `from` up to `to`; 0: it is not a packet of this codec. */
  readonly packetMs: (bytes: Uint8Array, from: number, to: number) => number;
  /** Octets that a millisecond takes in a track, whatever it sounds like: a multiple of 8. */
  readonly octetsPerMs: number;
  /** The codec that tracks of it are kept in. Another one where packets of the same length have different durations. */
  readonly keptAs: CodecName;
  /** Repeated, it is silence whatever came before: what recordings have where nothing came. */
  readonly silence: number;
  /** `wFormatTag` and bits a sample in WAV files (RFC 2361). */
  readonly wav: { readonly tag: number; readonly bits: number };
  /** What a packet sounds like depends on those before it: none may be left out. */
  readonly stateful: boolean;
  /** Each stream has its own. @param parameters - what the far end's description says of the codec (a=fmtp) */
  encode(parameters?: string): Encode;
  decode(): Decode;
}

/** Octets in a track at each place of the telephone's rate: 1 for G.711 and G.722. */
export const octetsPerSample = ({ octetsPerMs }: Codec): number => (octetsPerMs * 1000) / TELEPHONE_RATE;
