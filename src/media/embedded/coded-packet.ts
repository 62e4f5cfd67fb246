import { FrameDecoder } from '../../audio/frame-codec.ts';
import type { Codec, LinearFrame } from '../../domain/codec.ts';
import { type LegSample, legSample, type SampleRateHz, TELEPHONE_RATE } from '../../domain/units.ts';
import type { HeardPacket } from '../engine/heard-packet.ts';

const SAMPLES_PER_MS = TELEPHONE_RATE / 1000;

/**
 * The packets of one stream, one after the other. Where a packet says by itself what it sounds like it is decoded when
 * somebody wants to hear it: a leg that is only recorded hears nothing.
 */
export class CodedPacket implements HeardPacket {
  readonly rate: SampleRateHz = TELEPHONE_RATE;
  at: LegSample = legSample(0);
  count = 0;
  codec: Codec | undefined;
  payload: Uint8Array = new Uint8Array(0);
  quietBefore = 0;
  repeatBefore = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  #samples: Int16Array | undefined;
  #decoder: FrameDecoder | undefined;
  /** One for each codec that the stream has used. */
  readonly #decoders = new Map<Codec, FrameDecoder>();

  /** Zero-filled samples stay so until the next packet. */
  get samples(): Int16Array {
    return (this.#samples ??= this.#decoder?.decode(this.payload).samples ?? new Int16Array(0));
  }

  get own(): LinearFrame | undefined {
    return this.codec?.stateful === true && this.codec.sampleRate !== this.rate ? this.#decoder?.own : undefined;
  }

  /** Another stream begins, or none comes any more. */
  reset(): void {
    for (const decoder of this.#decoders.values()) decoder.close();
    this.#decoders.clear();
    this.codec = undefined;
  }

  /** @param durationMs - by the codec (`packetMs`) */
  load(codec: Codec, payload: Uint8Array, durationMs: number): void {
    if (codec !== this.codec) this.#use(codec);
    this.codec = codec;
    this.payload = payload;
    this.#samples = codec.stateful ? this.#decoder?.decode(payload).samples : undefined;
    this.count = this.#samples?.length ?? durationMs * SAMPLES_PER_MS;
  }

  #use(codec: Codec): void {
    this.#decoder = this.#decoders.get(codec) ?? new FrameDecoder(codec);
    this.#decoders.set(codec, this.#decoder);
  }
}
