import { formatHead, type SegmentOwner } from './segment-head.ts';
import type { SpoolDisk, SpoolFile } from './spool-disk.ts';
import { newWrappedKey, type WrappedRandomKey } from './spool-keys.ts';
import type { QueuedRecord } from './spool-queue.ts';
import {
  openRecord,
  parseHeader,
  recordBytes,
  type RecordContent,
  type RecordType,
  sealRecord,
  TAG_BYTES,
} from './spool-record.ts';
import type { SpoolSource } from './spool-source.ts';

const COPY_BLOCK = 1 << 18;
/** Of more than the longest record. */
const READ_AT_ONCE = 1 << 19;
/** In each segment a recording says twice whose it is, in two commits: damage to one costs nothing. */
const OPENED_COPIES = 2;

/** Records sealed together, on their way to the disk. */
interface Commit {
  readonly bytes: Buffer;
  /** Position of its first byte in the file. */
  readonly from: number;
  readonly records: readonly QueuedRecord[];
  readonly runs: readonly { readonly source: SpoolSource; readonly from: number; readonly to: number }[];
  written: number;
}

export type WrittenRecord = RecordContent & { readonly type: RecordType };

const changed = (name: string): Error =>
  Object.assign(new Error(`the spool's ${name} was changed`), { code: 'SPOOL_CHANGED' });

/** One file of the spool, and the key that it is written under. */
export class SpoolSegment {
  readonly name: string;
  readonly disk: SpoolDisk;
  file: SpoolFile;
  /** A sync or write of it has failed: what it holds beyond `durable` is not to be relied on. */
  bad = false;
  /** So many bytes of it are known to be durable. */
  durable = 0;
  readonly #head: Buffer;
  readonly #key: WrappedRandomKey;
  readonly #opened = new Map<SpoolSource, number>();
  #commit: Commit | undefined;
  #numbers = 0;
  #link: Uint8Array = new Uint8Array(TAG_BYTES);

  private constructor(name: string, disk: SpoolDisk, file: SpoolFile, head: Buffer, key: WrappedRandomKey) {
    this.name = name;
    this.disk = disk;
    this.file = file;
    this.#head = head;
    this.#key = key;
  }

  /** Its name is durable when this resolves; its head goes with the first commit. @throws what the disk throws */
  static async create(
    disk: SpoolDisk,
    { id, owner, wrapping, created }: { id: string; owner: SegmentOwner; wrapping: Uint8Array; created: number },
  ): Promise<SpoolSegment> {
    const key = newWrappedKey(wrapping);
    const head = formatHead({ segment: id, owner, created, wrapping: key.wrapping, key: key.wrapped });
    const name = segmentName(id);
    return new SpoolSegment(name, disk, await disk.create(name), head, key);
  }

  /** What was sealed and is not yet known to be durable: after a short write the same bytes go on. */
  get committing(): boolean {
    return this.#commit !== undefined;
  }

