/* The adaptive predictor of one sub-band, the same in encoder and decoder (ITU-T G.722, block 4). All numbers are 16-bit. */

/** Zeros of the predictor, and its poles. */
const ZEROS = 6;

export const saturate = (value: number): number => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value);

export class G722Band {
  /** What is predicted: by poles and zeros together, and by the zeros alone. */
  prediction = 0;
  #byZeros = 0;
  /** Quantised differences, the newest first; and their weights. */
  readonly #differences = new Int32Array(ZEROS + 1);
  readonly #zeros = new Int32Array(ZEROS + 1);
  /** Of the newest two: the reconstructed signal, and the same without the poles' part. */
  #signal1 = 0;
  #signal2 = 0;
  #partial1 = 0;
  #partial2 = 0;
  #pole1 = 0;
  #pole2 = 0;

  /** Takes the quantised difference from the prediction, and predicts the next sample. */
  adapt(difference: number): void {
    const signal = saturate(this.prediction + difference); // RECONS
    const partial = saturate(this.#byZeros + difference); // PARREC
    this.#adaptPoles(partial);
    this.#adaptZeros(difference);
    this.#signal2 = this.#signal1;
    this.#signal1 = signal;
    this.#partial2 = this.#partial1;
    this.#partial1 = partial;
    // FILTEP, FILTEZ, PREDIC
    const byPoles = saturate(
      ((this.#pole1 * saturate(2 * this.#signal1)) >> 15) + ((this.#pole2 * saturate(2 * this.#signal2)) >> 15),
    );
    let byZeros = 0;
    for (let i = ZEROS; i > 0; i--)
      byZeros += ((this.#zeros[i] as number) * saturate(2 * (this.#differences[i] as number))) >> 15;
    this.#byZeros = saturate(byZeros);
    this.prediction = saturate(byPoles + this.#byZeros);
  }

  #adaptPoles(partial: number): void {
    const alike1 = partial >> 15 === this.#partial1 >> 15;
    const alike2 = partial >> 15 === this.#partial2 >> 15;
    // UPPOL2
    const four = saturate(this.#pole1 << 2);
    const turned = Math.min(32_767, alike1 ? -four : four);
    const second = (turned >> 7) + (alike2 ? 128 : -128) + ((this.#pole2 * 32_512) >> 15);
    const pole2 = Math.max(-12_288, Math.min(12_288, second));
    // UPPOL1
    const first = saturate((alike1 ? 192 : -192) + ((this.#pole1 * 32_640) >> 15));
    const most = saturate(15_360 - pole2);
    this.#pole1 = Math.max(-most, Math.min(most, first));
    this.#pole2 = pole2;
  }

  /** UPZERO, and the delay line moves on. */
  #adaptZeros(difference: number): void {
    const differences = this.#differences;
    const zeros = this.#zeros;
    differences[0] = difference;
    const step = difference === 0 ? 0 : 128;
    const sign = difference >> 15;
    for (let i = ZEROS; i > 0; i--) {
      const before = differences[i] as number;
      zeros[i] = saturate((before >> 15 === sign ? step : -step) + (((zeros[i] as number) * 32_640) >> 15));
      differences[i] = differences[i - 1] as number;
    }
  }
}

/** ILB: 2048 times 2 to the power of n/32. */
const POWERS = Int32Array.of(
  2048,
  2093,
  2139,
  2186,
  2233,
  2282,
  2332,
  2383,
  2435,
  2489,
  2543,
  2599,
  2656,
  2714,
  2774,
  2834,
  2896,
  2960,
  3025,
  3091,
  3158,
  3228,
  3298,
  3371,
  3444,
  3520,
  3597,
  3676,
  3756,
  3838,
  3922,
  4008,
);

/** The step of a quantiser, which grows with what it quantises and shrinks without (LOGSCL and SCALEL, LOGSCH and SCALEH). */
export class G722Step {
  size: number;
  #log = 0;
  readonly #most: number;
  readonly #shift: number;

  /** @param least - the smallest size @param most - of the logarithm @param shift - of the antilogarithm */
  constructor(least: number, most: number, shift: number) {
    this.size = least;
    this.#most = most;
    this.#shift = shift;
  }

  static readonly low = (): G722Step => new G722Step(32, 18_432, 8);
  static readonly high = (): G722Step => new G722Step(8, 22_528, 10);

  adapt(by: number): void {
    this.#log = Math.max(0, Math.min(this.#most, ((this.#log * 127) >> 7) + by));
    const power = POWERS[(this.#log >> 6) & 31] as number;
    const down = this.#shift - (this.#log >> 11);
    this.size = (down < 0 ? power << -down : power >> down) << 2;
  }
}

/** Coefficients of the quadrature mirror filters: of the even samples; of the odd ones the other way round. */
export const QMF = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);

/** The last 24 samples of either side of the filters. */
export const QMF_TAPS = 24;

/* The quantisers' values (QM4, QM2) and what they do to the steps (WL by RL42, WH by RH2), by code. */
export const LOW_VALUES = Int32Array.of(
  0,
  -20456,
  -12896,
  -8968,
  -6288,
  -4240,
  -2584,
  -1200,
  20456,
  12896,
  8968,
  6288,
  4240,
  2584,
  1200,
  0,
);
const WL = [-60, -30, 58, 172, 334, 538, 1198, 3042];
export const LOW_STEPS = Int32Array.from([0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0], (row) => WL[row] ?? 0);
export const HIGH_VALUES = Int32Array.of(-7408, -1616, 7408, 1616);
export const HIGH_STEPS = Int32Array.of(798, -214, 798, -214);
