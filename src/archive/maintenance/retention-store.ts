import { createHash } from 'node:crypto';
import { asError, IvrError } from '../../domain/error.ts';
import { uuidV7 } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Storage } from '../../storage/storage.ts';
import type { LeafType } from '../../verify/leaf-types.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { leafOf } from '../log/leaf.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import { markStored, selectWaiting } from '../retention/record-rows.ts';
import type { StoredRecord } from '../retention/replay-facts.ts';
import { factOf, type RetentionFact } from '../retention/retention-fact.ts';
import type { Signer } from '../signing/signer.ts';
import { formatSegment, parseSegment, SEGMENT_FOLDER, SEGMENT_SUFFIX, type SealedRecord } from './retention-segment.ts';

export interface RetentionStoreParts {
  readonly storage: Pick<Storage, 'knex' | 'node'>;
  readonly keys: Pick<KeyStore, 'deriveKey'>;
  readonly blobs: Blobs;
  readonly log: TransparencyLog;
  readonly signers: readonly Signer[];
  readonly wall: () => WallMs;
}

/** Of one segment. */
const MOST = 500;
const MOST_CHARACTERS = 4_000_000;
/** A store wants a date; what keeps a segment is its legal hold, which has none. */
const LOCK_MS = 30 * 86_400_000;

/** What the log says of a fact; absent: it says it in another way (a certificate of destruction has a leaf of its own), or nothing was decided yet. */
const LEAVES: Readonly<Partial<Record<RetentionFact['kind'], LeafType>>> = {
  'hold-placed': 'HOLD',
  'hold-released': 'HOLD',
  'policy-added': 'EXTEND',
  'event-reported': 'EXTEND',
  restricted: 'RESTRICT',
  'restriction-lifted': 'RESTRICT',
};

/**
 * Takes the records that wait into the log and into the store. May be run at any time, on several nodes and again after a crash: a record that is stored
 * twice is one.
 *
 * @param signal - aborts: the segment under way is finished, the rest waits
 * @returns how many were stored
 * @throws IvrError LOG_UNWRITABLE, BLOBS_UNREACHABLE, BLOB_UNPROTECTED, STORAGE_FAILED: they go on waiting
 */
export async function storeRecords(
  { storage, keys, blobs, log, signers, wall }: RetentionStoreParts,
  signal?: AbortSignal,
): Promise<number> {
  let stored = 0;
  for (;;) {
    if (signal?.aborted === true) return stored;
    const waiting = atOnce(await selectWaiting(storage.knex, MOST));
    if (waiting.length === 0) return stored;
    const records: SealedRecord[] = [];
    for (const record of waiting) {
      const type = LEAVES[factOf(record).kind];
      const leafIndex = type === undefined ? null : await log.append(leafOf(type, record.text, log.hash));
      records.push({ ...record, leafIndex });
    }
    const at = wall();
    const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '/');
    const key = `${SEGMENT_FOLDER}${day}/${uuidV7(at)}${SEGMENT_SUFFIX}`;
    const bytes = await formatSegment(key, { node: storage.node, sealedAt: at, records }, keys, signers);
    const ref = await blobs.put(key, bytes, { mode: 'GOVERNANCE', until: wallMs(at + LOCK_MS) });
    await blobs.setLegalHold(ref, true);
    await markStored(storage.knex, records, key);
    stored += records.length;
  }
}

/** From the first, as many as make one segment of a sensible size. */
function atOnce<T extends { readonly text: string }>(records: readonly T[]): readonly T[] {
  let characters = 0;
  return records.filter(({ text }, n) => (characters += text.length) <= MOST_CHARACTERS || n === 0);
}

export interface ReadRecords {
  /** In their order, each once. */
  readonly records: readonly StoredRecord[];
  /** What could not be read, and what the log knows of that is not there. */
  readonly problems: readonly { readonly key: string; readonly problem: string }[];
}

/** All records of the store. @throws IvrError BLOBS_UNREACHABLE */
export async function readRecords(
  { blobs, keys, signers }: Pick<RetentionStoreParts, 'blobs' | 'keys' | 'signers'>,
  log: TransparencyLog | undefined,
): Promise<ReadRecords> {
  const found = new Map<string, StoredRecord>();
  const problems: { key: string; problem: string }[] = [];
  for await (const ref of blobs.list(SEGMENT_FOLDER)) {
    if (!ref.key.endsWith(SEGMENT_SUFFIX)) continue;
    try {
      const bytes = await blobs.read(ref, 0, ref.bytes);
      for (const record of parseSegment(ref.key, bytes, keys, signers))
        found.set(record.id, { ...record, location: ref.key });
    } catch (thrown) {
      if (thrown instanceof IvrError && thrown.code === 'BLOBS_UNREACHABLE') throw thrown;
      problems.push({ key: ref.key, problem: asError(thrown).message });
    }
  }
  const records = [...found.values()].toSorted((a, b) => a.seq - b.seq || (a.id < b.id ? -1 : 1));
  if (log !== undefined) problems.push(...(await lacking(records, log)));
  return { records, problems };
}

const OURS: ReadonlySet<LeafType> = new Set(['HOLD', 'EXTEND', 'RESTRICT']);

/** A hold that somebody took out of the store stands in the log, which nobody can take it out of. */
async function lacking(records: readonly StoredRecord[], log: TransparencyLog): Promise<ReadRecords['problems']> {
  const known = new Set(records.map(({ text }) => createHash(log.hash).update(text).digest('hex')));
  const problems: { key: string; problem: string }[] = [];
  for await (const { index, type, digest } of log.leaves())
    if (OURS.has(type) && !known.has(Buffer.from(digest).toString('hex')))
      problems.push({
        key: `leaf ${index}`,
        problem: `the log has a record of retention (${type}) that is not in the store`,
      });
  return problems;
}
