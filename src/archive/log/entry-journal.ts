import { type FileHandle, mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError } from '../../domain/error.ts';
import { replaceFile, syncFolder, writeWhole } from './durable-folder.ts';
import { RECORD_BYTES, readRecord, writeRecord } from './entry.ts';

/** Records of one file. */
export const SEGMENT_RECORDS = 65_536;

/**
 * The entries of the tree on disk, the only part of the log that cannot be made from another: `entries/<index of its first>`,
 * records of fixed size. A batch is written and synced before the next one begins, so that at most the last batch is torn.
 */
export class EntryJournal implements AsyncDisposable {
  readonly #folder: string;
  #segment: FileHandle | undefined;
  #size: number;
  /** A write or sync has failed: what the disk has after the last entry is not known. */
  #doubtful = false;

  private constructor(folder: string, size: number) {
    this.#folder = folder;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Cuts a torn tail off. The last file is written anew first: after a failed sync the kernel shows bytes that the disk has not.
   *
   * @param signed - leaves of the newest checkpoint: these were durable, so a missing one is not a torn tail
   * @param only - `read`: nothing is cut off or written
   * @throws IvrError LOG_DAMAGED when an entry is missing that was signed, or that others were written after; the files stay as they are
   */
  static async open(folder: string, signed: number, only?: 'read'): Promise<EntryJournal> {
    if (only === undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
    const segments = (await readdir(folder)).filter((name) => /^\d{16}$/.test(name)).sort();
    for (const [n, name] of segments.entries()) {
      if (Number(name) !== n * SEGMENT_RECORDS) throw damaged('a file of entries is missing', n * SEGMENT_RECORDS);
      if (n === segments.length - 1) break;
      if ((await stat(join(folder, name))).size !== SEGMENT_RECORDS * RECORD_BYTES)
        throw damaged('a file of entries is not whole', Number(name));
    }
    const last = segments.at(-1);
    const first = Number(last ?? 0);
    const path = join(folder, last ?? '');
    const bytes = last === undefined ? Buffer.alloc(0) : await readFile(path);
    const whole = wholeRecords(bytes, first);
    if (first + whole < signed) throw damaged(`an entry is missing, and ${signed} were signed`, first + whole);
    const torn = bytes.subarray(whole * RECORD_BYTES);
    if (only === undefined && torn.length > 0)
      await replaceFile(join(folder, `torn-${first + whole}`), torn, 'content'); // to be looked at, should it have been more than that
    if (only === undefined && last !== undefined)
      await replaceFile(path, bytes.subarray(0, whole * RECORD_BYTES), 'folder');
    return new EntryJournal(folder, first + whole);
  }

  /**
   * Durable when it resolves. One at a time. A sync that failed is never asked again, since the kernel may have dropped what it should have
   * written: before the next append everything after the last durable entry is cut off, and then written, not synced, again.
   */
  async append(entries: readonly Uint8Array[]): Promise<void> {
    if (this.#doubtful) await this.#cutBack();
    this.#doubtful = true;
    await this.#write(entries);
    this.#doubtful = false;
  }

  async #write(entries: readonly Uint8Array[]): Promise<void> {
    for (let done = 0; done < entries.length; ) {
      const place = this.#size % SEGMENT_RECORDS;
      const file = place === 0 ? await this.#nextSegment() : (this.#segment ??= await this.#openSegment(this.#size));
      const batch = entries.slice(done, done + SEGMENT_RECORDS - place);
      const bytes = Buffer.alloc(batch.length * RECORD_BYTES);
      for (const [n, entry] of batch.entries())
        writeRecord(bytes.subarray(n * RECORD_BYTES, (n + 1) * RECORD_BYTES), entry, this.#size + n, n);
      await writeWhole(file, bytes, place * RECORD_BYTES);
      await file.datasync();
      this.#size += batch.length;
      done += batch.length;
    }
  }

  /** @throws IvrError LOG_DAMAGED */
  async read(from: number, count: number): Promise<readonly Buffer[]> {
    const entries: Buffer[] = [];
    for (let at = from; at < from + count; ) {
      const first = at - (at % SEGMENT_RECORDS);
      const until = Math.min(from + count, first + SEGMENT_RECORDS);
      const bytes = await readPart(this.#path(first), (at - first) * RECORD_BYTES, (until - at) * RECORD_BYTES);
      for (const start = at; at < until; at++) {
        const record = readRecord(bytes.subarray((at - start) * RECORD_BYTES, (at - start + 1) * RECORD_BYTES), at);
        if (record === undefined) throw damaged('an entry does not match its checksum', at);
        entries.push(record.entry);
      }
    }
    return entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#segment?.close();
    this.#segment = undefined;
  }

  #path(first: number): string {
    return join(this.#folder, String(first).padStart(16, '0'));
  }

  /** By a descriptor of its own: that of the failed write may have the error still to tell. */
  async #cutBack(): Promise<void> {
    await this.#segment?.close().catch(() => undefined);
    this.#segment = undefined;
    const place = this.#size % SEGMENT_RECORDS;
    if (place === 0) return; // the file is begun anew
    this.#segment = await this.#openSegment(this.#size);
    await this.#segment.truncate(place * RECORD_BYTES);
    await this.#segment.datasync();
  }

  #openSegment(index: number): Promise<FileHandle> {
    return open(this.#path(index - (index % SEGMENT_RECORDS)), 'r+');
  }

  async #nextSegment(): Promise<FileHandle> {
    await this.#segment?.close();
    this.#segment = undefined;
    this.#segment = await open(this.#path(this.#size), 'w', 0o600);
    await syncFolder(this.#folder);
    return this.#segment;
  }
}

/** How many records from the beginning are whole. @throws IvrError LOG_DAMAGED */
function wholeRecords(bytes: Buffer, first: number): number {
  const record = (n: number): ReturnType<typeof readRecord> =>
    readRecord(bytes.subarray(n * RECORD_BYTES, (n + 1) * RECORD_BYTES), first + n);
  const places = Math.floor(bytes.length / RECORD_BYTES);
  let whole = 0;
  while (whole < places && record(whole) !== undefined) whole += 1;
  for (let n = whole + 1; n < places; n++) {
    const later = record(n);
    // a batch begins only when the one before it is durable
    if (later !== undefined && n - later.placeInBatch > whole)
      throw damaged('an entry is missing that was durable', first + whole);
  }
  return whole;
}

async function readPart(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, position + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

const damaged = (what: string, index: number): IvrError =>
  new IvrError('LOG_DAMAGED', `the transparency log is damaged at leaf ${index}: ${what}`, { index });
