/**
 * Discrete Fourier transform of real samples, for one size; tables are made once, nothing is allocated per call.
 * A complex transform of half the size (radix 4, decimation in time) on even and odd samples, then separated.
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

  /** In place; the input stands in bit-reversed order. Two stages at a time, after a single one where their number is odd. */
  #transform(): void {
    const half = this.#half;
    let span = 1;
    if (Math.log2(half) % 2 === 1) {
      this.#pairs();
      span = 2;
    }
    for (; span < half; span *= 4) this.#quadruples(span);
  }

  /** The first stage. */
  #pairs(): void {
    const a = this.#re;
    const b = this.#im;
    for (let n = 0; n < this.#half; n += 2) {
      const re = a[n + 1] as number;
      const im = b[n + 1] as number;
      a[n + 1] = (a[n] as number) - re;
      b[n + 1] = (b[n] as number) - im;
      a[n] = (a[n] as number) + re;
      b[n] = (b[n] as number) + im;
    }
  }

  /** The stages of `span` and twice that. */
  #quadruples(span: number): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    const stride = half / span;
    for (let k = 0; k < span; k++) {
      const cos = this.#cos[k * stride] as number;
      const sin = this.#sin[k * stride] as number;
      const cos2 = this.#cos[(k * stride) / 2] as number;
      const sin2 = this.#sin[(k * stride) / 2] as number;
      for (let n = k; n < half; n += 4 * span) {
        const n1 = n + span;
        const n2 = n1 + span;
        const n3 = n2 + span;
        const re1 = (a[n1] as number) * cos + (b[n1] as number) * sin;
        const im1 = (b[n1] as number) * cos - (a[n1] as number) * sin;
        const re3 = (a[n3] as number) * cos + (b[n3] as number) * sin;
        const im3 = (b[n3] as number) * cos - (a[n3] as number) * sin;
        const sumRe = (a[n2] as number) + re3;
        const sumIm = (b[n2] as number) + im3;
        const restRe = (a[n2] as number) - re3;
        const restIm = (b[n2] as number) - im3;
        const evenRe = sumRe * cos2 + sumIm * sin2;
        const evenIm = sumIm * cos2 - sumRe * sin2;
        // a quarter turn further
        const oddRe = restIm * cos2 - restRe * sin2;
        const oddIm = -(restRe * cos2 + restIm * sin2);
        const re0 = a[n] as number;
        const im0 = b[n] as number;
        a[n] = re0 + re1 + evenRe;
        b[n] = im0 + im1 + evenIm;
        a[n2] = re0 + re1 - evenRe;
        b[n2] = im0 + im1 - evenIm;
        a[n1] = re0 - re1 + oddRe;
        b[n1] = im0 - im1 + oddIm;
        a[n3] = re0 - re1 - oddRe;
        b[n3] = im0 - im1 - oddIm;
      }
    }
  }
}
