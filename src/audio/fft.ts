/**
 * Complex Fourier transforms of one size, forward, in place: mixed radices 4, 5, 3, 2 after Stockham, so that no reordering
 * is needed. Keeps its tables and scratch; one per thread and size.
 */
export class Fft {
  readonly size: number;
  readonly #radices: readonly number[];
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #scratchRe: Float64Array;
  readonly #scratchIm: Float64Array;

  /** @param size - a product of 2, 3 and 5 @throws RangeError */
  constructor(size: number) {
    this.size = size;
    this.#radices = radicesOf(size);
    this.#cos = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: size }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
    this.#scratchRe = new Float64Array(size);
    this.#scratchIm = new Float64Array(size);
  }

  /** @param re, im - `size` values each: replaced by the spectrum, not scaled */
  transform(re: Float64Array, im: Float64Array): void {
    let fromRe = re;
    let fromIm = im;
    let toRe = this.#scratchRe;
    let toIm = this.#scratchIm;
    let length = this.size;
    let stride = 1;
    for (const radix of this.#radices) {
      if (radix === 4) this.#byFour(fromRe, fromIm, toRe, toIm, length, stride);
      else this.#byAny(radix, fromRe, fromIm, toRe, toIm, length, stride);
      [fromRe, fromIm, toRe, toIm] = [toRe, toIm, fromRe, fromIm];
      length /= radix;
      stride *= radix;
    }
    if (fromRe === re) return;
    re.set(fromRe);
    im.set(fromIm);
  }

  #byFour(
    fromRe: Float64Array,
    fromIm: Float64Array,
    toRe: Float64Array,
    toIm: Float64Array,
    length: number,
    stride: number,
  ): void {
    const quarter = length / 4;
    const turn = this.size / length;
    const cos = this.#cos;
    const sin = this.#sin;
    for (let p = 0; p < quarter; p++) {
      const cos1 = cos[p * turn] ?? 0;
      const sin1 = sin[p * turn] ?? 0;
      const cos2 = cos[2 * p * turn] ?? 0;
      const sin2 = sin[2 * p * turn] ?? 0;
      const cos3 = cos[3 * p * turn] ?? 0;
      const sin3 = sin[3 * p * turn] ?? 0;
      for (let q = 0; q < stride; q++) {
        const i = q + stride * p;
        const j = i + stride * quarter;
        const k = j + stride * quarter;
        const l = k + stride * quarter;
        const sumRe = (fromRe[i] ?? 0) + (fromRe[k] ?? 0);
        const sumIm = (fromIm[i] ?? 0) + (fromIm[k] ?? 0);
        const lessRe = (fromRe[i] ?? 0) - (fromRe[k] ?? 0);
        const lessIm = (fromIm[i] ?? 0) - (fromIm[k] ?? 0);
        const oddRe = (fromRe[j] ?? 0) + (fromRe[l] ?? 0);
        const oddIm = (fromIm[j] ?? 0) + (fromIm[l] ?? 0);
        const turnedRe = (fromIm[j] ?? 0) - (fromIm[l] ?? 0);
        const turnedIm = (fromRe[l] ?? 0) - (fromRe[j] ?? 0);
        const out = q + stride * 4 * p;
        toRe[out] = sumRe + oddRe;
        toIm[out] = sumIm + oddIm;
        toRe[out + stride] = (lessRe + turnedRe) * cos1 - (lessIm + turnedIm) * sin1;
        toIm[out + stride] = (lessRe + turnedRe) * sin1 + (lessIm + turnedIm) * cos1;
        toRe[out + 2 * stride] = (sumRe - oddRe) * cos2 - (sumIm - oddIm) * sin2;
        toIm[out + 2 * stride] = (sumRe - oddRe) * sin2 + (sumIm - oddIm) * cos2;
        toRe[out + 3 * stride] = (lessRe - turnedRe) * cos3 - (lessIm - turnedIm) * sin3;
        toIm[out + 3 * stride] = (lessRe - turnedRe) * sin3 + (lessIm - turnedIm) * cos3;
      }
    }
  }

  #byAny(
    radix: number,
    fromRe: Float64Array,
    fromIm: Float64Array,
    toRe: Float64Array,
    toIm: Float64Array,
    length: number,
    stride: number,
  ): void {
    const { size } = this;
    const part = length / radix;
    const cos = this.#cos;
    const sin = this.#sin;
    for (let p = 0; p < part; p++)
      for (let q = 0; q < stride; q++)
        for (let t = 0; t < radix; t++) {
          let re = 0;
          let im = 0;
          for (let k = 0; k < radix; k++) {
            const from = q + stride * (p + part * k);
            const turn = ((k * t) % radix) * (size / radix);
            const c = cos[turn] ?? 0;
            const s = sin[turn] ?? 0;
            re += (fromRe[from] ?? 0) * c - (fromIm[from] ?? 0) * s;
            im += (fromRe[from] ?? 0) * s + (fromIm[from] ?? 0) * c;
          }
          const turn = (p * t * (size / length)) % size;
          const c = cos[turn] ?? 0;
          const s = sin[turn] ?? 0;
          const out = q + stride * (radix * p + t);
          toRe[out] = re * c - im * s;
          toIm[out] = re * s + im * c;
        }
  }
}

function radicesOf(size: number): number[] {
  const radices: number[] = [];
  for (let rest = size; rest > 1; ) {
    const radix = [4, 5, 3, 2].find((one) => rest % one === 0);
    if (radix === undefined) throw new RangeError(`the size of a transform, ${size}, is not a product of 2, 3 and 5`);
    radices.push(radix);
    rest /= radix;
  }
  return radices;
}
