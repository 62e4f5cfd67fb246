import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import type { RecognitionRequest, Transcript } from '../speech-service.ts';

export interface JobMatcherOptions {
  /** Queues and decodes. @throws as RecognitionJob.transcript */
  readonly recognize: (
    audio: Int16Array,
    request: RecognitionRequest,
    deadline: Milliseconds,
    signal: AbortSignal,
  ) => Promise<Transcript>;
  readonly onTranscript: (job: number, transcript: Transcript) => void;
  readonly onFailed: (job: number, error: unknown) => void;
  readonly clock: Clock;
  /** An utterance was dropped. */
  readonly onDropped: () => void;
  /** How long audio without a job is kept. */
  readonly orphanLife: Milliseconds;
}

interface OpenJob {
  readonly request: RecognitionRequest;
  readonly dueAt: number;
  readonly cancel: AbortController;
  heard: boolean;
}

interface OrphanAudio {
  readonly samples: Int16Array;
  readonly expires: CancelTimer;
}

/** Memory for audio without a job: a minute of it. */
const MOST_ORPHAN_SAMPLES = 60 * 8000;

/**
 * Joins a recognition job, which the call opens, with its audio, which a media worker sends: they come by different ports
 * and either may be first. Numbers of jobs only grow, so audio for a job that is over is known and dropped at once.
 */
export class JobMatcher {
  readonly #options: JobMatcherOptions;
  readonly #jobs = new Map<number, OpenJob>();
  readonly #orphans = new Map<number, OrphanAudio>();
  #orphanSamples = 0;
  #lastOpened = 0;
  #dropped = 0;

  constructor(options: JobMatcherOptions) {
    this.#options = options;
  }

  /** Utterances that no job wanted (any more). */
  get dropped(): number {
    return this.#dropped;
  }

  open(job: number, request: RecognitionRequest, deadline: Milliseconds): void {
    const { clock } = this.#options;
    this.#jobs.set(job, { request, dueAt: clock.now() + deadline, cancel: new AbortController(), heard: false });
    this.#lastOpened = Math.max(this.#lastOpened, job);
    const orphan = this.#takeOrphan(job);
    if (orphan !== undefined) this.hear(job, orphan);
  }

  hear(job: number, samples: Int16Array): void {
    const open = this.#jobs.get(job);
    if (open === undefined) this.#keepOrphan(job, samples);
    else if (open.heard) this.#drop();
    else {
      open.heard = true;
      void this.#recognize(job, open, samples);
    }
  }

  cancel(job: number): void {
    this.#jobs.get(job)?.cancel.abort();
    this.#jobs.delete(job);
  }

  close(): void {
    for (const job of this.#jobs.keys()) this.cancel(job);
    for (const { expires } of this.#orphans.values()) expires();
    this.#orphans.clear();
  }

  async #recognize(job: number, { request, dueAt, cancel }: OpenJob, samples: Int16Array): Promise<void> {
    const { recognize, onTranscript, onFailed, clock } = this.#options;
    const left = (dueAt - clock.now()) as Milliseconds;
    try {
      if (left <= 0) throw new IvrError('DEADLINE_EXCEEDED', 'the utterance came after the deadline of its job');
      const transcript = await recognize(samples, request, left, cancel.signal);
      if (this.#jobs.delete(job)) onTranscript(job, transcript);
    } catch (thrown) {
      if (this.#jobs.delete(job)) onFailed(job, thrown);
    }
  }

  #keepOrphan(job: number, samples: Int16Array): void {
    const over = job <= this.#lastOpened;
    const full = this.#orphanSamples + samples.length > MOST_ORPHAN_SAMPLES;
    if (over || full || this.#orphans.has(job)) {
      this.#drop();
      return;
    }
    const expires = this.#options.clock.after(this.#options.orphanLife, () => {
      this.#takeOrphan(job);
      this.#drop();
    });
    this.#orphans.set(job, { samples, expires });
    this.#orphanSamples += samples.length;
  }

  #drop(): void {
    this.#dropped++;
    this.#options.onDropped();
  }

  #takeOrphan(job: number): Int16Array | undefined {
    const orphan = this.#orphans.get(job);
    if (orphan === undefined) return undefined;
    this.#orphans.delete(job);
    this.#orphanSamples -= orphan.samples.length;
    orphan.expires();
    return orphan.samples;
  }
}
