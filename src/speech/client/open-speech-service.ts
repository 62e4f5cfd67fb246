import { MessageChannel, Worker } from 'node:worker_threads';
import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../../domain/units.ts';
import { systemClock } from '../../lib/clock.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { Logger } from '../../lib/logger.ts';
import type { SpeechService, SpeechText } from '../speech-service.ts';
import { type NamedSpeech, nameSpeech } from '../synthesis/named-speech.ts';
import type { RecognizerName } from '../recognizer.ts';
import type { SynthesizerName } from '../synthesizer.ts';
import type { SpeechCounts, SpeechWorkerOptions } from '../worker/speech-worker-protocol.ts';
import { SpeechWorkerLink } from './speech-worker-link.ts';
import { SpeechWorkerState } from './speech-worker-state.ts';

export interface SpeechServiceOptions {
  /** For static prompts, made anew when absent from it. Undefined: nothing of speech is written to a disk. */
  readonly cacheDirectory: string | undefined;
  readonly synthesizer: SynthesizerName;
  /** The usual language, and the voice for it (absent: the engine's own choice). */
  readonly language: string;
  readonly voice?: string;
  /** Whether the recognizer listens to the voices at the start (then at the first one only: results are kept in `cacheDirectory`). Default true. */
  readonly checkVoices?: boolean;
  readonly recognizer: RecognizerName;
  /** Utterances that are decoded at the same time. */
  readonly recognizers: number;
  /** Recognition jobs that wait at most; beyond: RECOGNIZER_BUSY. */
  readonly queueLimit: number;
  /** Of the recognizer process. Default 1. */
  readonly recognizerThreads?: number;
  /** Default 1. */
  readonly synthesisProcesses?: number;
  /** Default 'espeak-ng'. */
  readonly espeakCommand?: string;
  /** Folder of prompts that were recorded ahead, and in which languages. Default: none were. */
  readonly recordings?: string;
  readonly recorded?: readonly string[];
  /** Finished static clips in memory. Default 64 MB, more than an hour. */
  readonly cacheMemoryBytes?: number;
  /** Default 512 MB. */
  readonly cacheDiskBytes?: number;
  /** After which a dynamic clip is forgotten that nobody released. Default 10 minutes. */
  readonly dynamicLife?: Milliseconds;
}

export interface SpeechStatistics extends SpeechCounts {
  /** Times that the worker was replaced. */
  readonly restarts: number;
}

export interface EmbeddedSpeech extends SpeechService {
  /** The speech worker was lost with all its lines and has been replaced: open a line for each media worker anew. */
  onChannelNeeded(listener: () => void): void;
  /** As last told by the worker. */
  statistics(): SpeechStatistics;
}

const PREPARE_LIMIT_BASE = seconds(30);
const PREPARE_LIMIT_EACH = seconds(5);
const FILE_LIMIT = seconds(10);
const startWorker = (options: SpeechWorkerOptions): Worker =>
  new Worker(entryPoint(import.meta.url, '../worker/speech-worker.js'), { workerData: options, name: 'speech' });

/**
 * Speech in a worker thread of its own: synthesis, prompt cache, recognition. The main thread handles names and words,
 * never audio.
 *
 * @param start - starts the worker; tests keep a hand on it
 * @throws IvrError SYNTHESIZER_UNREACHABLE, MODEL_MISSING, MODEL_ALTERED, RECOGNIZER_UNREACHABLE, DEADLINE_EXCEEDED
 */
export async function openSpeechService(
  options: SpeechServiceOptions,
  logger: Logger,
  start: (options: SpeechWorkerOptions) => Worker = startWorker,
): Promise<EmbeddedSpeech> {
  const listeners: (() => void)[] = [];
  const state = new SpeechWorkerState((message) => link.post(message), logger);
  const { known, jobs, answers } = state;
  let closed = false;
  const link = new SpeechWorkerLink({
    start: () => start(workerOptions(options)),
    clock: systemClock,
    logger,
    onMessage: (message) => state.onMessage(message),
    onLost: () => state.lost(),
    onReplaced(opened) {
      state.replaced(opened);
      for (const listener of listeners) listener();
    },
  });
  const nameOf = (speech: SpeechText): NamedSpeech => nameSpeech(speech, options, state.versions);

  state.opened(await link.open());
  return {
    voices: () => state.voices,
    say(speech) {
      const named = nameOf(speech);
      known.add(named);
      link.post({ type: 'say', speech: named, start: true });
      return named.clip;
    },
    cached: (speech) => speech.kind === 'static' && known.ready(nameOf(speech).clip),
    async clipFromFile(path) {
      const clip = await answers.ask(
        (id) => link.post({ type: 'load-file', id, path }),
        FILE_LIMIT,
        'loading an audio file',
      );
      if (clip === undefined) throw new IvrError('INTERNAL', 'the speech worker did not name the file');
      state.files.set(clip, path);
      return clip;
    },
    async prepare(speeches) {
      const named = speeches.map((speech) => nameOf({ ...speech, kind: 'static' }));
      for (const speech of named) known.add(speech);
      const limit = ms(PREPARE_LIMIT_BASE + named.length * PREPARE_LIMIT_EACH);
      await answers.ask((id) => link.post({ type: 'prepare', id, speeches: named }), limit, 'preparing prompts');
    },
    release(clips) {
      for (const clip of clips) known.forget(clip);
      link.post({ type: 'release', clips });
    },
    recognize(request, deadline) {
      const job = jobs.open(deadline);
      const { grammar: graph, ...rest } = request;
      const grammar = graph === undefined ? undefined : state.grammars.byName(graph);
      if (link.post({ type: 'recognize', job: job.id, request: rest, grammar, deadline })) return job;
      state.forgetGrammars(); // this one was not sent
      jobs.reject(job.id, new IvrError('RECOGNIZER_UNREACHABLE', 'the speech worker is being replaced'));
      return job;
    },
    load: () => state.load,
    openChannel() {
      const { port1, port2 } = new MessageChannel();
      if (!link.post({ type: 'channel', port: port2 }, [port2])) port2.close(); // its other end closes: a new channel will be needed
      return port1;
    },
    onChannelNeeded: (listener) => void listeners.push(listener),
    statistics: () => ({ ...state.counts, restarts: link.restarts }),
    async [Symbol.asyncDispose]() {
      if (!closed) jobs.rejectAll(new IvrError('CANCELLED', 'the speech service is closing'));
      closed = true;
      await link.close();
      answers.rejectAll();
    },
  };
}

const workerOptions = (options: SpeechServiceOptions): SpeechWorkerOptions => ({
  cacheDirectory: options.cacheDirectory,
  cacheDiskBytes: options.cacheDiskBytes ?? 512_000_000,
  cacheMemoryBytes: options.cacheMemoryBytes ?? 64_000_000,
  dynamicLife: options.dynamicLife ?? seconds(600),
  synthesizer: options.synthesizer,
  language: options.language,
  ...(options.voice === undefined ? {} : { voice: options.voice }),
  checkVoices: options.checkVoices ?? true,
  synthesisProcesses: options.synthesisProcesses ?? 1,
  espeakCommand: options.espeakCommand ?? 'espeak-ng',
  recognizer: options.recognizer,
  recognizers: options.recognizers,
  recognizerThreads: options.recognizerThreads ?? 1,
  queueLimit: options.queueLimit,
  ...(options.recordings === undefined ? {} : { recordings: options.recordings }),
  ...(options.recorded === undefined ? {} : { recorded: options.recorded }),
});
