/** Facts about audio that tests can rely on whatever the voice. */
export const rms = (samples: Int16Array): number => {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
};

export const secondsOf = (samples: Int16Array): number => samples.length / 8000;

export function joined(chunks: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

export const tone = (hertz: number, rate: number, seconds: number): Int16Array =>
  Int16Array.from({ length: rate * seconds }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** Power of one frequency relative to the whole, 0…1 (Goertzel). */
export function share(samples: Int16Array, hertz: number): number {
  let [re, im] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hertz * i) / 8000;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
  }
  return (2 * (re * re + im * im)) / samples.length ** 2 / rms(samples) ** 2;
}
