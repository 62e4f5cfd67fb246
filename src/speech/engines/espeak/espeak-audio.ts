import { StreamResampler } from '../../../audio/resample.ts';
import { IvrError } from '../../../domain/error.ts';
import { SilenceTrimmer } from '../../clips/trim-silence.ts';
import { pauseAfter } from '../../synthesis/clauses.ts';
import { WavStream } from './wav-stream.ts';

const SAMPLES_PER_MS = 8;

/** Turns the program's WAV, as it comes, into telephone audio without silence at its ends. */
export class EspeakAudio {
  readonly #wav = new WavStream();
  readonly #trimmer: SilenceTrimmer;
  #resampler: StreamResampler | undefined;

  /** @param text - decides the pause at the end */
  constructor(text: string) {
    this.#trimmer = new SilenceTrimmer(pauseAfter(text) * SAMPLES_PER_MS);
  }

  *push(bytes: Buffer): Generator<Int16Array, void, void> {
    const samples = this.#wav.push(bytes);
    if (this.#wav.rate === undefined) return;
    this.#resampler ??= new StreamResampler(this.#wav.rate);
    yield* nonEmpty(this.#trimmer.push(this.#resampler.push(samples)));
  }

  /** @throws IvrError SYNTHESIS_FAILED when no WAV came */
  *end(): Generator<Int16Array, void, void> {
    if (this.#resampler === undefined) throw new IvrError('SYNTHESIS_FAILED', 'the synthesizer wrote no audio');
    yield* nonEmpty(this.#trimmer.push(this.#resampler.flush()));
    yield* nonEmpty(this.#trimmer.end());
  }
}

function* nonEmpty(samples: Int16Array): Generator<Int16Array, void, void> {
  if (samples.length > 0) yield samples;
}