  /** Sealed, the records of each recording beside one another. */
  seal(records: readonly QueuedRecord[]): void {
    const head = this.durable === 0 ? this.#head : Buffer.alloc(0);
    const groups = this.#withOpened(records);
    let size = head.length;
    for (const group of groups.values()) for (const { content } of group) size += recordBytes(content);
    const bytes = Buffer.allocUnsafe(size);
    let at = head.copy(bytes);
    const runs: { source: SpoolSource; from: number; to: number }[] = [];
    const commit = this.#numbers;
    for (const [source, group] of groups) {
      const from = this.durable + at;
      for (const { type, content } of group) {
        const record = { type, number: this.#numbers++, commit, recording: source.id, link: this.#link, content };
        this.#link = sealRecord(this.#key.key, record, bytes, at);
        at += recordBytes(content);
      }
      runs.push({ source, from, to: this.durable + at });
    }
    this.#commit = { bytes, from: this.durable, records, runs, written: 0 };
  }

  /** The whole of what was sealed, durably. @returns its records @throws what the disk throws */
  async commit(): Promise<readonly QueuedRecord[]> {
    const commit = this.#commit;
    if (commit === undefined) return [];
    while (commit.written < commit.bytes.length) {
      const wrote = await this.file.write(commit.bytes.subarray(commit.written), commit.from + commit.written);
      if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      commit.written += wrote;
    }
    try {
      await this.file.datasync();
    } catch (thrown) {
      this.bad = true;
      throw thrown;
    }
    this.#commit = undefined;
    this.durable = commit.from + commit.bytes.length;
    for (const { source, from, to } of commit.runs) source.wentTo(this.name, from, to);
    return commit.records;
  }

  /** Its head alone, durably: the disk takes a segment. @throws what the disk throws */
  async begin(): Promise<void> {
    this.seal([]);
    await this.commit();
  }

  /**
   * Its records in these runs, decrypted.
   *
   * @param runs - first byte and byte after the last, by turns
   * @throws what the disk throws; SPOOL_CHANGED when what lies there is not what was written
   */
  async *readRuns(runs: readonly number[]): AsyncGenerator<WrittenRecord, void, void> {
    const window = Buffer.allocUnsafe(READ_AT_ONCE);
    for (let run = 0; run < runs.length; run += 2) {
      const to = runs[run + 1] ?? 0;
      for (let from = runs[run] ?? 0; from < to; ) {
        const bytes = window.subarray(0, await this.#read(window.subarray(0, Math.min(READ_AT_ONCE, to - from)), from));
        let at = 0;
        for (let header = parseHeader(bytes, at); typeof header === 'object'; header = parseHeader(bytes, at)) {
          if (at + header.length > bytes.length) break;
          const content = openRecord(this.#key.key, header, bytes, at);
          if (content === undefined) throw changed(this.name);
          yield { ...content, type: header.type };
          at += header.length;
        }
        if (at === 0) throw changed(this.name);
        from += at;
      }
    }
  }

  /** @returns bytes read */
  async #read(into: Buffer, from: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const read = await this.file.read(into.subarray(done), from + done);
      if (read <= 0) break;
      done += read;
    }
    return done;
  }

  /** What was durable in it is written to a new file of its name, now that somebody has deleted the file. @throws what the disk throws */
  async restore(disk: SpoolDisk): Promise<void> {
    const file = await disk.create(this.name);
    try {
      const block = Buffer.allocUnsafe(COPY_BLOCK);
      for (let at = 0; at < this.durable; ) {
        const read = Math.min(await this.file.read(block, at), this.durable - at);
        if (read <= 0) break;
        for (let done = 0; done < read; ) {
          const wrote = await file.write(block.subarray(done, read), at + done);
          if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
          done += wrote;
        }
        at += read;
      }
      await file.datasync();
    } catch (thrown) {
      void file.close().catch(() => undefined);
      throw thrown;
    }
    this.close();
    this.file = file;
  }

  /** Nobody waits for it: on a disk that hangs it would not return. */
  close(): void {
    void this.file.close().catch(() => undefined);
  }

  #withOpened(records: readonly QueuedRecord[]): ReadonlyMap<SpoolSource, Pick<QueuedRecord, 'type' | 'content'>[]> {
    const groups = new Map<SpoolSource, Pick<QueuedRecord, 'type' | 'content'>[]>();
    for (const record of records) {
      const group = groups.get(record.source);
      if (group !== undefined) group.push(record);
      else groups.set(record.source, [record]);
    }
    for (const [source, group] of groups) {
      const copies = this.#opened.get(source) ?? 0;
      if (source.opened === undefined || copies >= OPENED_COPIES) continue;
      if (group[0]?.type !== 'opened') group.unshift({ type: 'opened', content: source.opened });
      this.#opened.set(source, copies + 1);
    }
    return groups;
  }
}

export const SEGMENT_NAME = /^segment-([0-9a-f-]{36})\.spool$/;
export const segmentName = (id: string): string => `segment-${id}.spool`;
