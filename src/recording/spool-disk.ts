import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../domain/error.ts';

/* PORT to the disk under the spool; the tests put failures behind it. */

export interface SpoolFile {
  /** May write less than all. @returns bytes written */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface SpoolDisk {
  /** A new file; its name is durable before this resolves. */
  create(name: string): Promise<SpoolFile>;
  /** Gives back the space set aside for a full disk. False when it is gone already. */
  freeReserve(): Promise<boolean>;
}

export const RESERVE = 'reserve.bin';
const MAX_BUFFERS = 512; // of one writev; the kernel takes 1,024

export class SpoolFolder implements SpoolDisk {
  readonly #folder: string;
  readonly #reserveBytes: number;
  #reserved = false;
  #freeing: Promise<void> = Promise.resolve();
  #setting: Promise<boolean> | undefined;
  #folderSync: Promise<void> | undefined;
  #nextFolderSync: Promise<void> | undefined;

  constructor(folder: string, reserveBytes: number) {
    this.#folder = folder;
    this.#reserveBytes = reserveBytes;
  }

  /** The reserve is in place: there is room to close what is opened. */
  get reserved(): boolean {
    return this.#reserved || this.#reserveBytes === 0;
  }

  async create(name: string): Promise<SpoolFile> {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
    const file = await open(join(this.#folder, name), flags, 0o600);
    try {
      await this.#syncFolder();
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    return new OpenSpoolFile(file);
  }

  freeReserve(): Promise<boolean> {
    if (!this.#reserved) return Promise.resolve(false);
    this.#reserved = false;
    this.#freeing = rm(join(this.#folder, RESERVE), { force: true });
    return this.#freeing.then(() => true);
  }

  /** Sets the reserve aside unless it is there. False when there is no room for it. */
  setReserve(): Promise<boolean> {
    if (this.reserved) return Promise.resolve(true);
    return (this.#setting ??= this.#makeReserve().finally(() => {
      this.#setting = undefined;
    }));
  }

  /** Written with zeros: a sparse file would reserve nothing. */
  async #makeReserve(): Promise<boolean> {
    await this.#freeing.catch(() => undefined);
    const path = join(this.#folder, RESERVE);
    const left = await stat(path).catch(() => undefined);
    if (left !== undefined && left.size >= this.#reserveBytes && left.blocks * 512 >= this.#reserveBytes)
      return (this.#reserved = true);
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < 2 * this.#reserveBytes) return false;
    const file = await open(path, 'w', 0o600);
    try {
      const zeros = Buffer.alloc(Math.min(1 << 20, this.#reserveBytes));
      for (let missing = this.#reserveBytes; missing > 0; )
        missing -= (await file.write(zeros, 0, Math.min(missing, zeros.length))).bytesWritten;
      this.#reserved = true;
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOSPC') throw thrown;
      await rm(path, { force: true });
    } finally {
      await file.close();
    }
    return this.#reserved;
  }

  /** Many recordings that open together share one sync of the folder: the one that starts after their file was made. */
  #syncFolder(): Promise<void> {
    if (this.#folderSync === undefined) {
      this.#folderSync = syncFolder(this.#folder).finally(() => {
        this.#folderSync = this.#nextFolderSync = undefined;
      });
      return this.#folderSync;
    }
    const running = this.#folderSync;
    return (this.#nextFolderSync ??= running.then(
      () => this.#syncFolder(),
      () => this.#syncFolder(),
    ));
  }
}

class OpenSpoolFile implements SpoolFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<number> {
    return (await this.#file.writev(buffers.slice(0, MAX_BUFFERS), position)).bytesWritten;
  }

  datasync(): Promise<void> {
    return this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** With the folders above it. Node's own recursive mkdir never returns where the system answers ENOENT for ever (/proc). */
export async function makeFolder(folder: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(folder, { mode: 0o700 }).catch((thrown: unknown) => {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
    });
  try {
    await make();
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT' || dirname(folder) === folder) throw thrown;
    await makeFolder(dirname(folder));
    await make();
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const SEGMENT = /^([0-9a-f-]{36})(?:\.(\d+))?\.log$/;
export const segmentName = (recording: string, number: number): string =>
  number === 0 ? `${recording}.log` : `${recording}.${number}.log`;

/**
 * The recordings that have segments in the spool, each with its files in order.
 *
 * @param of - this recording alone: hundreds may wait for their seal
 */
export async function listSpool(folder: string, of = ''): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, { readonly number: number; readonly path: string }[]>();
  for (const name of (await readdir(folder)).filter((name) => name.startsWith(of)).sort()) {
    const [, recording, number] = SEGMENT.exec(name) ?? [];
    if (recording === undefined) continue;
    const segments = found.get(recording) ?? [];
    segments.push({ number: Number(number ?? 0), path: join(folder, name) });
    found.set(recording, segments);
  }
  return new Map(
    [...found].map(([recording, segments]) => [
      recording,
      segments.sort((a, b) => a.number - b.number).map(({ path }) => path),
    ]),
  );
}

/** Removes a recording's segments, the first of them last: what a crash leaves of them is still known for whose it is. */
export async function discardSpool(recording: string, folder: string): Promise<void> {
  const paths = (await listSpool(folder, recording)).get(recording) ?? [];
  for (const path of paths.toReversed()) await rm(path, { force: true });
  await syncFolder(folder);
}
