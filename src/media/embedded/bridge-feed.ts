import { FRAME_SAMPLES } from '../../domain/units.ts';
import { Concealer } from '../../rtp/concealment.ts';
import { JitterBuffer } from '../../rtp/jitter-buffer.ts';
import type { HeardPacket } from '../engine/heard-packet.ts';

/** Below this sum of magnitudes (about -60 dBFS) a frame may be left out unheard. */
const QUIET_SUM = 32 * FRAME_SAMPLES;

/** What one leg says, as the person on the other leg is to hear it: in order, 20 ms at a time, losses concealed. */
export class BridgeFeed {
  readonly #jitter = new JitterBuffer({ quiet: isQuiet });
  readonly #concealer = new Concealer();

  get late(): number {
    return this.#jitter.counts.late + this.#jitter.counts.overflowed;
  }

  put({ sequence, timestamp, samples, ssrc }: HeardPacket): void {
    this.#jitter.put(sequence, timestamp, samples, ssrc);
  }

  /** The next 160 samples, once per playout tick of the listener. */
  readInto(into: Int16Array): void {
    const frame = this.#jitter.take();
    if (frame.present === 0) {
      this.#concealer.conceal(into);
      return;
    }
    into.set(frame.samples);
    this.#concealer.good(into);
  }
}

function isQuiet(samples: Int16Array): boolean {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += Math.abs(samples[i] ?? 0);
  return sum < QUIET_SUM;
}
