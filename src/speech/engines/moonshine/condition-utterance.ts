import { upsampleUtterance } from '../../../audio/upsample.ts';

/*
 * Moonshine was trained on close-cut sentences. Long silences around a short one make it write nothing, a low level makes
 * it guess; so every utterance is cut close, brought to one level and given a fifth of a second of quiet at each end.
 */

const RATE = 8000;
const FRAME = 160;
/**
 * Room left around the first and last loud frame: weak consonants are below any threshold. On a noisy line (less than 20 dB)
 * less of it: there the room is filled with noise.
 */
const MARGIN = { quiet: 12 * FRAME, noisy: 6 * FRAME };
const NOISY = 1 / 100;
const QUIET = 0.2 * RATE;
const SHORTEST = RATE;
/** Its cost grows with the square, and nobody answers for longer: of more, the beginning is understood. */
const LONGEST = 30 * RATE;
/** RMS of the loud part, of 32768: about -25 dB. */
const LEVEL = 1900;
/** Energy of a sample (RMS 12, -68 dB): nobody speaks so softly into a telephone. */
const FAINTEST = 144;
const GAIN = { least: 0.05, most: 12 };

export interface Conditioned {
  /** 16 kHz, -1…1, at least 1 s. */
  readonly audio: Float32Array;
  readonly seconds: number;
  /** Of these, seconds that stand out of the noise. */
  readonly spokenSeconds: number;
}

/** @param audio - 8 kHz mono 16-bit, with any silence around the speech */
export function conditionUtterance(audio: Int16Array): Conditioned {
  const { from, to, level, spoken } = loudPart(audio.subarray(0, LONGEST));
  const gain = level === 0 ? 1 : Math.min(GAIN.most, Math.max(GAIN.least, LEVEL / level));
  const speech = audio.subarray(from, to);
  const length = Math.max(SHORTEST, speech.length + 2 * QUIET);
  const padded = new Int16Array(length);
  for (const [index, sample] of speech.entries())
    padded[QUIET + index] = Math.max(-32768, Math.min(32767, Math.round(sample * gain)));
  return { audio: upsampleUtterance(padded), seconds: length / RATE, spokenSeconds: spoken / RATE };
}

/** From the first to the last frame that stands out of the noise, with a margin; all of it if none does: then nothing is spoken. */
function loudPart(audio: Int16Array): {
  readonly from: number;
  readonly to: number;
  readonly level: number;
  readonly spoken: number;
} {
  const energies: number[] = [];
  for (let at = 0; at + FRAME <= audio.length; at += FRAME) {
    let sum = 0;
    for (const sample of audio.subarray(at, at + FRAME)) sum += sample * sample;
    energies.push(sum / FRAME);
  }
  const ranked = [...energies].sort((a, b) => a - b);
  const noise = ranked[Math.floor(ranked.length * 0.1)] ?? 0;
  const loud = ranked[Math.floor(ranked.length * 0.95)] ?? 0;
  // 30 dB below the loud frames or 6 dB above the noise, whichever is higher
  const threshold = Math.max(FAINTEST, loud / 1000, Math.min(noise * 4, loud / 2));
  const first = energies.findIndex((energy) => energy > threshold);
  if (first < 0) return { from: 0, to: audio.length, level: Math.sqrt(loud), spoken: 0 };
  const last = energies.findLastIndex((energy) => energy > threshold);
  const spoken = energies.slice(first, last + 1).filter((energy) => energy > threshold);
  const mean = spoken.reduce((sum, energy) => sum + energy, 0) / spoken.length;
  const margin = noise > loud * NOISY ? MARGIN.noisy : MARGIN.quiet;
  return {
    from: Math.max(0, first * FRAME - margin),
    to: Math.min(audio.length, (last + 1) * FRAME + margin),
    level: Math.sqrt(mean),
    spoken: spoken.length * FRAME,
  };
}
