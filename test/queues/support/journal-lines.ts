import type { QueueRow } from '../../../src/queues/queue-fact.ts';
import { CHAIN_BEGIN, chained } from '../../../src/queues/store/chain.ts';

/** The lines of the file that `tellerline queues journal` writes. */
export function journalLines(rows: readonly QueueRow[], at: number): readonly string[] {
  let hash = CHAIN_BEGIN;
  const lines = rows.map((row) => {
    hash = chained(hash, row);
    return JSON.stringify({ ...row, hash });
  });
  return [...lines, JSON.stringify({ type: 'journal-ended', rows: rows.length, hash, at })];
}
