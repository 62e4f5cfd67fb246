import type { MessagePort } from 'node:worker_threads';
import type { Milliseconds } from '../../domain/units.ts';
import type { GrammarByName } from '../recognition/kept-grammars.ts';
import type { RecognitionStatistics } from '../recognition/recognition-queue.ts';
import type { RecognizerName } from '../recognizer.ts';
import type { ClipId, LanguageVoice, RecognitionRequest, SpeechLoad, Transcript } from '../speech-service.ts';
import type { EngineVersions, NamedSpeech } from '../synthesis/named-speech.ts';
import type { SynthesizerName } from '../synthesizer.ts';
import type { RemoteError } from './remote-error.ts';
import type { LogLine } from './worker-logger.ts';

/* The messages between the main thread and the speech worker. No audio: that goes over the channels of speech-channel.ts. */

export interface SpeechWorkerOptions {
  /** For static prompts; absent: memory only. */
  readonly cacheDirectory: string | undefined;
  readonly cacheDiskBytes: number;
  readonly cacheMemoryBytes: number;
  readonly dynamicLife: Milliseconds;
  readonly synthesizer: SynthesizerName;
  /** The usual language, and the voice for it. */
  readonly language: string;
  readonly voice?: string;
  /** Whether the recognizer listens to the voices at the start. */
  readonly checkVoices: boolean;
  readonly synthesisProcesses: number;
  readonly espeakCommand: string;
  readonly recordings?: string;
  readonly recorded?: readonly string[];
  readonly recognizer: RecognizerName;
  readonly recognizers: number;
  readonly recognizerThreads: number;
  readonly queueLimit: number;
}

export type ToSpeechWorker =
  /** `start`: make it now; otherwise when somebody asks for it. */
  | { readonly type: 'say'; readonly speech: NamedSpeech; readonly start: boolean }
  | { readonly type: 'release'; readonly clips: readonly ClipId[] }
  | { readonly type: 'prepare'; readonly id: number; readonly speeches: readonly NamedSpeech[] }
  | { readonly type: 'load-file'; readonly id: number; readonly path: string }
  | {
      readonly type: 'recognize';
      readonly job: number;
      readonly request: Omit<RecognitionRequest, 'grammar'>;
      readonly grammar: GrammarByName | undefined;
      readonly deadline: Milliseconds;
    }
  | { readonly type: 'cancel'; readonly job: number }
  | { readonly type: 'forget-grammars' }
  | { readonly type: 'channel'; readonly port: MessagePort }
  | { readonly type: 'close' };

/** Since the worker's start. */
export interface SpeechCounts {
  readonly clipsFailed: number;
  /** Utterances that came for no job, or too late. */
  readonly utterancesDropped: number;
  readonly dynamicClips: number;
  readonly cacheMemoryBytes: number;
  readonly recognition: RecognitionStatistics;
}

/** What a worker begins with. */
export interface SpeechWorkerOpened {
  /** Static clips on disk. */
  readonly cached: readonly ClipId[];
  /** Of the synthesizers that are there. */
  readonly versions: EngineVersions;
  readonly voices: readonly LanguageVoice[];
}

export type FromSpeechWorker =
  | ({ readonly type: 'open' } & SpeechWorkerOpened)
  | { readonly type: 'open-failed'; readonly error: RemoteError }
  | { readonly type: 'clip-ready'; readonly clip: ClipId; readonly ready: boolean }
  | { readonly type: 'clip-forgotten'; readonly clip: ClipId }
  /** Of `prepare` and `load-file`; the latter names the clip. */
  | {
      readonly type: 'done';
      readonly id: number;
      readonly error: RemoteError | undefined;
      readonly clip: ClipId | undefined;
    }
  | { readonly type: 'transcript'; readonly job: number; readonly transcript: Transcript }
  | { readonly type: 'job-failed'; readonly job: number; readonly error: RemoteError }
  | { readonly type: 'statistics'; readonly load: SpeechLoad; readonly counts: SpeechCounts }
  | { readonly type: 'log'; readonly line: LogLine };
