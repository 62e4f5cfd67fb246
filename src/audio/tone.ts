const RATE = 8000;
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYS = '123A456B789C*0#D';

/**
 * Sines added up.
 *
 * @param frequencies - Hz
 * @param count - samples to make
 * @param options.amplitude - peak of each sine, 0…32767; default 8000
 * @param options.rate - Hz; default 8000
 * @param options.from - number of the first sample, so that pieces join; default 0
 * @returns mono 16-bit, clipped at full scale
 */
export function tone(
  frequencies: readonly number[],
  count: number,
  options: { readonly amplitude?: number; readonly rate?: number; readonly from?: number } = {},
): Int16Array {
  const { amplitude = 8000, rate = RATE, from = 0 } = options;
  const out = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (const hz of frequencies) sum += Math.sin((2 * Math.PI * hz * (from + i)) / rate);
    out[i] = Math.max(-32768, Math.min(32767, Math.round(amplitude * sum)));
  }
  return out;
}

/** The two frequencies of a key (ITU-T Q.23), or undefined: there are sixteen, '0'-'9', '*', '#', 'A'-'D'. */
export function dtmfFrequencies(key: string): readonly [number, number] | undefined {
  const index = key.length === 1 ? KEYS.indexOf(key) : -1;
  const row = ROWS[index >> 2];
  const column = COLUMNS[index & 3];
  return index < 0 || row === undefined || column === undefined ? undefined : [row, column];
}

/** A key's tone at 8 kHz; silence when there is no such key. */
export const dtmfTone = (key: string, count: number, amplitude = 8000): Int16Array =>
  tone(dtmfFrequencies(key) ?? [], count, { amplitude });
