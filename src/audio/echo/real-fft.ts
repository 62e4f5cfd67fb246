/**
 * Discrete Fourier transform of real samples, for one size; tables are made once, nothing is allocated per call.
 * A complex transform of half the size (radix 4, decimation in time) on even and odd samples, then separated.
 */
export class RealFft {
  readonly size: number;
  /** Bins of a spectrum: 0 … size / 2. */
  readonly bins: number;
  readonly #half: number;
  readonly #odd: boolean;
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
    this.#odd = bits % 2 === 1;
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
    const order = this.#order;
    // the first stage, where the number of stages is odd
    const odd = this.#odd;
    for (let n = 0; n < half; n += odd ? 2 : 1) {
      const from = (order[n] as number) * 2;
      const re0 = samples[from] as number;
      const im0 = samples[from + 1] as number;
      if (odd) {
        const re1 = samples[from + half] as number;
        const im1 = samples[from + half + 1] as number;
        a[n] = re0 + re1;
        b[n] = im0 + im1;
        a[n + 1] = re0 - re1;
        b[n + 1] = im0 - im1;
      } else {
        a[n] = re0;
        b[n] = im0;
      }
    }
    this.#transform();
    const cosines = this.#cos;
    const sines = this.#sin;
    re[0] = (a[0] as number) + (b[0] as number);
    im[0] = 0;
    re[half] = (a[0] as number) - (b[0] as number);
    im[half] = 0;
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const aK = a[k] as number;
      const aM = a[m] as number;
      const bK = b[k] as number;
      const bM = b[m] as number;
      const evenRe = (aK + aM) / 2;
      const evenIm = (bK - bM) / 2;
      const oddRe = (bK + bM) / 2;
      const oddIm = (aM - aK) / 2;
      const cos = cosines[k] as number;
      const sin = sines[k] as number;
      const turnedRe = cos * oddRe + sin * oddIm;
      const turnedIm = cos * oddIm - sin * oddRe;
      re[k] = evenRe + turnedRe;
      im[k] = evenIm + turnedIm;
      re[m] = evenRe - turnedRe;
      im[m] = turnedIm - evenIm;
    }
  }

  /** The inverse of `forward`, scaled so that it gives back the samples. */
  inverse(re: Float32Array, im: Float32Array, samples: Float32Array): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    const order = this.#order;
    const cosines = this.#cos;
    const sines = this.#sin;
    // conjugated, so that the forward transform inverts
    a[0] = (re[0] as number) + (re[half] as number);
    b[0] = (re[half] as number) - (re[0] as number);
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const toK = order[k] as number;
      const toM = order[m] as number;
      const sumRe = (re[k] as number) + (re[m] as number);
      const sumIm = (im[k] as number) + (im[m] as number);
      const differenceRe = (re[k] as number) - (re[m] as number);
      const differenceIm = (im[k] as number) - (im[m] as number);
      const cos = cosines[k] as number;
      const sin = sines[k] as number;
      const oddRe = cos * differenceRe - sin * sumIm;
      const oddIm = cos * sumIm + sin * differenceRe;
      a[toK] = sumRe - oddIm;
      b[toK] = -differenceIm - oddRe;
      a[toM] = sumRe + oddIm;
      b[toM] = differenceIm - oddRe;
    }
    if (this.#odd) this.#pairs();
    this.#transform();
    const scale = 1 / this.size;
    for (let n = 0; n < half; n++) {
      samples[2 * n] = (a[n] as number) * scale;
      samples[2 * n + 1] = -(b[n] as number) * scale;
    }
  }

  /** In place; the input stands in bit-reversed order. Two stages at a time, after a first one where their number is odd. */
  #transform(): void {
    const half = this.#half;
    for (let span = this.#odd ? 2 : 1; span < half; span *= 4) {
      this.#quadruplesUnturned(span);
      this.#quadruples(span);
    }
  }

  /** The first stage, where the number of stages is odd. */
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

  /** Of the stages of `span` and twice that, what is not turned: the first of every `span`. */
  #quadruplesUnturned(span: number): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    for (let n = 0; n < half; n += 4 * span) {
      const n1 = n + span;
      const n2 = n1 + span;
      const n3 = n2 + span;
      const re0 = a[n] as number;
      const im0 = b[n] as number;
      const re1 = a[n1] as number;
      const im1 = b[n1] as number;
      const re2 = a[n2] as number;
      const im2 = b[n2] as number;
      const re3 = a[n3] as number;
      const im3 = b[n3] as number;
      const sumRe = re0 + re1;
      const sumIm = im0 + im1;
      const differenceRe = re0 - re1;
      const differenceIm = im0 - im1;
      const otherRe = re2 + re3;
      const otherIm = im2 + im3;
      const turnedRe = im2 - im3;
      const turnedIm = re3 - re2;
      a[n] = sumRe + otherRe;
      b[n] = sumIm + otherIm;
      a[n2] = sumRe - otherRe;
      b[n2] = sumIm - otherIm;
      a[n1] = differenceRe + turnedRe;
      b[n1] = differenceIm + turnedIm;
      a[n3] = differenceRe - turnedRe;
      b[n3] = differenceIm - turnedIm;
    }
  }

  /** The stages of `span` and twice that, but for what is not turned. */
  #quadruples(span: number): void {
    const half = this.#half;
    const a = this.#re;
    const b = this.#im;
    const cosines = this.#cos;
    const sines = this.#sin;
    const stride = half / span;
    for (let k = 1; k < span; k++) {
      const cos1 = cosines[k * stride] as number;
      const sin1 = sines[k * stride] as number;
      const cos2 = cosines[(k * stride) / 2] as number;
      const sin2 = sines[(k * stride) / 2] as number;
      const cos3 = cos1 * cos2 - sin1 * sin2;
      const sin3 = sin1 * cos2 + cos1 * sin2;
      for (let n = k; n < half; n += 4 * span) {
        const n1 = n + span;
        const n2 = n1 + span;
        const n3 = n2 + span;
        const re0 = a[n] as number;
        const im0 = b[n] as number;
        const re1 = (a[n1] as number) * cos1 + (b[n1] as number) * sin1;
        const im1 = (b[n1] as number) * cos1 - (a[n1] as number) * sin1;
        const re2 = (a[n2] as number) * cos2 + (b[n2] as number) * sin2;
        const im2 = (b[n2] as number) * cos2 - (a[n2] as number) * sin2;
        const re3 = (a[n3] as number) * cos3 + (b[n3] as number) * sin3;
        const im3 = (b[n3] as number) * cos3 - (a[n3] as number) * sin3;
        const sumRe = re0 + re1;
        const sumIm = im0 + im1;
        const differenceRe = re0 - re1;
        const differenceIm = im0 - im1;
        const otherRe = re2 + re3;
        const otherIm = im2 + im3;
        const turnedRe = im2 - im3;
        const turnedIm = re3 - re2;
        a[n] = sumRe + otherRe;
        b[n] = sumIm + otherIm;
        a[n2] = sumRe - otherRe;
        b[n2] = sumIm - otherIm;
        a[n1] = differenceRe + turnedRe;
        b[n1] = differenceIm + turnedIm;
        a[n3] = differenceRe - turnedRe;
        b[n3] = differenceIm - turnedIm;
      }
    }
  }
}
