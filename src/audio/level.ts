const FULL_SCALE = 32768;
/** What total silence is called: below the least significant bit of 16. */
const FLOOR_DBFS = -120;

/** Root mean square, 0…32768. */
export function rms(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    sum += sample * sample;
  }
  return Math.sqrt(sum / samples.length);
}

/** An amplitude (or RMS) on the scale of 16 bits as decibels below full scale: 32768 is 0 dBFS, silence -120. */
export const toDbfs = (amplitude: number): number =>
  amplitude <= 0 ? FLOOR_DBFS : Math.max(FLOOR_DBFS, 20 * Math.log10(amplitude / FULL_SCALE));

/** RMS level in dBFS: a full-scale sine is -3. */
export const levelDbfs = (samples: Int16Array): number => toDbfs(rms(samples));

/** The amplitude of a level in dBFS: 0 is 32768. */
export const fromDbfs = (level: number): number => FULL_SCALE * 10 ** (level / 20);
