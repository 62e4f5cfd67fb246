import type { MessagePort } from 'node:worker_threads';
import type { GrammarGraph } from '../domain/grammar-graph.ts';
import type { Milliseconds } from '../domain/units.ts';

/*
 * What the main thread knows of speech: names of clips, and recognition jobs. The audio itself goes between the speech
 * worker and the media workers on ports of their own (see speech-channel.ts).
 */

/** Names a piece of bot speech. Static clips are named after their content (SHA-256 of voice, rate and text). */
export type ClipId = string & { readonly clip: unique symbol };

export interface SpeechText {
  readonly text: string;
  /** BCP 47: 'en-US', 'zh-CN'. */
  readonly language: string;
  readonly voice?: string;
  /** Static text is kept on disk and in memory; text with personal data is dynamic and lives in memory until released. */
  readonly kind: 'static' | 'dynamic';
}

export type DecodeKind = 'partial' | 'speculative' | 'final';

export interface RecognitionRequest {
  readonly language: string;
  /** Constrains the decoder; absent: free decoding. */
  readonly grammar?: GrammarGraph;
  /** After a constrained decode that was rejected, also decode freely (for open questions). */
  readonly orFree: boolean;
  readonly kind: DecodeKind;
}

export interface Hypothesis {
  /** Lower-case words as the grammar spells them, or free text normalised the same way (no punctuation). */
  readonly words: readonly string[];
  /** 0…1, grows with how well the words fit, by themselves and against free decoding; 0.5 is the rejection threshold. */
  readonly confidence: number;
  readonly free: boolean;
  /** The words begin a sentence of the grammar and end within a number: the caller broke off, or the utterance was cut. */
  readonly unfinished?: true;
}

/** `other-language`: somebody spoke, but not in the language that was asked for; never a result of the grammar. */
export type RecognitionOutcome = 'match' | 'rejected' | 'not-speech' | 'other-language';

export interface Transcript {
  readonly outcome: RecognitionOutcome;
  /** Best first. Empty when not speech, or in another language. */
  readonly hypotheses: readonly Hypothesis[];
  /** With `other-language`: what was spoken, as ISO 639-1 ('zh'). */
  readonly language?: string;
  readonly decode: Milliseconds;
  readonly queued: Milliseconds;
  readonly audio: Milliseconds;
}

export interface RecognitionJob {
  readonly id: number;
  /** @throws IvrError RECOGNIZER_BUSY (queue full), RECOGNIZER_UNREACHABLE, RECOGNITION_FAILED, DEADLINE_EXCEEDED, CANCELLED */
  readonly transcript: Promise<Transcript>;
  /** The result is no longer wanted: leaves the queue, or is ignored. */
  cancel(): void;
}

export interface SpeechLoad {
  readonly queued: number;
  /** How long a job entering the queue now would wait, by the recent decode times. Above 1 s new turns are told to use the keys. */
  readonly expectedWait: Milliseconds;
  readonly recognizers: number;
}

/** The voice of a language. */
export interface LanguageVoice {
  /** Primary subtag of BCP 47: 'en'. */
  readonly language: string;
  readonly engine: string;
  readonly version: string;
  /** Share of words (zh: characters) that the recognizer of the language got wrong of the best of three sentences; undefined: not checked. */
  readonly errors: number | undefined;
  /** False: nothing is said in this language. */
  readonly intelligible: boolean;
}

export interface SpeechService extends AsyncDisposable {
  /** The languages that are spoken here, as found at the start; what is not intelligible counts as having no voice. */
  voices(): readonly LanguageVoice[];
  /** Names the speech; its synthesis begins at once. A static clip that is cached costs nothing. */
  say(speech: SpeechText): ClipId;
  /** Whether `say` would find it ready. */
  cached(speech: SpeechText): boolean;
  /** A clip from a local file (music on hold, a marker tone): 8 kHz mono 16-bit WAV. @throws IvrError SYNTHESIS_FAILED */
  clipFromFile(path: string): Promise<ClipId>;
  /**
   * Synthesises static texts before they are needed (when a dialplan loads).
   *
   * @throws IvrError SYNTHESIS_FAILED (a language without a voice, or words that make no sound, among others), SYNTHESIZER_UNREACHABLE
   */
  prepare(speeches: readonly SpeechText[]): Promise<void>;
  /** Forgets dynamic clips: their text and audio are personal data. */
  release(clips: readonly ClipId[]): void;
  /** Opens a job that waits for its audio (`Endpoint.submit`), at most `deadline`. */
  recognize(request: RecognitionRequest, deadline: Milliseconds): RecognitionJob;
  load(): SpeechLoad;
  /** A media worker's line: it asks for clips and submits utterances. */
  openChannel(): MessagePort;
}
