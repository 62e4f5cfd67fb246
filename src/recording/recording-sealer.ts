import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import type { Logger } from '../lib/logger.ts';
import { Retries } from '../lib/retries.ts';
import type { CallTimes, CallTimesOf } from './call-times.ts';
import type { SealedRecording } from './recorder.ts';
import type { LeftBehind, SealWorkerOptions, ToSealWorker } from './recorder-protocol.ts';
import type { SealedRecordingSink } from './sealed-recording-sink.ts';
import type { FoundSegment } from './spool/spool-catalogue.ts';
import type { SpoolPlaces } from './spool/spool-source.ts';
import { WorkerRequests } from './worker-requests.ts';

/** Recordings are sealed one after the other: at the end of a drain there may be hundreds. */
const SEAL_LIMIT = seconds(600);
/** All that a crash left is read. */
const LIST_LIMIT = seconds(600);

/** For whoever takes what was sealed at the end, and a journal that does not answer: the spool has to be closed after that. */
const SETTLE_LIMIT = seconds(1);

/** What time does not mend is given up after so many attempts; the next start tries it again. */
const DAMAGED_TRIES = 5;
const DAMAGED: ReadonlySet<string> = new Set(['RECORDING_DAMAGED', 'RECORDING_NOT_FOUND']);

/** What writes the spool, and removes what is not needed any more. */
export interface SpoolWriter {
  release(recording: RecordingId): Promise<void>;
  adopt(segments: readonly FoundSegment[]): Promise<void>;
}

/** What is sealed: a recording of this process, or one that an earlier process or 0.1 left. */
export interface ToSeal {
  readonly recording: RecordingId;
  readonly contact: ContactId | undefined;
  readonly places?: SpoolPlaces | undefined;
  readonly recovered?: boolean;
  readonly former?: boolean;
}

export interface SealerUser {
  readonly sink?: SealedRecordingSink | undefined;
  /** The journal, which recordings are compared with. */
  readonly callTimes?: CallTimesOf | undefined;
}

/** Makes sealed recordings of spools that nobody writes any more, in a worker, and hands them on. */
export class RecordingSealer implements AsyncDisposable {
  readonly #user: SealerUser;
  readonly #spool: SpoolWriter;
  readonly #logger: Logger;
  readonly #sealing = new Set<Promise<SealedRecording>>();
  readonly #worker: WorkerRequests<ToSealWorker>;
  readonly #retries: Retries<RecordingId>;
  /** Told of what was sealed by a later attempt than the first. */
  readonly lateListeners: ((sealed: SealedRecording) => void)[] = [];

