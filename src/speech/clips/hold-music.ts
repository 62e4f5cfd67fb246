/* Music on hold of our own making, so that it may be played anywhere: four chords, broken, over a soft bass. */

const RATE = 8000;
const BEAT_SECONDS = 0.625;
const BEATS = 32;
const PEAK = 5000;
/** Samples in which a note begins and ends, so that neither clicks. */
const ATTACK = 96;
const RELEASE = 400;

/** Roots and notes as MIDI numbers, eight beats each: C, A minor, F, G. */
const CHORDS: readonly { readonly bass: number; readonly notes: readonly number[] }[] = [
  { bass: 48, notes: [60, 64, 67, 72, 76, 72, 67, 64] },
  { bass: 45, notes: [57, 60, 64, 69, 72, 69, 64, 60] },
  { bass: 53, notes: [60, 65, 69, 72, 77, 72, 69, 65] },
  { bass: 43, notes: [59, 62, 67, 71, 74, 71, 67, 62] },
];

interface Note {
  readonly key: number;
  readonly beat: number;
  readonly seconds: number;
  readonly level: number;
}

/**
 * A loop of 20 s that ends as it begins: the last notes ring on into the first.
 *
 * @returns 8 kHz mono 16-bit, quiet (peak 5000); a new array
 */
export function holdMusicSamples(): Int16Array {
  const length = Math.round(BEATS * BEAT_SECONDS * RATE);
  const mix = new Float32Array(length);
  for (const note of score()) pluck(mix, note);
  const peak = mix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Int16Array.from(mix, (value) => Math.round((value * PEAK) / peak));
}

function* score(): Generator<Note> {
  for (const [bar, { bass, notes }] of CHORDS.entries()) {
    const first = bar * notes.length;
    for (const beat of [0, 4]) yield { key: bass, beat: first + beat, seconds: 2.4, level: 0.7 };
    for (const [beat, key] of notes.entries()) yield { key, beat: first + beat, seconds: 1.8, level: 1 };
    for (const key of notes.slice(1, 4)) yield { key, beat: first, seconds: 3.5, level: 0.25 };
  }
}

/** A string that fades: the first partials, each softer and shorter than the one below. */
function pluck(mix: Float32Array, { key, beat, seconds, level }: Note): void {
  const radians = (2 * Math.PI * 440 * 2 ** ((key - 69) / 12)) / RATE;
  const from = Math.round(beat * BEAT_SECONDS * RATE);
  const count = Math.round(seconds * RATE);
  for (let partial = 1; partial <= 4; partial++) {
    const fade = Math.exp((-3 * partial) / seconds / RATE);
    const [turnRe, turnIm] = [fade * Math.cos(radians * partial), fade * Math.sin(radians * partial)];
    let [re, im] = [level / partial ** 1.6, 0];
    for (let i = 0; i < count; i++) {
      const at = (from + i) % mix.length;
      mix[at] = (mix[at] ?? 0) + im * Math.min(1, i / ATTACK, (count - i) / RELEASE);
      [re, im] = [re * turnRe - im * turnIm, re * turnIm + im * turnRe];
    }
  }
}
