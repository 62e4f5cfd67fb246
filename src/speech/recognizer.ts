import type { Milliseconds } from '../domain/units.ts';
import type { Hypothesis, RecognitionOutcome, RecognitionRequest } from './speech-service.ts';

/* PORT to a recognizer, as the speech worker sees it. Adapters: engines/. */

export interface Decoded {
  readonly outcome: RecognitionOutcome;
  /** Best first. */
  readonly hypotheses: readonly Hypothesis[];
  /** With `other-language`: what was spoken. */
  readonly language?: string;
  /** Time inside the engine, without queueing. */
  readonly decode: Milliseconds;
}

export interface Recognizer extends AsyncDisposable {
  readonly name: string;
  readonly languages: readonly string[];
  /** Decodes that make progress at the same time; the queue hands out no more. */
  readonly concurrency: number;
  /**
   * @param audio - 8 kHz mono 16-bit; not kept
   * @throws IvrError RECOGNIZER_UNREACHABLE (child or server gone; it is being replaced), RECOGNITION_FAILED, CANCELLED
   */
  decode(audio: Int16Array, request: RecognitionRequest, signal: AbortSignal): Promise<Decoded>;
}
