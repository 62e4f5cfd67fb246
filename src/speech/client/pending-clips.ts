import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import type { ClipId } from '../speech-service.ts';

export const workerLost = (): IvrError => new IvrError('SYNTHESIZER_UNREACHABLE', 'the speech worker is not running');

/** What the speech worker was asked and has not answered yet, by number. */
export class PendingClips {
  readonly #answers = new Map<number, Deferred<ClipId | undefined>>();
  #next = 1;

  /**
   * @param send - sends the question under its number; false: there is no worker to send it to
   * @throws IvrError SYNTHESIZER_UNREACHABLE, DEADLINE_EXCEEDED, or what the worker answers
   */
  ask(send: (id: number) => boolean, limit: Milliseconds, what: string): Promise<ClipId | undefined> {
    const id = this.#next++;
    const answer = deferred<ClipId | undefined>();
    this.#answers.set(id, answer);
    if (!send(id)) this.reject(id, workerLost());
    return within(answer.promise, limit, what).finally(() => this.#answers.delete(id));
  }

  resolve(id: number, clip: ClipId | undefined): void {
    this.#answers.get(id)?.resolve(clip);
    this.#answers.delete(id);
  }

  reject(id: number, error: IvrError): void {
    this.#answers.get(id)?.reject(error);
    this.#answers.delete(id);
  }

  rejectAll(): void {
    for (const id of this.#answers.keys()) this.reject(id, workerLost());
  }
}
