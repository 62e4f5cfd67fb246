const FRAME = 160;

/** Mean square of 20 ms. */
export function framePower(samples: Float32Array): number {
  let sum = 0;
  for (let n = 0; n < FRAME; n++) sum += (samples[n] as number) ** 2;
  return sum / FRAME;
}
