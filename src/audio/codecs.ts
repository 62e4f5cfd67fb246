import { CODEC_FORMATS, type Codec, type CodecName } from '../domain/codec.ts';
import { FRAME_MS, TELEPHONE_RATE } from '../domain/units.ts';
import { type G711Law, lawOf } from './g711-law.ts';

type Row = Omit<Codec, 'name' | 'payloadType' | 'clockRate' | 'channels' | 'frameMs'>;

/** ITU-T G.711: a table each way, no memory. */
function g711({ toLinear, fromLinear, silence }: G711Law, tag: number): Row {
  return {
    sampleRate: TELEPHONE_RATE,
    octetsPerMs: 8,
    silence,
    wav: { tag, bits: 8 },
    encode: () => (samples, count, into) => {
      for (let i = 0; i < count; i++) into[i] = fromLinear[(samples[i] ?? 0) & 0xffff] ?? 0;
      return count;
    },
    decode: () => (payload, into) => {
      const { length } = payload;
      for (let i = 0; i < length; i++) into[i] = toLinear[payload[i] ?? 0] ?? 0;
      return length;
    },
  };
}

const ROWS: Readonly<Record<CodecName, Row>> = {
  PCMU: g711(lawOf('PCMU'), 7),
  PCMA: g711(lawOf('PCMA'), 6),
};

const codec = (name: CodecName): Codec => ({
  name,
  ...CODEC_FORMATS[name],
  channels: 1,
  frameMs: FRAME_MS,
  ...ROWS[name],
});
const CODECS: Readonly<Record<CodecName, Codec>> = { PCMU: codec('PCMU'), PCMA: codec('PCMA') };

export const codecOf = (name: CodecName): Codec => CODECS[name];
export const { PCMU } = CODECS;

const STATIC = new Map(
  Object.values(CODECS).flatMap((one) => (one.payloadType < 96 ? [[one.payloadType, one] as const] : [])),
);

/** The codec whose number it is by RFC 3551, agreed or not. */
export const codecOfType = (payloadType: number): Codec | undefined => STATIC.get(payloadType);
