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

export type RecognizerName = 'whisper' | 'none';

/** What a recognizer can do: known before it is opened, so that a configuration can be checked against it. */
export interface RecognizerCapabilities {
  /** Primary subtags of BCP 47 that it understands. */
  readonly languages: readonly string[];
  /** Sample rates that it takes, Hz. */
  readonly rates: readonly number[];
  /** It hears an utterance while that is spoken; otherwise it is given whole ones. */
  readonly streaming: boolean;
  /** It tells of the beginning of an utterance whether there are words (decodes of the kind `partial`). */
  readonly partials: boolean;
  /** How a question narrows what it hears: sentences of a grammar and nothing else, phrases that become likelier, or not at all. */
  readonly hints: 'grammar' | 'phrases' | 'none';
}

export interface Recognizer extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: RecognizerCapabilities;
  /** Decodes that make progress at the same time; the queue hands out no more. */
  readonly concurrency: number;
  /**
   * @param audio - 8 kHz mono 16-bit; not kept
   * @throws IvrError RECOGNIZER_UNREACHABLE (child or server gone; it is being replaced), RECOGNITION_FAILED, CANCELLED
   */
  decode(audio: Int16Array, request: RecognitionRequest, signal: AbortSignal): Promise<Decoded>;
}
