import { asError } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { seconds } from '../domain/units.ts';
import type { Logger } from '../lib/logger.ts';
import type { CallTimes, CallTimesOf } from './call-times.ts';
import type { SealedRecording } from './recorder.ts';
import type { SealWorkerOptions, ToSealWorker } from './recorder-protocol.ts';
import type { SealedRecordingSink } from './sealed-recording-sink.ts';
import { WorkerRequests } from './worker-requests.ts';

/** Recordings are sealed one after the other: at the end of a drain there may be hundreds. */
const SEAL_LIMIT = seconds(600);
const LIST_LIMIT = seconds(60);

export interface SealerUser {
  readonly sink?: SealedRecordingSink | undefined;
  /** The journal, which recordings are compared with. */
  readonly callTimes?: CallTimesOf | undefined;
}

/** Makes sealed recordings of spools that nobody writes any more, in a worker, and hands them on. */
export class RecordingSealer implements AsyncDisposable {
  readonly #user: SealerUser;
  readonly #logger: Logger;
  readonly #worker: WorkerRequests<ToSealWorker>;

  constructor(folders: SealWorkerOptions, user: SealerUser, logger: Logger) {
    this.#user = user;
    this.#logger = logger;
    this.#worker = new WorkerRequests<ToSealWorker>(
      'seal-worker.js',
      folders,
      () => undefined,
      (error) => logger.error({}, 'the sealing worker died; the next seal starts another', error),
    );
  }

  /** @throws IvrError INTERNAL, DEADLINE_EXCEEDED */
  start(): Promise<void> {
    return this.#worker.start();
  }

  async seal(recording: RecordingId, contact: ContactId | undefined, recovered: boolean): Promise<SealedRecording> {
    const call = contact === undefined ? undefined : await this.#timesOf(contact);
    const { sealed, remarks } = await this.#worker.ask<'seal'>(
      { type: 'seal', recording, recovered, call },
      SEAL_LIMIT,
    );
    const facts = { recording, contact: sealed.contact };
    for (const remark of remarks) this.#logger.warn({ ...facts, remark }, 'a recording has remarks');
    for (const problem of sealed.problems) this.#logger.error({ ...facts, problem }, 'a recording has a problem');
    await this.#user.sink
      ?.take(sealed)
      .catch((thrown: unknown) => this.#logger.error(facts, 'the archive did not accept a recording', asError(thrown)));
    return sealed;
  }

  async discard(recording: RecordingId): Promise<void> {
    await this.#worker.ask<'discard'>({ type: 'discard', recording, unlessHeard: false }, SEAL_LIMIT);
  }

  /** What an earlier process left is sealed, or removed when it never was a call. */
  async recover(): Promise<readonly SealedRecording[]> {
    const recovered: SealedRecording[] = [];
    for (const { recording, contact } of await this.#worker.ask<'list'>({ type: 'list' }, LIST_LIMIT))
      try {
        if (!(await this.#neverWasACall(recording, contact))) recovered.push(await this.seal(recording, contact, true));
      } catch (thrown) {
        this.#logger.error({ recording }, 'a recording could not be recovered; its spool is kept', asError(thrown));
      }
    return recovered;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#worker[Symbol.asyncDispose]();
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

  /** What an earlier process left of an INVITE that was never answered or acknowledged holds no call: it is removed. */
  async #neverWasACall(recording: RecordingId, contact: ContactId | undefined): Promise<boolean> {
    const call = contact === undefined ? undefined : await this.#timesOf(contact);
    if (call === undefined || call.answered !== undefined) return false;
    return this.#worker.ask<'discard'>({ type: 'discard', recording, unlessHeard: true }, SEAL_LIMIT);
  }
}
