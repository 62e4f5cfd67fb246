/*
 * Whisper's log-mel spectrogram (80 bands, frames of 25 ms, hop 10 ms), straight from 8 kHz. Whisper is trained at 16 kHz
 * with frames of 400 samples; telephone audio has nothing above 4 kHz, so frames of 200 samples at 8 kHz, doubled, give the
 * same numbers, and the filters above 4 kHz stay empty. No resampling.
 */

export const MEL_BANDS = 80;
const RATE = 8000;
const FRAME = 200;
const HOP = 80;
const HALF = FRAME / 2;
const QUARTER = HALF / 2;
const BINS = HALF + 1;
const FLOOR = -10;

const HANN = Float64Array.from({ length: FRAME }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FRAME));
/** cos and sin of a row of the transform, [bins, QUARTER + 1]; the rest follows by symmetry. */
const ROW = QUARTER + 1;
const COS = new Float64Array(BINS * ROW);
const SIN = new Float64Array(BINS * ROW);
for (let k = 0; k < BINS; k++)
  for (let n = 0; n < ROW; n++) {
    COS[k * ROW + n] = Math.cos((2 * Math.PI * k * n) / FRAME);
    SIN[k * ROW + n] = Math.sin((2 * Math.PI * k * n) / FRAME);
  }

interface Filter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Triangles on Slaney's mel scale, each of area 1, over 0…8 kHz. */
const FILTERS: readonly Filter[] = (() => {
  const LOG_STEP = Math.log(6.4) / 27;
  const toMel = (hz: number): number => (hz < 1000 ? (hz * 3) / 200 : 15 + Math.log(hz / 1000) / LOG_STEP);
  const toHz = (mel: number): number => (mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp(LOG_STEP * (mel - 15)));
  const edge = (index: number): number => toHz((toMel(8000) * index) / (MEL_BANDS + 1));
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [low, peak, high] = [edge(band), edge(band + 1), edge(band + 2)];
    const weights = Array.from({ length: BINS }, (__, bin) => {
      const hz = (bin * RATE) / FRAME;
      return (Math.max(0, Math.min((hz - low) / (peak - low), (high - hz) / (high - peak))) * 2) / (high - low);
    });
    const first = weights.findIndex((weight) => weight > 0);
    if (first < 0) return { first: 0, weights: new Float64Array(0) };
    return { first, weights: Float64Array.from(weights.slice(first, weights.findLastIndex((w) => w > 0) + 1)) };
  });
})();

export interface LogMel {
  /** [MEL_BANDS, frames], about -1…1.5 */
  readonly data: Float32Array;
  /** Even. */
  readonly frames: number;
}

/**
 * @param audio - 8 kHz mono 16-bit
 * @param seconds - length after padding with silence
 */
export function logMel(audio: Int16Array, seconds: number): LogMel {
  const total = Math.max(audio.length, Math.round(seconds * RATE));
  const frames = Math.floor(total / HOP / 2) * 2;
  const data = new Float32Array(MEL_BANDS * frames).fill(FLOOR);
  const window = new Float64Array(FRAME);
  const power = new Float64Array(BINS);
  let top = FLOOR;
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * HOP - HALF;
    if (from >= audio.length) break; // padding stays at the floor
    for (let n = 0; n < FRAME; n++) {
      let at = Math.abs(from + n); // mirrored at both ends
      if (at >= total) at = 2 * (total - 1) - at;
      window[n] = ((audio[at] ?? 0) / 32_768) * (HANN[n] ?? 0);
    }
    spectrum(window, power);
    for (let band = 0; band < MEL_BANDS; band++) {
      const energy = weighed(power, FILTERS[band]);
      const value = Math.log10(Math.max(energy, 1e-10));
      data[band * frames + frame] = value;
      if (value > top) top = value;
    }
  }
  for (let at = 0; at < data.length; at++) data[at] = (Math.max(data[at] ?? FLOOR, top - 8) + 4) / 4;
  return { data, frames };
}

function weighed(power: Float64Array, filter: Filter | undefined): number {
  if (filter === undefined) return 0;
  let sum = 0;
  for (let at = 0; at < filter.weights.length; at++) sum += (filter.weights[at] ?? 0) * (power[filter.first + at] ?? 0);
  return sum;
}

const even = [new Float64Array(ROW), new Float64Array(ROW)] as const;
const odd = [new Float64Array(ROW), new Float64Array(ROW)] as const;

/**
 * Power of each bin, times four (twice the amplitude). The frame is folded twice: n and 200 - n share a cosine and the
 * sine's magnitude, and so do n and 100 - n, with a sign that the bin's parity gives. A quarter of the multiplications.
 */
function spectrum(x: Float64Array, power: Float64Array): void {
  const first = x[0] ?? 0;
  const middle = x[HALF] ?? 0;
  for (let n = 1; n <= QUARTER; n++) {
    const a = (x[n] ?? 0) + (x[FRAME - n] ?? 0);
    const b = (x[n] ?? 0) - (x[FRAME - n] ?? 0);
    const own = n === QUARTER;
    const c = own ? 0 : (x[HALF - n] ?? 0) + (x[HALF + n] ?? 0);
    const d = own ? 0 : (x[HALF - n] ?? 0) - (x[HALF + n] ?? 0);
    even[0][n] = a + c;
    even[1][n] = a - c;
    odd[0][n] = b - d;
    odd[1][n] = b + d;
  }
  for (let k = 0; k < BINS; k++) {
    const parity = (k & 1) as 0 | 1;
    const cosines = even[parity];
    const sines = odd[parity];
    let re = first + (parity === 0 ? middle : -middle);
    let im = 0;
    const row = k * ROW;
    for (let n = 1; n <= QUARTER; n++) {
      re += (cosines[n] ?? 0) * (COS[row + n] ?? 0);
      im += (sines[n] ?? 0) * (SIN[row + n] ?? 0);
    }
    power[k] = 4 * (re * re + im * im);
  }
}
