import { createHash } from 'node:crypto';
import { uuidV7 } from '../../domain/ids.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { Certifier } from '../signing/certifier.ts';
import { type CdrComparison, compareCdr, readForeignCalls } from './compare-cdr.ts';

export interface ImportedCdr extends CdrComparison {
  /** Of the comparison, in the table of reconciliations. */
  readonly id: string;
  /** What was found, canonical JSON, signed and in the log. */
  readonly report: string;
  readonly sha256: string;
  readonly leafIndex: number | null;
}

/**
 * Compares the call records of the switch before us with ours, and keeps what was found as a signed report.
 *
 * @param text - CSV with the SIP Call-ID and the start of each call, and its duration in seconds if it has one
 * @param by - who brought the file
 * @throws IvrError CALL_RECORDS_INVALID naming the line and what was expected; STORAGE_FAILED
 */
export async function importCdr(
  {
    storage,
    signer,
    clock,
  }: { readonly storage: Storage; readonly signer: Certifier; readonly clock: Pick<Clock, 'wall'> },
  text: string,
  by: string,
): Promise<ImportedCdr> {
  const calls = readForeignCalls(text);
  const comparison = await compareCdr(storage, calls);
  const now = clock.wall();
  const starts = calls.map(({ startedAt }) => startedAt);
  const from = starts.reduce((a, b) => Math.min(a, b), now);
  const to = starts.reduce((a, b) => Math.max(a, b), from);
  const { compared, unknownHere, unknownThere, differing, unrecorded } = comparison;
  const contact = ({ contact: one }: { readonly contact: string }): string => one;
  // their Call-IDs stay out of what is kept for ever: a line of their file says as much to whoever has it
  const report = canonicalJson({
    by,
    compared,
    differing: differing.map(contact),
    file_sha256: createHash('sha256').update(text).digest('hex'),
    format: 'tellerline-cdr-comparison',
    from: new Date(from).toISOString(),
    made_at: new Date(now).toISOString(),
    node: storage.node,
    to: new Date(to).toISOString(),
    unknown_here_lines: unknownHere.map(({ line }) => line),
    unknown_there: unknownThere.map(contact),
    unrecorded: unrecorded.map(contact),
    version: 1,
  });
  const sha256 = createHash('sha256').update(report).digest('hex');
  const { signatures, leafIndex } = await signer.certify(report);
  const id = uuidV7(now);
  const wrong = unknownHere.length + unrecorded.length;
  await orStorageFailed(
    'keeping a comparison of call records',
    storage.knex('reconciliation').insert({
      id,
      kind: 'cdr',
      from_at: from,
      to_at: to,
      run_at: now,
      expected: compared,
      found: compared - wrong,
      exempt: 0,
      missing: wrong,
      unverified: differing.length + unknownThere.length,
      call_ms: calls.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
      audio_ms: 0,
      report,
      report_sha256: sha256,
      signatures: JSON.stringify(signatures),
      leaf_index: leafIndex,
    }),
  );
  return { ...comparison, id, report, sha256, leafIndex };
}

/** Whether the two agree in everything. */
export const agrees = ({ unknownHere, unknownThere, differing, unrecorded }: CdrComparison): boolean =>
  [unknownHere, unknownThere, differing, unrecorded].every(({ length }) => length === 0);
