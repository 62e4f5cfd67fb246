import { toDbfs } from './level.ts';

/** Of speech: without its pauses. */
export interface ActiveLevel {
  /** dBFS: the RMS over the active time. A full-scale square wave is 0, silence −120. */
  readonly level: number;
  /** Share of the time that is active, 0…1. */
  readonly activity: number;
}

const RATE = 8000;
const ENVELOPE_SECONDS = 0.03;
const HANGOVER_SAMPLES = 0.2 * RATE;
/** How far the level lies above the threshold that tells speech from pause. */
const MARGIN_DB = 15.9;
const THRESHOLDS = 15;

/**
 * The active speech level after ITU-T P.56 (method B): the envelope is smoothed twice over 30 ms; whatever lies above a
 * threshold, and 200 ms after it, is active; of all thresholds that one counts which is 15.9 dB below the level of what is
 * active by it.
 *
 * @param samples - 8 kHz mono 16-bit
 */
export function activeLevel(samples: Int16Array): ActiveLevel {
  const thresholds = Float64Array.from({ length: THRESHOLDS }, (_, j) => 2 ** j);
  const active = new Float64Array(THRESHOLDS);
  const quiet = new Float64Array(THRESHOLDS).fill(HANGOVER_SAMPLES);
  const keep = Math.exp(-1 / (RATE * ENVELOPE_SECONDS));
  let energy = 0;
  let once = 0;
  let envelope = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    energy += sample * sample;
    once = keep * once + (1 - keep) * Math.abs(sample);
    envelope = keep * envelope + (1 - keep) * once;
    for (let j = 0; j < THRESHOLDS; j++) {
      if (envelope >= (thresholds[j] ?? 0)) quiet[j] = 0;
      else if ((quiet[j] ?? 0) < HANGOVER_SAMPLES) quiet[j] = (quiet[j] ?? 0) + 1;
      else continue;
      active[j] = (active[j] ?? 0) + 1;
    }
  }
  let before: { readonly level: number; readonly over: number; readonly time: number } | undefined;
  for (let j = 0; j < THRESHOLDS; j++) {
    const time = active[j] ?? 0;
    if (time === 0) break;
    const level = toDbfs(Math.sqrt(energy / time));
    const over = level - toDbfs(thresholds[j] ?? 0) - MARGIN_DB;
    if (over <= 0) {
      // between this threshold and the one before, where the distance is the margin
      const share = before === undefined ? 0 : before.over / (before.over - over);
      const from = before ?? { level, time };
      return {
        level: from.level + share * (level - from.level),
        activity: (from.time + share * (time - from.time)) / samples.length,
      };
    }
    before = { level, over, time };
  }
  return before === undefined
    ? { level: toDbfs(0), activity: 0 }
    : { level: before.level, activity: before.time / samples.length };
}
