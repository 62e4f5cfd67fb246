import { MessageChannel, Worker } from 'node:worker_threads';
import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../../domain/units.ts';
import { systemClock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import { entryPoint } from '../../lib/entry.ts';
import type { Logger } from '../../lib/logger.ts';
import { SentGrammars } from '../recognition/kept-grammars.ts';
import { NO_RECOGNITIONS, NOBODY_LISTENS } from '../recognition/nobody-listens.ts';
import type { ClipId, LanguageVoice, SpeechLoad, SpeechService } from '../speech-service.ts';
import { type EngineVersions, nameSpeech } from '../synthesis/named-speech.ts';
import type { SynthesizerName } from '../synthesis/voicing.ts';
import { fromRemoteError } from '../worker/remote-error.ts';
import type {
  FromSpeechWorker,
  RecognizerName,
  SpeechCounts,
  SpeechWorkerOpened,
  SpeechWorkerOptions,
  ToSpeechWorker,
} from '../worker/speech-worker-protocol.ts';
import { writeLogLine } from '../worker/worker-logger.ts';
import { KnownSpeeches } from './known-speeches.ts';
import { PendingJobs } from './pending-jobs.ts';
import { SpeechWorkerLink } from './speech-worker-link.ts';

export interface SpeechServiceOptions {
  /** For static prompts, made anew when absent from it. Undefined: nothing of speech is written to a disk. */
  readonly cacheDir: string | undefined;
  readonly synthesizer: SynthesizerName;
  /** The usual language, and the voice for it (absent: the engine's own choice). */
  readonly language: string;
  readonly voice?: string;
  /** Whether the recognizer listens to the voices at the start (then at the first one only: results are kept in `cacheDir`). Default true. */
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
const NO_COUNTS: SpeechCounts = {
  clipsFailed: 0,
  utterancesDropped: 0,
  dynamicClips: 0,
  cacheMemoryBytes: 0,
  recognition: NO_RECOGNITIONS,
};

type Told = Exclude<FromSpeechWorker, { readonly type: 'open' | 'open-failed' }>;

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
  const known = new KnownSpeeches();
  const answers = new Map<number, Deferred<ClipId | undefined>>();
  const files = new Map<ClipId, string>();
  const listeners: (() => void)[] = [];
  let nextAnswer = 1;
  let versions: EngineVersions = {};
  let voices: readonly LanguageVoice[] = [];
  let load: SpeechLoad = NOBODY_LISTENS;
  let counts = NO_COUNTS;
  let closed = false;

  const sentGrammars = (): SentGrammars => new SentGrammars(() => link.post({ type: 'forget-grammars' }));

  const settle = (id: number, error: IvrError | undefined, clip: ClipId | undefined): void => {
    const answer = answers.get(id);
    answers.delete(id);
    if (error === undefined) answer?.resolve(clip);
    else answer?.reject(error);
  };
  const told = (message: Told): void => {
    switch (message.type) {
      case 'clip-ready':
        known.setReady(message.clip, message.ready);
        break;
      case 'clip-forgotten':
        known.forget(message.clip);
        break;
      case 'done':
        settle(message.id, message.error === undefined ? undefined : fromRemoteError(message.error), message.clip);
        break;
      case 'transcript':
        jobs.resolve(message.job, message.transcript);
        break;
      case 'job-failed':
        jobs.reject(message.job, fromRemoteError(message.error));
        break;
      case 'statistics':
        ({ load, counts } = message);
        break;
      case 'log':
        writeLogLine(logger, message.line);
    }
  };
  const begin = (opened: SpeechWorkerOpened): void => {
    known.replaceReady(opened.cached);
    ({ versions, voices } = opened);
  };
  const link = new SpeechWorkerLink({
    start: () => start(workerOptions(options)),
    clock: systemClock,
    logger,
    onMessage: told,
    onLost() {
      known.replaceReady([]);
      grammars = sentGrammars();
      load = NOBODY_LISTENS;
      jobs.rejectAll(new IvrError('RECOGNIZER_UNREACHABLE', 'the speech worker was lost'));
      for (const id of answers.keys()) settle(id, lost(), undefined);
    },
    onReplaced(opened) {
      begin(opened);
      for (const path of files.values()) link.post({ type: 'load-file', id: 0, path });
      for (const speech of known.all()) link.post({ type: 'say', speech, start: false });
      for (const listener of listeners) listener();
    },
  });
  const jobs = new PendingJobs(systemClock, (job) => link.post({ type: 'cancel', job }));
  let grammars = sentGrammars();

  /** Asks and waits for the answer. */
  const ask = (
    message: (id: number) => ToSpeechWorker,
    limit: Milliseconds,
    what: string,
  ): Promise<ClipId | undefined> => {
    const id = nextAnswer++;
    const answer = deferred<ClipId | undefined>();
    answers.set(id, answer);
    if (!link.post(message(id))) settle(id, lost(), undefined);
    return within(answer.promise, limit, what).finally(() => answers.delete(id));
  };

  begin(await link.open());
  return {
    voices: () => voices,
    say(speech) {
      const named = nameSpeech(speech, options, versions);
      known.add(named);
      link.post({ type: 'say', speech: named, start: true });
      return named.clip;
    },
    cached: (speech) => speech.kind === 'static' && known.ready(nameSpeech(speech, options, versions).clip),
    async clipFromFile(path) {
      const clip = await ask((id) => ({ type: 'load-file', id, path }), FILE_LIMIT, 'loading an audio file');
      if (clip === undefined) throw new IvrError('INTERNAL', 'the speech worker did not name the file');
      files.set(clip, path);
      return clip;
    },
    async prepare(speeches) {
      const named = speeches.map((speech) => nameSpeech({ ...speech, kind: 'static' }, options, versions));
      for (const speech of named) known.add(speech);
      const limit = ms(PREPARE_LIMIT_BASE + named.length * PREPARE_LIMIT_EACH);
      await ask((id) => ({ type: 'prepare', id, speeches: named }), limit, 'preparing prompts');
    },
    release(clips) {
      for (const clip of clips) known.forget(clip);
      link.post({ type: 'release', clips });
    },
    recognize(request, deadline) {
      const job = jobs.open(deadline);
      const { grammar: graph, ...rest } = request;
      const grammar = graph === undefined ? undefined : grammars.byName(graph);
      if (link.post({ type: 'recognize', job: job.id, request: rest, grammar, deadline })) return job;
      grammars = sentGrammars(); // this one was not
      jobs.reject(job.id, new IvrError('RECOGNIZER_UNREACHABLE', 'the speech worker is being replaced'));
      return job;
    },
    load: () => load,
    openChannel() {
      const { port1, port2 } = new MessageChannel();
      if (!link.post({ type: 'channel', port: port2 }, [port2])) port2.close(); // its other end closes: a new channel will be needed
      return port1;
    },
    onChannelNeeded: (listener) => void listeners.push(listener),
    statistics: () => ({ ...counts, restarts: link.restarts }),
    async [Symbol.asyncDispose]() {
      if (!closed) jobs.rejectAll(new IvrError('CANCELLED', 'the speech service is closing'));
      closed = true;
      await link.close();
      for (const id of answers.keys()) settle(id, lost(), undefined);
    },
  };
}

const lost = (): IvrError => new IvrError('SYNTHESIZER_UNREACHABLE', 'the speech worker is not running');

const workerOptions = (options: SpeechServiceOptions): SpeechWorkerOptions => ({
  cacheDir: options.cacheDir,
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
});
