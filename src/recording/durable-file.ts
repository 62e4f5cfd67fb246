import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { ChunkSealer } from '../lib/chunks.ts';
import type { FileEntry } from './manifest.ts';
import { fileCipher, type SealedFolder } from './sealed-folder.ts';

/** A file of a sealed recording that is written once: hashed on its way, encrypted where its folder is, durable when finished. */
export class DurableFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #sealer: ChunkSealer | undefined;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #written = 0;

  private constructor(file: FileHandle, path: string, sealer: ChunkSealer | undefined) {
    this.#file = file;
    this.#path = path;
    this.#sealer = sealer;
  }

  /** @param path - relative to the folder, as it will stand in the manifest */
  static async create(folder: SealedFolder, path: string): Promise<DurableFile> {
    const at = folder.at(path);
    const sealer = at.key === undefined ? undefined : new ChunkSealer(fileCipher(at.key));
    return new DurableFile(await open(at.path, 'wx', 0o400), path, sealer);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    if (this.#sealer === undefined) await this.#put(bytes);
    else for (const chunk of this.#sealer.push(bytes)) await this.#put(chunk);
  }

  /** @returns what it is in the clear */
  async finish(): Promise<FileEntry> {
    if (this.#sealer !== undefined) await this.#put(this.#sealer.finish());
    await this.#file.sync();
    await this.#file.close();
    return { path: this.#path, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async abandon(): Promise<void> {
    await this.#file.close();
  }

  async #put(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#written);
      if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      at += bytesWritten;
      this.#written += bytesWritten;
    }
  }
}
