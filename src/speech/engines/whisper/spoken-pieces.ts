/*
 * Pieces of speech between gaps: people who read out a number say it digit by digit. There are no more pieces than digits, and
 * when clear gaps part pieces of one length each is one digit. That is evidence of a number's length beside the decoder's, which knows
 * how many are wanted.
 */

const RATE = 8000;
const STEP = RATE / 100;
/** Frames on either side over which the level is averaged: the closures within "six" and "eight" are not gaps. */
const AROUND = 4;
/** Of the level of the loud parts: above the first a piece begins, below the second it ends. */
const LEVEL = { begins: 0.25, ends: 0.1 };
/** Of the median piece: as long as this it may be two words. */
const TWO_WORDS = 1.6;

/** Hundredths of a second: shorter gaps are within words, too. */
const CLEAR_GAP = 12;

export interface SpokenPieces {
  readonly count: number;
  /** Whether each is one word: no piece is long enough to be two of the others, and most gaps are clear. */
  readonly single: boolean;
}

/** @param audio - 8 kHz mono 16-bit, the speech alone */
export function spokenPieces(audio: Int16Array): SpokenPieces {
  const levels = smoothed(levelsOf(audio));
  const loud = [...levels].sort((a, b) => b - a)[Math.floor(levels.length * 0.05)] ?? 0;
  const lengths: number[] = [];
  const gaps: number[] = [];
  let began = -1;
  let ended = -1;
  for (const [at, level] of levels.entries()) {
    if (began < 0 && level > loud * LEVEL.begins) {
      began = at;
      if (ended >= 0) gaps.push(at - ended);
    } else if (began >= 0 && level < loud * LEVEL.ends) {
      lengths.push(at - began);
      began = -1;
      ended = at;
    }
  }
  if (began >= 0) lengths.push(levels.length - began);
  const alike = Math.max(0, ...lengths) < median(lengths) * TWO_WORDS;
  return { count: lengths.length, single: alike && median(gaps) >= CLEAR_GAP };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function levelsOf(audio: Int16Array): number[] {
  const levels: number[] = [];
  for (let at = 0; at + 2 * STEP <= audio.length; at += STEP) {
    let sum = 0;
    for (const sample of audio.subarray(at, at + 2 * STEP)) sum += sample * sample;
    levels.push(Math.sqrt(sum / (2 * STEP)));
  }
  return levels;
}

const smoothed = (levels: readonly number[]): number[] =>
  levels.map((_, at) => {
    const near = levels.slice(Math.max(0, at - AROUND), at + AROUND + 1);
    return near.reduce((sum, level) => sum + level, 0) / near.length;
  });
