import { activeLevel } from '../../audio/active-level.ts';
import { fromDbfs } from '../../audio/level.ts';
import { pauseAfter } from './clauses.ts';
import { trimSilence } from './trim-silence.ts';

/**
 * What every clip is levelled to, active speech level in dBFS (ITU-T P.56): 2 dB above the nominal −22 of a telephone network
 * (−16 dBm0, G.101), which callers in noise are thankful for, with 18 dB of room for peaks.
 */
export const CLIP_LEVEL_DBFS = -20;
/** What is softer than this is not speech and is not amplified. */
const LEAST_LEVEL_DBFS = -55;
const SAMPLES_PER_MS = 8;
/** Above the knee peaks are rounded off, so that none is cut. */
const KNEE = 0.8 * 32767;
const CEILING = 0.98 * 32767;

/**
 * A clause as an engine made it to a piece of a clip: at the level of all clips, without the silence around it, with the
 * pause after it that its last mark asks for.
 *
 * @param speech - 8 kHz mono 16-bit
 * @returns a new array; empty when nothing is audible
 */
export function clauseAudio(speech: Int16Array, clause: string): Int16Array<ArrayBuffer> {
  return trimSilence(levelled(speech), pauseAfter(clause) * SAMPLES_PER_MS);
}

function levelled(speech: Int16Array): Int16Array {
  const { level } = activeLevel(speech);
  if (level < LEAST_LEVEL_DBFS) return speech;
  const gain = fromDbfs(CLIP_LEVEL_DBFS) / fromDbfs(level);
  return speech.map((sample) => softLimit(sample * gain));
}

function softLimit(value: number): number {
  const size = Math.abs(value);
  if (size <= KNEE) return Math.round(value);
  return Math.round(Math.sign(value) * (KNEE + (CEILING - KNEE) * Math.tanh((size - KNEE) / (CEILING - KNEE))));
}