  constructor(
    folders: SealWorkerOptions,
    user: SealerUser,
    spool: SpoolWriter,
    { clock, logger }: { readonly clock: Pick<Clock, 'after'>; readonly logger: Logger },
  ) {
    this.#user = user;
    this.#spool = spool;
    this.#logger = logger;
    this.#retries = new Retries(clock);
    this.#worker = new WorkerRequests<ToSealWorker>(
      'seal-worker.js',
      () => folders,
      () => undefined,
      (error) => logger.error({}, 'the sealing worker died; the next seal starts another', error),
    );
  }

  /** @throws IvrError INTERNAL, DEADLINE_EXCEEDED */
  start(): Promise<void> {
    return this.#worker.start();
  }

  /** Recordings whose seal has failed and is tried again. */
  get failing(): number {
    return this.#retries.size;
  }

  /**
   * Runs what seals a recording. When it fails it is tried again, ever less often, until it succeeds; that is told to `lateListeners`.
   *
   * @param attempt - resolves with undefined when there is nothing to seal
   * @throws what the first attempt throws
   */
  async persist<T extends SealedRecording | undefined>(recording: RecordingId, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (thrown) {
      this.#tryAgain(recording, attempt, thrown);
      throw thrown;
    }
  }

  #tryAgain(recording: RecordingId, attempt: () => Promise<SealedRecording | undefined>, thrown: unknown): void {
    const code = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
    const again = (): void =>
      void attempt().then(
        (sealed) => {
          this.#retries.done(recording);
          if (sealed === undefined) return;
          this.#logger.info({ recording }, 'a recording whose seal had failed is sealed');
          for (const listener of this.lateListeners) listener(sealed);
        },
        (failure: unknown) => this.#tryAgain(recording, attempt, failure),
      );
    const most = DAMAGED.has(code) ? DAMAGED_TRIES : Infinity;
    const { tries, againIn } = this.#retries.failed(recording, code, again, most);
    this.#logger.error(
      { recording, code, tries, ...(againIn === undefined ? {} : { again_in_ms: againIn }) },
      againIn === undefined
        ? 'a recording cannot be sealed; its spool is kept, and the next start tries again'
        : 'a recording could not be sealed; its spool is kept, and another attempt follows',
      asError(thrown),
    );
  }

  /** Sealed, verified, and out of the spool when it is handed on. */
  async seal(what: ToSeal): Promise<SealedRecording> {
    const sealing = this.#seal(what);
    this.#sealing.add(sealing);
    try {
      return await sealing;
    } finally {
      this.#sealing.delete(sealing);
    }
  }

  async #seal({ recording, contact, places, recovered = false, former = false }: ToSeal): Promise<SealedRecording> {
    const call = contact === undefined ? undefined : await this.#timesOf(contact);
    const { sealed, remarks } = await this.#worker.ask<'seal'>(
      { type: 'seal', recording, places, recovered, call },
      SEAL_LIMIT,
    );
    await this.#release(recording, former);
    const facts = { recording, contact: sealed.contact };
    for (const remark of remarks) this.#logger.warn({ ...facts, remark }, 'a recording has remarks');
    for (const problem of sealed.problems) this.#logger.error({ ...facts, problem }, 'a recording has a problem');
    await this.#user.sink
      ?.take(sealed)
      .catch((thrown: unknown) => this.#logger.error(facts, 'the archive did not accept a recording', asError(thrown)));
    return sealed;
  }

  discard(recording: RecordingId): Promise<void> {
    return this.#release(recording, false);
  }

  /** What an earlier process left is sealed, or removed when it never was a call. */
  async recover(): Promise<readonly SealedRecording[]> {
    const recovered: SealedRecording[] = [];
    for (const left of await this.#adopt(0))
      try {
        const sealed = await this.persist(left.recording, () => this.#recoverOne(left));
        if (sealed !== undefined) recovered.push(sealed);
      } catch {
        // told, and tried again
      }
    return recovered;
  }

  async #recoverOne(left: LeftBehind): Promise<SealedRecording | undefined> {
    if (!(await this.#neverWasACall(left))) return this.seal({ ...left, recovered: true });
    await this.#release(left.recording, left.former);
    return undefined;
  }

  /** After the death of a recorder of this process: its segments go as their recordings are released. */
  async adoptAfter(deaths: number): Promise<void> {
    await this.#adopt(deaths);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#retries[Symbol.dispose]();
    await this.#worker[Symbol.asyncDispose]();
    await within(Promise.allSettled(this.#sealing), SETTLE_LIMIT, 'the end of what is being sealed');
  }

  /** A journal that cannot be read does not keep a recording from being sealed. */
  async #timesOf(contact: ContactId): Promise<CallTimes | undefined> {
    try {
      return await this.#user.callTimes?.(contact);
    } catch (thrown) {
      this.#logger.error(
        { contact },
        'a recording was not compared with the journal, which cannot be read',
        asError(thrown),
      );
      return undefined;
    }
  }

  async #adopt(before: number): Promise<readonly LeftBehind[]> {
    const { recordings, segments, unreadable } = await this.#worker.ask<'list'>({ type: 'list', before }, LIST_LIMIT);
    for (const path of unreadable)
      this.#logger.error({ path }, 'a part of the spool cannot be read: its head or its key is lost; it was set aside');
    if (segments.length > 0) await this.#spool.adopt(segments);
    return recordings;
  }

  async #release(recording: RecordingId, former: boolean): Promise<void> {
    if (former) await this.#worker.ask<'remove-former'>({ type: 'remove-former', recording }, SEAL_LIMIT);
    else await this.#spool.release(recording);
  }

  /** What an earlier process left of an INVITE that was never answered or acknowledged holds no call: it is removed. */
  async #neverWasACall({ recording, contact }: LeftBehind): Promise<boolean> {
    const call = contact === undefined ? undefined : await this.#timesOf(contact);
    if (call === undefined || call.answered !== undefined) return false;
    return !(await this.#worker.ask<'heard'>({ type: 'heard', recording }, SEAL_LIMIT));
  }
}
