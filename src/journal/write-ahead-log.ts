import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncFolder } from '../lib/durable-folder.ts';
import { readLines } from '../lib/read-lines.ts';
import type { AheadBatch } from './journal-store.ts';

/** One is written while what the other holds is brought to the database. */
const FILES = 2;

/**
 * What makes a batch durable before the database has it: two files beside it, lines of a number, a checksum and JSON, appended and synced. One sync takes what
 * many calls wait for, and no lock of the database is waited for.
 */
export class WriteAheadLog {
  readonly #paths: readonly string[];
  #files: readonly FileHandle[] = [];
  #current = 0;
  /** Bytes in each file. */
  readonly #lengths: number[] = Array.from({ length: FILES }, () => 0);
  /** Files that hold more than that. */
  readonly #torn = new Set<number>();
  #number = 0;

  constructor(path: string) {
    this.#paths = Array.from({ length: FILES }, (_, n) => `${path}-${n}`);
  }

  /**
   * What an earlier process had not brought to the database, in the order in which it was written. `torn`: lines that a crash cut off; nobody was told that
   * they are durable.
   *
   * @throws what the disk throws
   */
  async read(): Promise<{ readonly batches: readonly AheadBatch[]; readonly torn: number }> {
    const lines = (await Promise.all(this.#paths.map(readLines))).flat();
    const read = lines.flatMap((line) => parseLine(line) ?? []).sort((a, b) => a.number - b.number);
    return { batches: read.map(({ batch }) => batch), torn: lines.length - read.length };
  }

  /** Makes the files, empty, so that their names outlive a loss of power. @throws what the disk throws */
  async open(): Promise<void> {
    this.#files = await Promise.all(this.#paths.map((path) => open(path, 'w', 0o600)));
    for (const file of this.#files) await file.sync();
    await syncFolder(dirname(this.#paths[0] ?? ''));
  }

  /** Durable when it resolves. One at a time. @throws what the disk throws */
  async append(batch: AheadBatch): Promise<void> {
    const json = JSON.stringify(batch);
    const line = Buffer.from(`\n${this.#number++} ${checksum(json)} ${json}`);
    const index = this.#current;
    const file = this.#file(index);
    const from = this.#lengths[index] ?? 0;
    // what a write that failed has left would spoil the line
    if (this.#torn.has(index)) await file.truncate(from);
    this.#torn.add(index);
    for (let at = 0; at < line.length; ) {
      const { bytesWritten } = await file.write(line, at, line.length - at, from + at);
      at += bytesWritten;
    }
    await file.datasync();
    this.#torn.delete(index);
    this.#lengths[index] = from + line.length;
  }

  /** What is appended from now on goes to the other file. @returns the one until now */
  rotate(): number {
    const index = this.#current;
    this.#current = (index + 1) % FILES;
    return index;
  }

  /** The database has what that file holds, and nothing is being appended to it. @throws what the disk throws */
  async empty(index: number): Promise<void> {
    if (this.#lengths[index] === 0) return;
    await this.#file(index).truncate(0);
    this.#lengths[index] = 0;
    this.#torn.delete(index);
  }

  /** With its files, when nothing is in them. */
  async close(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    for (const file of files) await file.close();
    if (this.#lengths.every((length) => length === 0)) for (const path of this.#paths) await rm(path, { force: true });
  }

  #file(index: number): FileHandle {
    const file = this.#files[index];
    if (file === undefined) throw Object.assign(new Error('the log is closed'), { code: 'EBADF' });
    return file;
  }
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

function parseLine(line: string): { readonly number: number; readonly batch: AheadBatch } | undefined {
  const [, number = '', sum, json = ''] = /^(\d+) ([0-9a-f]{8}) (.*)$/.exec(line) ?? [];
  if (sum !== checksum(json)) return undefined;
  return { number: Number(number), batch: JSON.parse(json) as AheadBatch };
}
