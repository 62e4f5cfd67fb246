import { systemCode } from '../../domain/error.ts';
import type { SharedMs } from '../../domain/units.ts';
import type { SpoolFolder } from './spool-folder.ts';

const EVERY_MS = 5_000;
/** While it fails: the line is not ready, and should be again soon. */
const AGAIN_MS = 1_000;

/** Tries every few seconds whether the disk takes what it is given, also while no call does. One try at a time. */
export class DiskProbe {
  readonly #disk: Pick<SpoolFolder, 'probe' | 'reserved'>;
  readonly #onChange: (trouble: string | undefined) => void;
  #trouble: string | undefined;
  #nextAt = 0;
  #trying = false;

  /** @param onChange - the system's code for what the disk does, ETIMEDOUT when it hangs; undefined: it is well (again) */
  constructor(disk: Pick<SpoolFolder, 'probe' | 'reserved'>, onChange: (trouble: string | undefined) => void) {
    this.#disk = disk;
    this.#onChange = onChange;
  }

  tick(now: SharedMs): void {
    if (this.#trying || now < this.#nextAt) return;
    this.#trying = true;
    void this.#disk
      .probe()
      .then(
        // without the reserve no recording is begun
        () => (this.#disk.reserved ? undefined : 'ENOSPC'),
        (thrown: unknown) => systemCode(thrown) ?? 'unknown',
      )
      .then((trouble) => {
        this.#trying = false;
        this.#nextAt = now + (trouble === undefined ? EVERY_MS : AGAIN_MS);
        if (trouble === this.#trouble) return;
        this.#trouble = trouble;
        this.#onChange(trouble);
      });
  }
}
