import { closeSync, constants, fsync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/*
 * Files of a thread that has nothing else to do, as the one that seals: calls go to the system straight. A turn through libuv's pool takes ten times
 * as long as to open a small file, and another thread's time. A sync waits for the disk, so that goes through the pool: others are sealed meanwhile.
 */

const sync: (file: number) => Promise<void> = promisify(fsync);

/** A new file that is written from its beginning to its end. */
export class DirectFile implements Disposable {
  readonly #file: number;
  #written = 0;
  #closed = false;

  /** @throws what the file system throws */
  constructor(path: string, mode: number) {
    this.#file = openSync(path, 'wx', mode);
  }

  /** All of it. @throws what the disk throws; ENOSPC */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const wrote = writeSync(this.#file, bytes, at, bytes.length - at, this.#written);
      if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      at += wrote;
      this.#written += wrote;
    }
  }

  /** What was written is durable when it resolves. @throws what the disk throws */
  sync(): Promise<void> {
    return sync(this.#file);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }
}

/** Makes the names in a folder durable. @throws what the file system throws */
export async function syncNames(folder: string): Promise<void> {
  const file = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** @returns how many bytes were there @throws what the disk throws */
export const readDirectly = ({ fd }: { readonly fd: number }, into: Buffer, position: number): number =>
  readSync(fd, into, 0, into.length, position);
