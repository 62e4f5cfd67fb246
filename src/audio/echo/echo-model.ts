import { BANDS } from './band-levels.ts';

/** The least number of bands that must be louder than playback and noise explain… */
const LEAST_BANDS = 3;
/** …and their least share of the frame's power. */
const LEAST_SHARE = 0.35;
/** A band of the playback below this power says nothing about the path: -52 dBFS. */
const TELLING = 80 * 80;
/** Decibels per frame. The quotient's four fifths are looked for: up four times as fast as down. */
const DOWN_DB = 0.15;
const UP_DB = 0.6;
/** While little is known: 75 dB a second. */
const FIRST_DOWN_DB = 1.5;
/** Frames of playback after which something is known: 0.7 s. */
export const LEARNED = 35;
/** The room's decay: 60 dB in 340 ms. */
const DECAY = 10 ** (-3.5 / 10);
/** Noise: the least of the last one to two seconds, which lies so far below the mean. */
const NOISE_FRAMES = 50;
const NOISE_BIAS = 3;

const toPower = (db: number): number => 10 ** (db / 10);

/**
 * How much of what is played comes back, per band, and whether a frame is explained by that: the level of each band
 * against that of the playback at the same delay. It knows no phase, so codecs and loudspeakers may do what they like.
 */
export class EchoModel {
  /** Power that comes back per power played, in decibels. */
  readonly #gain = new Float32Array(BANDS);
  readonly #noise = new Float32Array(BANDS);
  readonly #least = new Float32Array(BANDS);
  readonly #played = new Float32Array(BANDS);
  #noiseFrames = 0;
  /** Frames that told something. */
  frames = 0;
  /** Power that is expected to have come back in the last frame that was looked at, all bands together. */
  expected = 0;

  readonly #margin: number;

  /** @param margin - times what is expected, below which most frames of what comes back are */
  constructor(margin: number) {
    this.#margin = margin;
    this.forget();
  }

  get learned(): boolean {
    return this.frames >= LEARNED;
  }

  /** Power that comes back of what is played, in all bands together. */
  get gain(): number {
    let sum = 0;
    for (let band = 0; band < BANDS; band++) sum += toPower(this.#gain[band] as number);
    return sum / BANDS;
  }

  forget(): void {
    this.#gain.fill(0);
    this.#noise.fill(0);
    this.#least.fill(Number.POSITIVE_INFINITY);
    this.#played.fill(0);
    this.#noiseFrames = 0;
    this.frames = 0;
  }

  /** The gain as it was measured. @param gain - decibels per band */
  set(gain: Float32Array): void {
    this.#gain.set(gain);
    this.frames = LEARNED;
  }

  /**
   * Whether a frame is louder than playback and noise explain.
   *
   * @param heard - power per band
   * @param played - the playback's, at the delay of its echo; gets the decay of what was before it
   */
  exceeds(heard: Float32Array, played: Float32Array): boolean {
    let bands = 0;
    let excess = 0;
    let total = 0;
    let expected = 0;
    for (let band = 0; band < BANDS; band++) {
      const power = heard[band] as number;
      const before = DECAY * (this.#played[band] as number);
      const reference = Math.max(played[band] as number, before);
      played[band] = reference;
      this.#played[band] = reference;
      const back = toPower(this.#gain[band] as number) * reference;
      const explained = this.#margin * (back + (this.#noise[band] as number));
      expected += back;
      total += power;
      if (power <= explained) continue;
      bands++;
      excess += power - explained;
    }
    this.expected = expected / BANDS;
    return bands >= LEAST_BANDS && excess >= LEAST_SHARE * total;
  }

  /** Learns from a frame that holds nothing but playback and noise. `played`: as `exceeds` has left it. */
  learn(heard: Float32Array, played: Float32Array): void {
    this.learnNoise(heard);
    const down = this.learned ? DOWN_DB : FIRST_DOWN_DB;
    let told = false;
    for (let band = 0; band < BANDS; band++) {
      const reference = played[band] as number;
      if (reference < TELLING) continue;
      told = true;
      const gain = this.#gain[band] as number;
      const seen = 10 * Math.log10((heard[band] as number) / reference + 1e-9);
      if (seen < gain) this.#gain[band] = Math.max(seen, gain - down);
      else if ((heard[band] as number) > 2 * (this.#noise[band] as number))
        this.#gain[band] = Math.min(seen, gain + UP_DB);
    }
    if (told) this.frames++;
  }

  /** Learns from a frame that says nothing about the path. */
  learnNoise(heard: Float32Array): void {
    for (let band = 0; band < BANDS; band++)
      this.#least[band] = Math.min(this.#least[band] as number, heard[band] as number);
    if (++this.#noiseFrames % NOISE_FRAMES !== 0) return;
    for (let band = 0; band < BANDS; band++) this.#noise[band] = NOISE_BIAS * (this.#least[band] as number);
    this.#least.fill(Number.POSITIVE_INFINITY);
  }
}
