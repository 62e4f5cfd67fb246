import { IvrError } from '../../../domain/error.ts';
import { type Milliseconds, seconds } from '../../../domain/units.ts';
import { clausesOf } from '../../synthesis/clauses.ts';
import type { Synthesizer } from '../../synthesizer.ts';
import { FlitePool } from './flite-pool.ts';
import { compileFlite } from './flite-program.ts';
import { FLITE_VOICES, type FliteVoice, isFliteVoice } from './flite-voices.ts';

export interface FliteOptions {
  /** Threads; one makes some 80 s of speech per second. */
  readonly threads?: number;
  /** For one clause. */
  readonly limit?: Milliseconds;
}

const DEFAULT_VOICE: FliteVoice = 'slt';

/**
 * American and Scottish English by flite 2.3, inside the process and offline.
 *
 * @throws IvrError SYNTHESIZER_UNREACHABLE
 */
export async function openFlite({ threads = 1, limit = seconds(10) }: FliteOptions = {}): Promise<Synthesizer> {
  const pool = new FlitePool(await compileFlite(), threads, limit);
  return {
    name: 'flite',
    languages: ['en'],
    voices: FLITE_VOICES,
    async *synthesize(text, { voice = DEFAULT_VOICE }, signal) {
      if (!isFliteVoice(voice)) throw new IvrError('SYNTHESIS_FAILED', `flite has no voice '${voice}'`, { voice });
      for (const clause of clausesOf(text)) {
        const samples = await pool.speak(clause, voice, signal);
        if (samples.length > 0) yield samples;
      }
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
