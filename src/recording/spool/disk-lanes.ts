import { ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';

/** A disk that has not answered for so long is stalled: nothing more is asked of it until it does. */
export const STALLED_AFTER_MS = 5_000;
/** Of the process's four threads for files, a disk that hangs may hold three: the database, the web and the spill go on with the other. */
const AT_ONCE = { write: 1, sync: 2 } as const;
export type DiskLane = keyof typeof AT_ONCE;

/** What a disk that hangs is called. The system has no code of its own for it: the call just never returns. */
const stalledError = (): Error => Object.assign(new Error('the disk does not answer'), { code: 'ETIMEDOUT' });

/**
 * The operations of one disk, a few at a time. One that takes longer than STALLED_AFTER_MS fails, and with it all that wait
 * or come, until it returns after all: whatever is asked of a disk that hangs holds a thread for as long as it hangs.
 */
export class DiskLanes {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waiting = { write: [] as (() => void)[], sync: [] as (() => void)[] };
  readonly #running = { write: 0, sync: 0 };
  #overdue = 0;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  get stalled(): boolean {
    return this.#overdue > 0;
  }

  /**
   * @param onLate - is given what comes when nobody waits for it any more: a file to be closed
   * @throws what `work` rejects with; ETIMEDOUT when the disk is stalled
   */
  run<T>(lane: DiskLane, work: () => Promise<T>, onLate: (value: T) => void = () => undefined): Promise<T> {
    if (this.stalled) return Promise.reject(stalledError());
    return new Promise((resolve, reject) => {
      const start = (): void => {
        if (this.stalled) return reject(stalledError());
        let late = false;
        this.#running[lane]++;
        const cancel = this.#clock.after(ms(STALLED_AFTER_MS), () => {
          late = true;
          this.#overdue++;
          reject(stalledError());
          this.#refuseWaiting();
        });
        void work()
          .then(
            (value) => (late ? onLate(value) : resolve(value)),
            (thrown: unknown) => reject(thrown instanceof Error ? thrown : new Error(String(thrown))),
          )
          .finally(() => {
            cancel();
            this.#running[lane]--;
            if (late) this.#overdue--;
            this.#next(lane);
          });
      };
      if (this.#running[lane] < AT_ONCE[lane]) start();
      else this.#waiting[lane].push(start);
    });
  }

  #next(lane: DiskLane): void {
    while (this.#running[lane] < AT_ONCE[lane]) {
      const start = this.#waiting[lane].shift();
      if (start === undefined) return;
      start();
    }
  }

  #refuseWaiting(): void {
    for (const start of [...this.#waiting.write.splice(0), ...this.#waiting.sync.splice(0)]) start();
  }
}
