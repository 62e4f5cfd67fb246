import { constants } from 'node:fs';
import { type FileHandle, open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../domain/error.ts';
import { systemClock } from '../../lib/clock.ts';
import { makeFolder, syncFolder } from '../../lib/durable-folder.ts';
import { DiskLanes } from './disk-lanes.ts';
import { type SpoolDisk, type SpoolFile } from './spool-disk.ts';

const RESERVE = 'reserve.bin';
const PROBE = 'probe.bin';

export class SpoolFolder implements SpoolDisk {
  readonly #folder: string;
  readonly #reserveBytes: number;
  readonly #lanes: DiskLanes;
  #reserved = false;
  #freeing: Promise<void> = Promise.resolve();
  #setting: Promise<boolean> | undefined;
  #folderSync: Promise<void> | undefined;
  #nextFolderSync: Promise<void> | undefined;

  constructor(folder: string, reserveBytes: number, lanes: DiskLanes = new DiskLanes(systemClock)) {
    this.#folder = folder;
    this.#reserveBytes = reserveBytes;
    this.#lanes = lanes;
  }

  /** The reserve is in place: there is room to close what is opened. */
  get reserved(): boolean {
    return this.#reserved || this.#reserveBytes === 0;
  }

  async create(name: string): Promise<SpoolFile> {
    const path = join(this.#folder, name);
    const file = await this.#lanes.run('write', () => this.#make(path), close);
    try {
      await this.#syncFolder();
    } catch (thrown) {
      close(file);
      throw thrown;
    }
    return new OpenSpoolFile(file, path, this.#lanes);
  }

  /** Whether the disk takes what it is given, tried with a file of its own. @throws what the disk throws; ETIMEDOUT when it is stalled */
  probe(): Promise<void> {
    const path = join(this.#folder, PROBE);
    return this.#lanes.run('sync', async () => {
      const file = await open(path, 'w', 0o600);
      try {
        await rm(path, { force: true });
        await file.write(Buffer.alloc(512));
        await file.datasync();
      } finally {
        await file.close();
      }
      if ((await this.#free()) < this.#reserveBytes)
        throw Object.assign(new Error('less is free than the reserve'), { code: 'ENOSPC' });
    });
  }

  /** Bytes that may still be written. */
  async #free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  /** A folder that somebody removed is made again: audio is better in a new one than nowhere. */
  async #make(path: string): Promise<FileHandle> {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;
    try {
      return await open(path, flags, 0o600);
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT') throw thrown;
      await makeFolder(this.#folder);
      return await open(path, flags, 0o600);
    }
  }

  erase(name: string, head: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    return this.#lanes.run('sync', async () => {
      let file: FileHandle;
      try {
        file = await open(path, constants.O_WRONLY);
      } catch (thrown) {
        if (systemCode(thrown) === 'ENOENT') return;
        throw thrown;
      }
      try {
        await file.write(head, 0, head.length, 0);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rm(path, { force: true });
    });
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
    const left = await this.#lanes.run('sync', () => stat(path).catch(() => undefined));
    if (left !== undefined && left.size >= this.#reserveBytes && left.blocks * 512 >= this.#reserveBytes)
      return (this.#reserved = true);
    if ((await this.#lanes.run('sync', () => this.#free())) < 2 * this.#reserveBytes) return false;
    const file = await this.#lanes.run('sync', () => open(path, 'w', 0o600), close);
    try {
      const zeros = Buffer.alloc(Math.min(1 << 20, this.#reserveBytes));
      for (let missing = this.#reserveBytes; missing > 0; )
        missing -= (await this.#lanes.run('sync', () => file.write(zeros, 0, Math.min(missing, zeros.length))))
          .bytesWritten;
      this.#reserved = true;
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOSPC') throw thrown;
      await rm(path, { force: true });
    } finally {
      close(file);
    }
    return this.#reserved;
  }

  /** Many recordings that open together share one sync of the folder: the one that starts after their file was made. */
  #syncFolder(): Promise<void> {
    if (this.#folderSync === undefined) {
      this.#folderSync = this.#lanes
        .run('sync', () => syncFolder(this.#folder))
        .finally(() => {
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

/** Nobody waits for it: on a disk that hangs it would not return. */
const close = (file: FileHandle): void => void file.close().catch(() => undefined);

class OpenSpoolFile implements SpoolFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #lanes: DiskLanes;

  constructor(file: FileHandle, path: string, lanes: DiskLanes) {
    this.#file = file;
    this.#path = path;
    this.#lanes = lanes;
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    return (await this.#lanes.run('write', () => this.#file.write(bytes, 0, bytes.length, position))).bytesWritten;
  }

  datasync(): Promise<void> {
    return this.#lanes.run('sync', () => this.#file.datasync());
  }

  present(): Promise<boolean> {
    return this.#lanes.run('write', async () => {
      const [own, there] = [await this.#file.stat(), await stat(this.#path).catch(() => undefined)];
      return there?.ino === own.ino && there.dev === own.dev;
    });
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return (await this.#lanes.run('write', () => this.#file.read(into, 0, into.length, position))).bytesRead;
  }

  close(): Promise<void> {
    return this.#lanes.run('write', () => this.#file.close());
  }
}
