import { CODEC_FORMATS, type Codec, type CodecFormat, type CodecName, FIRST_DYNAMIC_TYPE } from '../domain/codec.ts';
import { FRAME_MS, TELEPHONE_RATE } from '../domain/units.ts';
import { type G711Law, lawOf } from './g711-law.ts';
import { g722Decoder, g722Encoder } from './g722.ts';
import { OPUS_RATE, opusDecoder, opusEncoder, opusMs } from './opus.ts';

/** What a row has to say of itself; the rest is usual. */
type Row = Omit<Codec, keyof CodecFormat | 'name' | 'channels' | 'frameMs' | 'packetMs' | 'keptAs'> &
  Partial<Pick<Codec, 'packetMs' | 'keptAs'>>;

const row = (name: CodecName, own: Row): Codec => ({
  name,
  ...CODEC_FORMATS[name],
  channels: 1,
  frameMs: FRAME_MS,
  packetMs: (_, from, to) => (to - from) / own.octetsPerMs,
  keptAs: name,
  ...own,
});

/** ITU-T G.711: a table each way, no memory. */
const g711 = ({ toLinear, fromLinear, silence }: G711Law, tag: number): Row => ({
  sampleRate: TELEPHONE_RATE,
  octetsPerMs: 8,
  silence,
  wav: { tag, bits: 8 },
  stateful: false,
  encode: () => (samples, count, into) => {
    for (let i = 0; i < count; i++) into[i] = fromLinear[(samples[i] ?? 0) & 0xffff] ?? 0;
    return count;
  },
  decode: () => (payload, into) => {
    const { length } = payload;
    for (let i = 0; i < length; i++) into[i] = toLinear[payload[i] ?? 0] ?? 0;
    return length;
  },
});

const CODECS: Readonly<Record<CodecName, Codec>> = {
  PCMU: row('PCMU', g711(lawOf('PCMU'), 7)),
  PCMA: row('PCMA', g711(lawOf('PCMA'), 6)),
  G722: row('G722', {
    sampleRate: 16_000,
    octetsPerMs: 8,
    // what is left of the smallest steps up and down lies at 8 kHz, above the band
    silence: 0xfc,
    wav: { tag: 0x028f, bits: 4 },
    stateful: true,
    encode: g722Encoder,
    decode: g722Decoder,
  }),
  opus: row('opus', {
    sampleRate: OPUS_RATE,
    octetsPerMs: 32,
    keptAs: 'L16',
    packetMs: opusMs,
    silence: 0,
    wav: { tag: 1, bits: 16 },
    stateful: true,
    encode: opusEncoder,
    decode: opusDecoder,
  }),
  // as WAV files have it, the low octet first
  L16: row('L16', {
    sampleRate: OPUS_RATE,
    octetsPerMs: 32,
    silence: 0,
    wav: { tag: 1, bits: 16 },
    stateful: false,
    encode: () => (samples, count, into) => {
      for (let i = 0; i < count; i++) {
        into[2 * i] = (samples[i] ?? 0) & 0xff;
        into[2 * i + 1] = (samples[i] ?? 0) >> 8;
      }
      return 2 * count;
    },
    decode: () => (payload, into) => {
      const count = payload.length >> 1;
      for (let i = 0; i < count; i++) into[i] = (payload[2 * i] ?? 0) | ((payload[2 * i + 1] ?? 0) << 8);
      return count;
    },
  }),
};

export const codecOf = (name: CodecName): Codec => CODECS[name];
export const { PCMU } = CODECS;

const STATIC = new Map(
  Object.values(CODECS).flatMap((codec) =>
    codec.payloadType < FIRST_DYNAMIC_TYPE ? [[codec.payloadType, codec] as const] : [],
  ),
);

/** The codec whose number it is by RFC 3551, agreed or not. */
export const codecOfType = (payloadType: number): Codec | undefined => STATIC.get(payloadType);
