import { createHash } from 'node:crypto';
import { ChunkSealer } from '../lib/chunks.ts';
import { DirectFile } from '../lib/direct-files.ts';
import type { FileEntry } from './manifest.ts';
import { fileCipher, type SealedFolder } from './sealed-folder.ts';

/** A file of a sealed recording that is written once: hashed on its way, encrypted where its folder is, durable when finished. */
export class DurableFile implements Disposable {
  readonly #file: DirectFile;
  readonly #path: string;
  readonly #sealer: ChunkSealer | undefined;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(file: DirectFile, path: string, sealer: ChunkSealer | undefined) {
    this.#file = file;
    this.#path = path;
    this.#sealer = sealer;
  }

  /** @param path - relative to the folder, as it will stand in the manifest */
  static create(folder: SealedFolder, path: string): DurableFile {
    const at = folder.at(path);
    const sealer = at.key === undefined ? undefined : new ChunkSealer(fileCipher(at.key));
    return new DurableFile(new DirectFile(at.path, 0o400), path, sealer);
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    if (this.#sealer === undefined) this.#file.write(bytes);
    else for (const chunk of this.#sealer.push(bytes)) this.#file.write(chunk);
  }

  /** @returns what it is in the clear */
  async finish(): Promise<FileEntry> {
    if (this.#sealer !== undefined) this.#file.write(this.#sealer.finish());
    await this.#file.sync();
    this[Symbol.dispose]();
    return { path: this.#path, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes it as it is. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
