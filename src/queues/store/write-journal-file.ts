import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { QueueStore } from '../queue-store.ts';
import { CHAIN_BEGIN } from './chain.ts';
import type { WallMs } from '../../domain/units.ts';

/**
 * The whole journal as a file of JSON lines, which `queues prove` reads: the rows with their hashes, and a last line that says how many there
 * are. Rows that are written meanwhile are left out or follow; never is one missing between others.
 *
 * @returns where it stands, as an absolute path, and how many rows it has
 */
export async function writeJournalFile(
  store: Pick<QueueStore, 'read'>,
  file: string,
  at: WallMs,
): Promise<{ readonly file: string; readonly rows: number }> {
  const path = resolve(file);
  let [rows, hash] = [0, CHAIN_BEGIN];
  async function* lines(): AsyncGenerator<string> {
    for await (const chained of store.read(1)) {
      rows += 1;
      ({ hash } = chained);
      yield `${JSON.stringify({ ...chained.row, hash })}\n`;
    }
    yield `${JSON.stringify({ type: 'journal-ended', rows, hash, at })}\n`;
  }
  await pipeline(lines, createWriteStream(path, { mode: 0o600 }));
  return { file: path, rows };
}
