import { decodeMulaw, encodeMulaw } from '../../src/audio/g711.ts';

/* A far end that sends back what it hears: impulse responses of hybrids and loudspeakers, distortion, noise, G.711. */

export interface EchoPathOptions {
  /** `hybrid`: a line's four-wire junction, some milliseconds; `loudspeaker`: a hands-free set in a room. */
  readonly kind: 'hybrid' | 'loudspeaker';
  /** From playing to hearing. */
  readonly delayMs: number;
  /** Level of the echo against what is played, dB; -Infinity: none. */
  readonly levelDb: number;
  /** What the loudspeaker does to loud sounds. */
  readonly distortion?: 'none' | 'soft' | 'hard' | 'asymmetric';
  /** 60 dB of decay. */
  readonly roomMs?: number;
  /** Standard deviation of the far end's noise, on the scale of 16 bits: 33 is -60 dBFS. */
  readonly noise?: number;
  /** Parts per million by which the far end's playing is slower than its recording. */
  readonly driftPpm?: number;
  /** Share of the packets that get lost on the way here. */
  readonly loss?: number;
  readonly seed: number;
}

const FRAME = 160;
/** Before the frame: the longest path, 1 s. */
const HISTORY = 8000;
/** Where a loudspeaker gets into trouble: -9 dBFS. */
const LIMIT = 32768 * 10 ** (-9 / 20);

/** The same numbers for the same seed, 0…1. */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    // xorshift32 (Marsaglia)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let n = 0; n < 16; n++) next();
  return next;
}

export const gaussian = (uniform: () => number): number =>
  Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());

/** Taps by delay in samples, for an echo of power 1. */
function impulseResponse({ kind, delayMs, roomMs = 250, seed }: EchoPathOptions): Float64Array {
  const uniform = random(seed);
  const first = Math.round(delayMs * 8);
  const taps: number[] = [];
  if (kind === 'hybrid') {
    const turn = 0.5 + uniform();
    for (let n = 0; n < 64; n++)
      taps.push(
        Math.exp(-n / 6) * Math.cos(n * turn) * (n < 2 ? 1 : 0.6) + 0.1 * gaussian(uniform) * Math.exp(-n / 10),
      );
  } else {
    const decay = roomMs * 8;
    let low = 0;
    for (let n = 0; n < 0.8 * decay; n++) {
      const tap = gaussian(uniform) * Math.exp((-6.9 * n) / decay) * (n < 4 ? 2.5 : 1);
      low += 0.2 * (tap - low); // small loudspeakers have no bass
      taps.push(tap - low);
    }
  }
  const norm = Math.sqrt(taps.reduce((sum, tap) => sum + tap * tap, 0));
  const out = new Float64Array(first + taps.length);
  for (const [n, tap] of taps.entries()) out[first + n] = tap / norm;
  return out;
}

function distorted(sample: number, kind: EchoPathOptions['distortion']): number {
  const x = sample / LIMIT;
  if (kind === 'soft') return (LIMIT * Math.tanh(1.5 * x)) / 1.5;
  if (kind === 'hard') return LIMIT * Math.max(-0.5, Math.min(0.5, x));
  if (kind === 'asymmetric') return LIMIT * (x + 0.5 * x * x - 0.3 * x * x * x);
  return sample;
}

/** One far end, frame by frame. */
export class EchoPath {
  readonly #options: EchoPathOptions;
  readonly #taps: Float64Array;
  readonly #uniform: () => number;
  /** What was played, the newest last. */
  readonly #played = new Float64Array(HISTORY + 2 * FRAME);
  readonly #gain: number;
  #slipped = 0;

  constructor(options: EchoPathOptions) {
    this.#options = options;
    this.#taps = options.levelDb === Number.NEGATIVE_INFINITY ? new Float64Array(0) : impulseResponse(options);
    this.#gain = 10 ** (options.levelDb / 20);
    this.#uniform = random(options.seed + 1000);
  }

  /**
   * 20 ms pass.
   *
   * @param played - 160 samples that the far end hears
   * @param near - what is said there meanwhile, from sample 0 on
   * @returns 160 samples that come here
   */
  pass(played: Int16Array, near?: Float64Array): Int16Array {
    const { distortion, noise = 20, loss = 0, driftPpm = 0 } = this.#options;
    const history = this.#played;
    history.copyWithin(0, FRAME);
    for (let n = 0; n < FRAME; n++) history[HISTORY + FRAME + n] = distorted(played[n] ?? 0, distortion);
    this.#slipped -= (FRAME * driftPpm) / 1e6;
    const slip = Math.trunc(this.#slipped);
    const out = new Float64Array(FRAME);
    const taps = this.#taps;
    for (let n = 0; n < FRAME; n++) {
      let sum = 0;
      const newest = HISTORY + FRAME + n + Math.min(0, slip);
      for (let delay = 0; delay < taps.length; delay++)
        sum += (taps[delay] as number) * (history[newest - delay] as number);
      out[n] = sum * this.#gain;
    }
    const heard = Int16Array.from(out, (echo, n) =>
      Math.max(-32768, Math.min(32767, Math.round(echo + (near?.[n] ?? 0) + noise * gaussian(this.#uniform)))),
    );
    if (this.#uniform() < loss) return new Int16Array(FRAME);
    return decodeMulaw(encodeMulaw(heard));
  }
}
