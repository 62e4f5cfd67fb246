import { powerAt } from './goertzel.ts';

/* In-band DTMF (ITU-T Q.23, Q.24): the fall-back for far ends without telephone-event. */

const RATE = 8000;
/** 12.75 ms: two whole blocks fit into the shortest key that Q.24 asks for, 40 ms. */
const BLOCK = 102;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYS = '123A456B789C*0#D';
/** -42 dBFS: anything below is not taken for a key. */
const LEAST_MEAN_SQUARE = 260 ** 2;
/** The column may be 4 dB stronger than the row, the row 8 dB stronger than the column (Q.24, telephone's twist). */
const TWIST = 6.3;
const REVERSE_TWIST = 2.5;
/** The tone over its neighbours, 8 dB. */
const OVER_NEIGHBOURS = 6.3;
/** Share of the block's energy in the two tones: speech and music have more elsewhere. */
const TONE_SHARE = 0.8;
/** A voice that imitates a tone carries its second harmonic too. The column's only: the row's lies among the columns. */
const SECOND_HARMONIC = 0.1;

const coefficient = (hz: number): number => 2 * Math.cos((2 * Math.PI * hz) / RATE);
const [R0, R1, R2, R3] = [coefficient(697), coefficient(770), coefficient(852), coefficient(941)] as const;
const [C0, C1, C2, C3] = [coefficient(1209), coefficient(1336), coefficient(1477), coefficient(1633)] as const;

const power = (last: number, before: number, c: number): number =>
  (2 * (last * last + before * before - c * last * before)) / (BLOCK * BLOCK);

/**
 * One caller's keys, found in the audio. Says each press once, 25-38 ms after it began; the same key again after a pause
 * counts again.
 */
export class DtmfDetector {
  readonly #block = new Int16Array(BLOCK);
  #filled = 0;
  /** Key that is down, and what the last block looked like; '' is none. */
  #down = '';
  #last = '';

  /** @returns the key whose press was recognised within these samples (any number; usually 160), or undefined */
  hear(samples: Int16Array): string | undefined {
    let pressed: string | undefined;
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(BLOCK - this.#filled, samples.length - at);
      for (let i = 0; i < count; i++) this.#block[this.#filled + i] = samples[at + i] ?? 0;
      this.#filled += count;
      at += count;
      if (this.#filled < BLOCK) break;
      this.#filled = 0;
      pressed = this.#decide(keyIn(this.#block)) ?? pressed;
    }
    return pressed;
  }

  /** The key that is down; '' is none. */
  get down(): string {
    return this.#down;
  }

  /** Whether a key sounds, or may. */
  get sounds(): boolean {
    return this.#down !== '' || this.#last !== '';
  }

  reset(): void {
    this.#filled = 0;
    this.#down = '';
    this.#last = '';
  }

  /** Two blocks that agree make a press, two without the key that is down a release. */
  #decide(seen: string): string | undefined {
    const settled = seen === this.#last;
    const was = this.#last;
    this.#last = seen;
    if (seen === this.#down || was === this.#down) return undefined;
    this.#down = settled ? seen : '';
    return this.#down === '' ? undefined : this.#down;
  }
}

/** The key that sounds throughout the block, or ''. */
function keyIn(block: Int16Array): string {
  let energy = 0;
  for (let i = 0; i < BLOCK; i++) {
    const sample = block[i] ?? 0;
    energy += sample * sample;
  }
  const meanSquare = energy / BLOCK;
  if (meanSquare < LEAST_MEAN_SQUARE) return '';
  const [rows, columns] = toneBank(block);
  const row = strongest(rows);
  const column = strongest(columns);
  if (row < 0 || column < 0) return '';
  const low = rows[row] ?? 0;
  const high = columns[column] ?? 0;
  if (low > high * TWIST || high > low * REVERSE_TWIST || low + high < TONE_SHARE * meanSquare) return '';
  if (powerAt(block, 2 * (COLUMNS[column] ?? 0)) > SECOND_HARMONIC * high) return '';
  return KEYS[4 * row + column] ?? '';
}

/** The strongest of four, if it stands out; -1 if not. */
function strongest(powers: Float64Array): number {
  let best = 0;
  for (let i = 1; i < 4; i++) if ((powers[i] ?? 0) > (powers[best] ?? 0)) best = i;
  for (let i = 0; i < 4; i++) if (i !== best && (powers[i] ?? 0) * OVER_NEIGHBOURS > (powers[best] ?? 0)) return -1;
  return best;
}

const rowPowers = new Float64Array(4);
const columnPowers = new Float64Array(4);

/** Eight Goertzel filters in one pass: the hot loop, hence unrolled. */
function toneBank(block: Int16Array): readonly [Float64Array, Float64Array] {
  let a0 = 0,
    a1 = 0,
    b0 = 0,
    b1 = 0,
    c0 = 0,
    c1 = 0,
    d0 = 0,
    d1 = 0;
  let e0 = 0,
    e1 = 0,
    f0 = 0,
    f1 = 0,
    g0 = 0,
    g1 = 0,
    h0 = 0,
    h1 = 0;
  for (let i = 0; i < BLOCK; i++) {
    const x = block[i] ?? 0;
    let now = x + R0 * a0 - a1;
    a1 = a0;
    a0 = now;
    now = x + R1 * b0 - b1;
    b1 = b0;
    b0 = now;
    now = x + R2 * c0 - c1;
    c1 = c0;
    c0 = now;
    now = x + R3 * d0 - d1;
    d1 = d0;
    d0 = now;
    now = x + C0 * e0 - e1;
    e1 = e0;
    e0 = now;
    now = x + C1 * f0 - f1;
    f1 = f0;
    f0 = now;
    now = x + C2 * g0 - g1;
    g1 = g0;
    g0 = now;
    now = x + C3 * h0 - h1;
    h1 = h0;
    h0 = now;
  }
  rowPowers[0] = power(a0, a1, R0);
  rowPowers[1] = power(b0, b1, R1);
  rowPowers[2] = power(c0, c1, R2);
  rowPowers[3] = power(d0, d1, R3);
  columnPowers[0] = power(e0, e1, C0);
  columnPowers[1] = power(f0, f1, C1);
  columnPowers[2] = power(g0, g1, C2);
  columnPowers[3] = power(h0, h1, C3);
  return [rowPowers, columnPowers];
}
