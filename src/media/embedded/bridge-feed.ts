import type { G711Codec } from '../../audio/g711.ts';
import { expand, type G711Law, lawOf } from '../../audio/g711-law.ts';
import { FRAME_SAMPLES } from '../../domain/units.ts';
import { Concealer } from '../../rtp/concealment.ts';
import { JitterBuffer } from '../../rtp/jitter-buffer.ts';

/** Below this sum of magnitudes (about -60 dBFS) a frame may be left out unheard. */
const QUIET_SUM = 32 * FRAME_SAMPLES;

/** What one leg says, as the person on the other leg is to hear it: in order, 20 ms at a time, losses concealed. */
export class BridgeFeed {
  readonly #law: G711Law;
  readonly #jitter: JitterBuffer;
  readonly #concealer = new Concealer();

  constructor(codec: G711Codec) {
    this.#law = lawOf(codec);
    this.#jitter = new JitterBuffer({ silence: this.#law.silence, quiet: (payload) => this.#quiet(payload) });
  }

  get late(): number {
    return this.#jitter.counts.late + this.#jitter.counts.overflowed;
  }

  put(sequence: number, timestamp: number, payload: Uint8Array, ssrc: number): void {
    this.#jitter.put(sequence, timestamp, payload, ssrc);
  }

  /** The next 160 samples, once per playout tick of the listener. */
  take(into: Int16Array): void {
    const frame = this.#jitter.take();
    if (frame.present === 0) {
      this.#concealer.conceal(into);
      return;
    }
    expand(this.#law, frame.payload, into, FRAME_SAMPLES);
    this.#concealer.good(into);
  }

  #quiet(payload: Uint8Array): boolean {
    let sum = 0;
    for (let i = 0; i < payload.length; i++) sum += Math.abs(this.#law.toLinear[payload[i] ?? 0] ?? 0);
    return sum < QUIET_SUM;
  }
}
