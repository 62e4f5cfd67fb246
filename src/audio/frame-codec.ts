import type { Codec, Decode, Encode, LinearFrame } from '../domain/codec.ts';
import { type SampleRateHz, TELEPHONE_RATE } from '../domain/units.ts';
import { StreamResampler } from './resample.ts';

/* The edge of a leg: beyond it are packets of whatever codec, on this side linear frames of one rate. */

/** Longer than any packet that is taken, ms. */
const LONGEST_MS = 200;

/** One stream of packets as linear frames. */
export class FrameDecoder {
  readonly #decode: Decode;
  readonly #resampler: StreamResampler | undefined;
  readonly #frame: { readonly rate: SampleRateHz; samples: Int16Array };
  readonly #room: Int16Array;
  /** Of the usual packet, so that none is made for each. */
  readonly #usual: Int16Array;
  /** The last packet at the codec's own rate; its samples are used again for the next one. */
  readonly own: { readonly rate: SampleRateHz; samples: Int16Array };

  /** @param rate - of the frames */
  constructor(codec: Codec, rate: SampleRateHz = TELEPHONE_RATE) {
    this.#decode = codec.decode();
    this.#resampler =
      codec.sampleRate === rate ? undefined : new StreamResampler(codec.sampleRate, { to: rate, live: true });
    this.#room = new Int16Array((LONGEST_MS * codec.sampleRate) / 1000);
    this.#usual = this.#room.subarray(0, (codec.frameMs * codec.sampleRate) / 1000);
    this.#frame = { rate, samples: this.#usual };
    this.own = { rate: codec.sampleRate, samples: this.#usual };
  }

  close(): void {
    this.#decode.close?.();
  }

  /** @returns the same object each time, its samples used again for the next packet */
  decode(payload: Uint8Array): LinearFrame {
    const count = this.#decode(payload, this.#room);
    const samples = count === this.#usual.length ? this.#usual : this.#room.subarray(0, count);
    this.own.samples = samples;
    this.#frame.samples = this.#resampler === undefined ? samples : this.#resampler.push(samples);
    return this.#frame;
  }
}

/** Linear frames as one stream of packets. */
export class FrameEncoder {
  readonly codec: Codec;
  readonly #encode: Encode;
  #resampler: StreamResampler | undefined;
  #rate: SampleRateHz;

  /** @param parameters - of the far end's a=fmtp */
  constructor(codec: Codec, parameters?: string) {
    this.codec = codec;
    this.#encode = codec.encode(parameters);
    this.#rate = codec.sampleRate;
  }

  close(): void {
    this.#encode.close?.();
  }

  /** @returns how many octets of `into` it takes */
  encode({ rate, samples }: LinearFrame, into: Uint8Array): number {
    if (rate !== this.#rate) {
      this.#rate = rate;
      this.#resampler =
        rate === this.codec.sampleRate
          ? undefined
          : new StreamResampler(rate, { to: this.codec.sampleRate, live: true });
    }
    const own = this.#resampler === undefined ? samples : this.#resampler.push(samples);
    return this.#encode(own, own.length, into);
  }
}
