import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { FileEntry } from './manifest.ts';

const BLOCK = 1 << 16;

/** A file that is written once: hashed on its way, durable when finished. */
export class DurableFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** @param path - relative to `folder`, as it will stand in the manifest */
  static async create(folder: string, path: string): Promise<DurableFile> {
    return new DurableFile(await open(`${folder}/${path}`, 'wx', 0o400), path);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#bytes + at);
      if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      at += bytesWritten;
    }
    this.#bytes += bytes.length;
  }

  async finish(): Promise<FileEntry> {
    await this.#file.sync();
    await this.#file.close();
    return { path: this.#path, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async abandon(): Promise<void> {
    await this.#file.close();
  }
}

/** SHA-256 of what the file holds now, hexadecimal, each block given to `look` on the way. */
export async function hashFile(path: string, look?: (block: Buffer, at: number) => void): Promise<string> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const block = Buffer.allocUnsafe(BLOCK);
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(block, 0, BLOCK, at);
      if (bytesRead === 0) return hash.digest('hex');
      const read = block.subarray(0, bytesRead);
      hash.update(read);
      look?.(read, at);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
