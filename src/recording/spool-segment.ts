import { LOG_HEAD } from './record-log.ts';
import type { SpoolDisk, SpoolFile } from './spool-disk.ts';

/** How often it is looked whether the file can still be found. */
const LOOK_EVERY_MS = 5_000;
const COPY_BLOCK = 1 << 18;

/** One file of a recording's spool. */
export class SpoolSegment {
  readonly file: SpoolFile;
  /** Position in the file of the first byte that is queued, and so not known to be durable. */
  base = 0;
  /** A sync or write of it has failed: what it holds is not to be relied on. */
  bad = false;
  /** Somebody has deleted it. */
  gone = false;
  #lookAt = 0;

  private constructor(file: SpoolFile) {
    this.file = file;
  }

  /** Its head is durable when this resolves. @throws what the disk throws */
  static async create(disk: SpoolDisk, name: string, opened: Uint8Array): Promise<SpoolSegment> {
    const segment = new SpoolSegment(await disk.create(name));
    try {
      await segment.#append(Buffer.concat([LOG_HEAD, opened]));
      await segment.file.datasync();
      return segment;
    } catch (thrown) {
      segment.close();
      throw thrown;
    }
  }

  /** A file that was deleted takes writes and syncs as if all were well: it is looked for now and then, or at once. */
  async look(now: number, atOnce = false): Promise<void> {
    if (!atOnce && now < this.#lookAt) return;
    this.#lookAt = now + LOOK_EVERY_MS;
    if (await this.file.present().catch(() => true)) return;
    this.gone = true;
    this.bad = true;
  }

  /** Takes over what was durable in a file that was deleted while it was open. @throws what the disk throws */
  async rescue(from: SpoolSegment): Promise<void> {
    const block = Buffer.allocUnsafe(COPY_BLOCK);
    for (let at = LOG_HEAD.length; at < from.base; ) {
      const read = Math.min(await from.file.read(block, at), from.base - at);
      if (read <= 0) return;
      await this.#append(block.subarray(0, read));
      at += read;
    }
  }

  /** Nobody waits for it: on a disk that hangs it would not return. */
  close(): void {
    void this.file.close().catch(() => undefined);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const wrote = await this.file.write([bytes.subarray(done)], this.base);
      if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      done += wrote;
      this.base += wrote;
    }
  }
}
