import type { FromProcess } from './process-messages.ts';

interface Waiting {
  resolve(message: FromProcess): void;
  reject(error: Error): void;
}

/** Jobs of the recognizer process that wait for its answer. */
export class PendingAnswers {
  readonly #waiting = new Map<number, Waiting>();

  /** @param late - called when there was no answer within `limit` ms; it fails what waits */
  of(job: number, limit: number, late: () => void): Promise<FromProcess> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(late, limit);
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(job);
      };
      this.#waiting.set(job, {
        resolve(answer) {
          settle();
          resolve(answer);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
    });
  }

  resolve(job: number, answer: FromProcess): void {
    this.#waiting.get(job)?.resolve(answer);
  }

  failAll(error: Error): void {
    for (const one of this.#waiting.values()) one.reject(error);
  }
}
