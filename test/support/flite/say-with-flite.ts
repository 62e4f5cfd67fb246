import { resampleTo8k } from '../../../src/audio/resample.ts';
import { clausesOf, pauseAfter } from '../../../src/speech/synthesis/clauses.ts';
import { trimSilence } from '../../../src/speech/synthesis/trim-silence.ts';
import { compileFlite, runFlite } from './flite-program.ts';

/** Of flite 2.3. */
export type FliteVoice = 'slt' | 'rms' | 'awb' | 'kal' | 'kal16';

const SAMPLES_PER_MS = 8;
let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * A voice that is not the product's, so that recognition is never tested on its own voice alone. Blocks the thread for some
 * 12 ms per second of speech.
 *
 * @returns 8 kHz mono 16-bit
 */
export async function sayWithFlite(text: string, voice: FliteVoice = 'slt'): Promise<Int16Array> {
  const module = await (compiled ??= compileFlite());
  const spoken: number[] = [];
  for (const clause of clausesOf(text)) {
    const { samples, rate } = await runFlite(module, clause, voice);
    for (const sample of trimSilence(resampleTo8k(samples, rate), pauseAfter(clause) * SAMPLES_PER_MS))
      spoken.push(sample);
  }
  return Int16Array.from(spoken);
}
