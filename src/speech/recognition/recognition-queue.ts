import { asError, IvrError } from '../../domain/error.ts';
import { durationOf, type Milliseconds, ms, TELEPHONE_RATE } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import type { Decoded, Recognizer } from '../recognizer.ts';
import type { DecodeKind, RecognitionRequest, Transcript } from '../speech-service.ts';

export interface RecognitionQueueOptions {
  /** Jobs that may wait. */
  readonly capacity: number;
}

export interface RecognitionStatistics {
  readonly queued: number;
  readonly decoding: number;
  readonly decoded: number;
  /** Refused because the queue was full. */
  readonly refused: number;
  /** Pushed out of a full queue by a more urgent job. */
  readonly displaced: number;
  /** Gave up waiting. */
  readonly expired: number;
  readonly cancelled: number;
  readonly failed: number;
  /** Decoded a second time because the recognizer was lost in the first. */
  readonly retried: number;
}

export interface QueuedRecognition {
  /** @throws IvrError RECOGNIZER_BUSY, RECOGNIZER_UNREACHABLE, RECOGNITION_FAILED, DEADLINE_EXCEEDED, CANCELLED */
  readonly transcript: Promise<Transcript>;
  cancel(): void;
}

interface Job {
  readonly audio: Int16Array;
  readonly request: RecognitionRequest;
  readonly entered: Milliseconds;
  readonly aborter: AbortController;
  resolve(transcript: Transcript): void;
  reject(error: IvrError): void;
  began: Milliseconds | undefined;
  timer: CancelTimer | undefined;
  settled: boolean;
}

/** Somebody waits for a final result; a speculative one may save the wait; a partial one only confirms a barge-in. */
const URGENCY: Readonly<Record<DecodeKind, number>> = { final: 0, speculative: 1, partial: 2 };
/** A first guess, until decodes have been measured: a fixed part, and a part that grows with the audio. */
const GUESS = { fixed: 60, msPerSecond: 60 };
/** How much the latest decode counts in the running average. */
const WEIGHT = 0.2;

/**
 * The bounded queue in front of a recognizer. Hands out as many decodes as it makes progress with, the most urgent first,
 * equals in their order. A decode that loses its recognizer is tried once more with the same audio.
 */
export class RecognitionQueue {
  readonly #recognizer: Recognizer;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Job>();
  /** Decode time by the second of audio, and its fixed part, as running averages. */
  #msPerSecond = GUESS.msPerSecond;
  #fixed = GUESS.fixed;
  #closed = false;
  readonly #counts = { decoded: 0, refused: 0, displaced: 0, expired: 0, cancelled: 0, failed: 0, retried: 0 };

