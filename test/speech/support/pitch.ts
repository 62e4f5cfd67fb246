/** Median pitch of what is voiced, Hz, by autocorrelation. 8 kHz. */
export function pitchOf(samples: Int16Array): number {
  const found: number[] = [];
  for (let from = 0; from + 800 < samples.length; from += 400) {
    const power = (at: number): number => samples.subarray(at, at + 640).reduce((sum, sample) => sum + sample ** 2, 0);
    if (power(from) / 640 < 300 ** 2) continue;
    let best = { lag: 0, likeness: 0.6 };
    for (let lag = 22; lag < 120; lag++) {
      let sum = 0;
      for (let i = from; i < from + 640; i++) sum += (samples[i] ?? 0) * (samples[i + lag] ?? 0);
      const likeness = sum / Math.sqrt(power(from) * power(from + lag));
      if (likeness > best.likeness + 0.02) best = { lag, likeness }; // not its multiples
    }
    if (best.lag > 0) found.push(8000 / best.lag);
  }
  return found.sort((a, b) => a - b)[found.length >> 1] ?? Number.NaN;
}
