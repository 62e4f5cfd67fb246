import { open, rename, rm } from 'node:fs/promises';
import { readLines } from '../lib/read-lines.ts';
import type { JournalBatch } from './journal-store.ts';

/** Where batches wait that the database did not take: a file of JSON lines, appended and synced, beside the database. */
export class JournalSpill {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Durable when it resolves. @throws what the disk throws */
  async append(batch: JournalBatch): Promise<void> {
    const file = await open(this.#path, 'a', 0o600);
    try {
      // The newline comes first: a line that a crash has torn does not spoil the next.
      await file.appendFile(`\n${JSON.stringify(batch)}`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** In order. `torn`: lines that a crash cut off; their batch was never said to be safe. */
  async read(): Promise<{ readonly batches: readonly JournalBatch[]; readonly torn: number }> {
    const lines = await readLines(this.#path);
    const batches = lines.flatMap((line) => parseBatch(line) ?? []);
    return { batches, torn: lines.length - batches.length };
  }

  async clear(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  /** Keeps for inspection what cannot be used. */
  async setAside(suffix: string): Promise<void> {
    await rename(this.#path, `${this.#path}.${suffix}`);
  }
}

function parseBatch(line: string): JournalBatch | undefined {
  try {
    const batch = JSON.parse(line) as Partial<JournalBatch>;
    const whole = Array.isArray(batch.events) && Array.isArray(batch.calls) && Array.isArray(batch.recordings);
    return whole ? (batch as JournalBatch) : undefined;
  } catch {
    return undefined;
  }
}