  constructor(recognizer: Recognizer, clock: Clock, { capacity }: RecognitionQueueOptions) {
    this.#recognizer = recognizer;
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /**
   * @param audio - 8 kHz mono 16-bit; kept until decoded
   * @param deadline - for the whole of waiting and decoding
   */
  enter(audio: Int16Array, request: RecognitionRequest, deadline: Milliseconds): QueuedRecognition {
    const now = this.#clock.now();
    const entering: { job?: Job } = {};
    const transcript = new Promise<Transcript>((resolve, reject) => {
      entering.job = {
        audio,
        request,
        entered: now,
        aborter: new AbortController(),
        began: undefined,
        timer: undefined,
        settled: false,
        resolve,
        reject,
      };
    });
    transcript.catch(() => undefined); // whoever cancelled may have stopped listening
    const { job } = entering;
    if (job === undefined || !this.#admit(job)) return { transcript, cancel: () => undefined };
    job.timer = this.#clock.after(deadline, () => {
      const late = new IvrError('DEADLINE_EXCEEDED', 'the recognition took too long', { limit_ms: deadline });
      if (this.#abandon(job, late)) this.#counts.expired++;
    });
    this.#pump();
    return {
      transcript,
      cancel: () => {
        if (this.#abandon(job, new IvrError('CANCELLED', 'the recognition was cancelled'))) this.#counts.cancelled++;
      },
    };
  }

  /** How long a job of average length that enters now as `final` would wait before its decode begins. */
  expectedWait(): Milliseconds {
    const now = this.#clock.now();
    const concurrency = Math.max(1, this.#recognizer.concurrency);
    const ahead = [...this.#running].map((job) => Math.max(0, this.#expected(job) - (now - (job.began ?? now))));
    if (this.#running.size < concurrency && this.#waiting.length === 0) return ms(0);
    const work =
      ahead.reduce((sum, left) => sum + left, 0) + this.#waiting.reduce((sum, job) => sum + this.#expected(job), 0);
    return ms(work / concurrency);
  }

  get statistics(): RecognitionStatistics {
    return { queued: this.#waiting.length, decoding: this.#running.size, ...this.#counts };
  }

  /** Refuses what comes, cancels what waits and what is being decoded. The recognizer is the owner's to close. */
  close(): void {
    this.#closed = true;
    for (const job of [...this.#waiting, ...this.#running])
      this.#abandon(job, new IvrError('CANCELLED', 'the recognition queue is closed'));
  }

  #admit(job: Job): boolean {
    if (this.#closed) {
      fail(job, new IvrError('CANCELLED', 'the recognition queue is closed'));
      return false;
    }
    if (this.#waiting.length >= this.#capacity && !this.#displace(job)) {
      this.#counts.refused++;
      fail(job, new IvrError('RECOGNIZER_BUSY', 'the recognition queue is full', { queued: this.#waiting.length }));
      return false;
    }
    const urgency = URGENCY[job.request.kind];
    const at = this.#waiting.findIndex((other) => URGENCY[other.request.kind] > urgency);
    if (at < 0) this.#waiting.push(job);
    else this.#waiting.splice(at, 0, job);
    return true;
  }

  /** The least urgent that waits makes room for something more urgent. */
  #displace(job: Job): boolean {
    const last = this.#waiting.at(-1);
    if (last === undefined || URGENCY[last.request.kind] <= URGENCY[job.request.kind]) return false;
    this.#counts.displaced++;
    this.#abandon(
      last,
      new IvrError('RECOGNIZER_BUSY', 'the recognition queue is full', { queued: this.#waiting.length }),
    );
    return true;
  }

  /** False when it had ended already. A decode under way is aborted; its place is free when the recognizer lets go. */
  #abandon(job: Job, error: IvrError): boolean {
    if (job.settled) return false;
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    fail(job, error);
    job.aborter.abort();
    return true;
  }

  #pump(): void {
    while (this.#running.size < this.#recognizer.concurrency) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#running.add(job);
      job.began = this.#clock.now();
      void this.#decode(job, job.began);
    }
  }

  async #decode(job: Job, began: Milliseconds): Promise<void> {
    try {
      const decoded = await this.#decodeOrRetry(job);
      this.#learn(job, decoded.decode);
      if (!settle(job)) return;
      this.#counts.decoded++;
      job.resolve({ ...decoded, queued: ms(began - job.entered), audio: durationOf(job.audio.length, TELEPHONE_RATE) });
    } catch (thrown) {
      const error =
        thrown instanceof IvrError
          ? thrown
          : new IvrError('RECOGNITION_FAILED', 'the recognizer failed', {}, asError(thrown));
      if (!job.settled) this.#counts.failed++;
      fail(job, error);
    } finally {
      this.#running.delete(job);
      this.#pump();
    }
  }

  async #decodeOrRetry(job: Job): Promise<Decoded> {
    const { audio, request, aborter } = job;
    try {
      return await this.#recognizer.decode(audio, request, aborter.signal);
    } catch (thrown) {
      if (aborter.signal.aborted || !(thrown instanceof IvrError) || thrown.code !== 'RECOGNIZER_UNREACHABLE')
        throw thrown;
      this.#counts.retried++;
      return await this.#recognizer.decode(audio, request, aborter.signal);
    }
  }

  #expected({ audio }: Job): number {
    return this.#fixed + this.#msPerSecond * (audio.length / TELEPHONE_RATE);
  }

  /** What the estimate missed is shared between its two parts as the guess shares them. */
  #learn(job: Job, took: Milliseconds): void {
    const correction = 1 + WEIGHT * (took / Math.max(1, this.#expected(job)) - 1);
    this.#fixed *= correction;
    this.#msPerSecond *= correction;
  }
}

/** False when it had ended already. */
function settle(job: Job): boolean {
  if (job.settled) return false;
  job.settled = true;
  job.timer?.();
  return true;
}

function fail(job: Job, error: IvrError): void {
  if (settle(job)) job.reject(error);
}
