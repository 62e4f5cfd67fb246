import { RealFft } from './real-fft.ts';

const SIZE = 256;
/** Edges in Hz: the telephone's band in nine, wider towards the top as hearing has it. */
const EDGES_HZ = [250, 500, 750, 1000, 1300, 1650, 2050, 2500, 2950, 3450];
export const BANDS = EDGES_HZ.length - 1;
/** Samples that one reading looks at: the frame and what was before it. */
export const BAND_WINDOW = SIZE;

const HZ_PER_BIN = 8000 / SIZE;
const transform = new RealFft(SIZE);
const edges = EDGES_HZ.map((hz) => Math.round(hz / HZ_PER_BIN));
const hann = Float32Array.from({ length: SIZE }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / SIZE));
/** So that white noise of power 1 gives 1 in every band. */
const scale = edges.slice(1).map((edge, band) => {
  const power = hann.reduce((sum, weight) => sum + weight * weight, 0);
  return 1 / (power * (edge - (edges[band] ?? 0)));
});
/** Shared by all calls of the thread. */
const windowed = new Float32Array(SIZE);
const re = new Float32Array(transform.bins);
const im = new Float32Array(transform.bins);

/**
 * Mean power per band.
 *
 * @param samples - the last `BAND_WINDOW` samples, 8 kHz, on the scale of 16 bits
 * @param into - gets `BANDS` values from `at` on
 */
export function bandLevels(samples: Float32Array, into: Float32Array, offset: number): void {
  for (let n = 0; n < SIZE; n++) windowed[n] = (samples[n] as number) * (hann[n] as number);
  transform.forward(windowed, re, im);
  for (let band = 0; band < BANDS; band++) {
    let power = 0;
    const to = edges[band + 1] as number;
    for (let k = edges[band] as number; k < to; k++) power += (re[k] as number) ** 2 + (im[k] as number) ** 2;
    into[offset + band] = power * (scale[band] as number);
  }
}
