/**
 * Discrete Fourier transform of real samples, for one size; tables are made once, nothing is allocated per call.
 * A complex transform of half the size (radix 2, decimation in time) on even and odd samples, then separated.
 */
export class RealFft {
  readonly size: number;
  /** Bins of a spectrum: 0 … size / 2. */
  readonly bins: number;
  readonly #half: number;
  readonly #order: Uint16Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** @param size - a power of two, 8 or more */
  constructor(size: number) {
    this.size = size;
    this.#half = size / 2;
    this.bins = this.#half + 1;
    this.#cos = Float64Array.from({ length: this.#half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: this.#half }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    this.#re = new Float64Array(this.#half);
    this.#im = new Float64Array(this.#half);
    const bits = Math.log2(this.#half);
    this.#order = Uint16Array.from({ length: this.#half }, (_, n) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (n & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
      return reversed;
    });
  }

  /** @param samples - `size` of them; @param re, im - get `bins` values each, unscaled */
  forward(samples: Float32Array, re: Float32Array, im: Float32Array): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    for (let n = 0; n < half; n++) {
      const from = (this.#order[n] as number) * 2;
      a[n] = samples[from] as number;
      b[n] = samples[from + 1] as number;
    }
    this.#transform();
    re[0] = (a[0] as number) + (b[0] as number);
    im[0] = 0;
    re[half] = (a[0] as number) - (b[0] as number);
    im[half] = 0;
    for (let k = 1, m = half - 1; k < half; k++, m--) {
      const evenRe = ((a[k] as number) + (a[m] as number)) / 2;
      const evenIm = ((b[k] as number) - (b[m] as number)) / 2;
      const oddRe = ((b[k] as number) + (b[m] as number)) / 2;
      const oddIm = ((a[m] as number) - (a[k] as number)) / 2;
      const cos = this.#cos[k] as number;
      const sin = this.#sin[k] as number;
      re[k] = evenRe + cos * oddRe + sin * oddIm;
      im[k] = evenIm + cos * oddIm - sin * oddRe;
    }
  }

  /** The inverse of `forward`, scaled so that it gives back the samples. */
  inverse(re: Float32Array, im: Float32Array, samples: Float32Array): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    for (let n = 0; n < half; n++) {
      const k = this.#order[n] as number;
      const m = half - k;
      const sumRe = (re[k] as number) + (re[m] as number);
      const sumIm = (im[k] as number) - (im[m] as number);
      const differenceRe = (re[k] as number) - (re[m] as number);
      const differenceIm = (im[k] as number) + (im[m] as number);
      const cos = this.#cos[k] as number;
      const sin = this.#sin[k] as number;
      const oddRe = cos * differenceRe - sin * differenceIm;
      const oddIm = cos * differenceIm + sin * differenceRe;
      // conjugated, so that the forward transform inverts
      a[n] = sumRe - oddIm;
      b[n] = -(sumIm + oddRe);
    }
    this.#transform();
    const scale = 1 / this.size;
    for (let n = 0; n < half; n++) {
      samples[2 * n] = (a[n] as number) * scale;
      samples[2 * n + 1] = -(b[n] as number) * scale;
    }
  }

  /** In place; the input stands in bit-reversed order. */
  #transform(): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    for (let span = 1; span < half; span *= 2) {
      const stride = half / span;
      for (let k = 0; k < span; k++) {
        const cos = this.#cos[k * stride] as number;
        const sin = this.#sin[k * stride] as number;
        for (let n = k; n < half; n += 2 * span) {
          const other = n + span;
          const re = (a[other] as number) * cos + (b[other] as number) * sin;
          const im = (b[other] as number) * cos - (a[other] as number) * sin;
          a[other] = (a[n] as number) - re;
          b[other] = (b[n] as number) - im;
          a[n] = (a[n] as number) + re;
          b[n] = (b[n] as number) + im;
        }
      }
    }
  }
}
