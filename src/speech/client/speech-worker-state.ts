import { IvrError } from '../../domain/error.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { SentGrammars } from '../recognition/kept-grammars.ts';
import { NO_RECOGNITIONS, NOBODY_LISTENS } from '../recognition/nobody-listens.ts';
import type { ClipId, LanguageVoice, SpeechLoad } from '../speech-service.ts';
import type { EngineVersions } from '../synthesis/named-speech.ts';
import { fromRemoteError } from '../worker/remote-error.ts';
import type {
  FromSpeechWorker,
  SpeechCounts,
  SpeechWorkerOpened,
  ToSpeechWorker,
} from '../worker/speech-worker-protocol.ts';
import { writeLogLine } from '../worker/worker-logger.ts';
import { KnownSpeeches } from './known-speeches.ts';
import { PendingClips } from './pending-clips.ts';
import { PendingJobs } from './pending-jobs.ts';

const NO_COUNTS: SpeechCounts = {
  clipsFailed: 0,
  utterancesDropped: 0,
  dynamicClips: 0,
  cacheMemoryBytes: 0,
  recognition: NO_RECOGNITIONS,
};

/** What this side knows of the speech worker: what it has, what it was asked, and what a new one has to be told. */
export class SpeechWorkerState {
  readonly known = new KnownSpeeches();
  readonly answers = new PendingClips();
  readonly jobs: PendingJobs;
  /** Clips that were read from files. */
  readonly files = new Map<ClipId, string>();
  versions: EngineVersions = {};
  voices: readonly LanguageVoice[] = [];
  load: SpeechLoad = NOBODY_LISTENS;
  counts = NO_COUNTS;
  grammars: SentGrammars;
  readonly #post: (message: ToSpeechWorker) => boolean;
  readonly #logger: Logger;

  constructor(post: (message: ToSpeechWorker) => boolean, logger: Logger) {
    this.#post = post;
    this.#logger = logger;
    this.jobs = new PendingJobs(systemClock, (job) => post({ type: 'cancel', job }));
    this.grammars = this.#sentGrammars();
  }

  /** The worker has no grammar yet. */
  forgetGrammars(): void {
    this.grammars = this.#sentGrammars();
  }

  #sentGrammars(): SentGrammars {
    return new SentGrammars(() => this.#post({ type: 'forget-grammars' }));
  }

  opened({ cached, versions, voices }: SpeechWorkerOpened): void {
    this.known.replaceReady(cached);
    this.versions = versions;
    this.voices = voices;
  }

  lost(): void {
    this.known.replaceReady([]);
    this.forgetGrammars();
    this.load = NOBODY_LISTENS;
    this.jobs.rejectAll(new IvrError('RECOGNIZER_UNREACHABLE', 'the speech worker was lost'));
    this.answers.rejectAll();
  }

  replaced(opened: SpeechWorkerOpened): void {
    this.opened(opened);
    for (const path of this.files.values()) this.#post({ type: 'load-file', id: 0, path });
    for (const speech of this.known.all()) this.#post({ type: 'say', speech, start: false });
  }

  onMessage(message: Exclude<FromSpeechWorker, { readonly type: 'open' | 'open-failed' }>): void {
    switch (message.type) {
      case 'clip-ready':
        this.known.setReady(message.clip, message.ready);
        break;
      case 'clip-forgotten':
        this.known.forget(message.clip);
        break;
      case 'done':
        if (message.error === undefined) this.answers.resolve(message.id, message.clip);
        else this.answers.reject(message.id, fromRemoteError(message.error));
        break;
      case 'transcript':
        this.jobs.resolve(message.job, message.transcript);
        break;
      case 'job-failed':
        this.jobs.reject(message.job, fromRemoteError(message.error));
        break;
      case 'statistics':
        ({ load: this.load, counts: this.counts } = message);
        break;
      case 'log':
        writeLogLine(this.#logger, message.line);
    }
  }
}
