/*
 * Whisper pays for every second that it is shown and repeats itself when it is shown little, so an utterance is cut close
 * here and silence is added behind it where it is encoded.
 */

const RATE = 8000;
const FRAME = 160;
/**
 * Room left around the first and last loud frame: weak consonants are below any threshold. On a noisy line (less than 20 dB)
 * less of it: there the room is filled with noise.
 */
const MARGIN = { quiet: 12 * FRAME, noisy: 6 * FRAME };
const NOISY = 1 / 100;
/** Whisper's window is 30 s, silence behind the speech included: of more, the beginning is understood. */
const LONGEST = 27 * RATE;
/** Speech rises and falls by 20 dB within a word; what keeps its level within 3 dB is a tone or noise. */
const STEADY = 2;
/** Energy of a sample (RMS 12, -68 dB): nobody speaks so softly into a telephone. */
const FAINTEST = 144;

export interface LoudPart {
  /** 8 kHz; a view of what was given. */
  readonly audio: Int16Array;
  readonly seconds: number;
  /** Of these, seconds that stand out of the noise. */
  readonly spokenSeconds: number;
}

/**
 * From the first to the last frame that stands out of the noise, with a margin; all of it if none does, or if the sound is
 * steady: then nothing is spoken.
 *
 * @param whole - 8 kHz mono 16-bit, with any silence around the speech
 */
export function loudPart(whole: Int16Array): LoudPart {
  const energies = energiesOf(whole);
  const ranked = [...energies].sort((a, b) => a - b);
  const noise = ranked[Math.floor(ranked.length * 0.1)] ?? 0;
  const loud = ranked[Math.floor(ranked.length * 0.95)] ?? 0;
  // 30 dB below the loud frames or 6 dB above the noise, whichever is higher
  const threshold = Math.max(FAINTEST, loud / 1000, Math.min(noise * 4, loud / 2));
  const steady = loud < noise * STEADY;
  const first = steady ? -1 : energies.findIndex((energy) => energy > threshold);
  const margin = noise > loud * NOISY ? MARGIN.noisy : MARGIN.quiet;
  const from = first < 0 ? 0 : Math.max(0, first * FRAME - margin);
  const last = energies.findLastIndex((energy) => energy > threshold);
  const to = first < 0 ? whole.length : Math.min(whole.length, (last + 1) * FRAME + margin);
  const audio = whole.subarray(from, Math.min(to, from + LONGEST));
  const spoken = energies.filter((energy, at) => at >= first && at <= last && energy > threshold).length;
  return { audio, seconds: audio.length / RATE, spokenSeconds: first < 0 ? 0 : (spoken * FRAME) / RATE };
}

function energiesOf(audio: Int16Array): number[] {
  const energies: number[] = [];
  for (let at = 0; at + FRAME <= audio.length; at += FRAME) {
    let sum = 0;
    for (const sample of audio.subarray(at, at + FRAME)) sum += sample * sample;
    energies.push(sum / FRAME);
  }
  return energies;
}
