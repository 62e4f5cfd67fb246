import type { Knex } from 'knex';
import type { Blobs } from '../archive/blobs/blobs.ts';
import { encodeEntry } from '../archive/log/entry.ts';
import { hashLeaf } from '../archive/log/merkle-tree.ts';
import { openTransparencyLog } from '../archive/log/open-transparency-log.ts';
import type { Checkpoint, TransparencyLog } from '../archive/log/transparency-log.ts';
import { IvrError } from '../domain/error.ts';
import type { Storage } from '../storage/storage.ts';
import { dataTables } from '../storage/sync-table.ts';
import { verifyInclusion } from '../verify/merkle.ts';
import type { OpenedArchive } from './open-archive.ts';

export interface MoveCheck {
  readonly name: 'rows' | 'holds' | 'objects' | 'log' | 'inclusion proofs';
  /** What was compared, in numbers. */
  readonly says: string;
  readonly problem?: string;
}

export interface MovedTo {
  readonly storage: Storage;
  readonly blobs: Blobs;
  /** Folder of the log that was copied; undefined: it stays where it is. */
  readonly log: string | undefined;
}

type Check = (archive: OpenedArchive, to: MovedTo) => Promise<Omit<MoveCheck, 'name'>>;

const CHECKS: Readonly<Record<MoveCheck['name'], Check>> = {
  rows: sameRows,
  holds: sameHolds,
  objects: sameObjects,
  log: sameLog,
  'inclusion proofs': provenThere,
};

/** Counts, holds, objects and proofs, asked of the new place. What a server changes meanwhile differs: then it tells how far it is. */
export async function verifyMoved(archive: OpenedArchive, to: MovedTo): Promise<readonly MoveCheck[]> {
  const checks: MoveCheck[] = [];
  for (const [name, check] of Object.entries(CHECKS) as [MoveCheck['name'], Check][])
    checks.push({ name, ...(await check(archive, to)) });
  return checks;
}

const countOf = async (rows: Knex.QueryBuilder): Promise<number> =>
  Number((await rows.count<{ n: number }[]>({ n: '*' }))[0]?.n);

async function sameRows({ storage: from }: OpenedArchive, { storage: to }: MovedTo): ReturnType<Check> {
  const wrong: string[] = [];
  let rows = 0;
  for (const table of await dataTables(from.knex)) {
    const [here, there] = [await countOf(from.knex(table)), await countOf(to.knex(table))];
    rows += there;
    if (here !== there) wrong.push(`${table} has ${there} of ${here} rows`);
  }
  const missing = await countOf(
    to
      .knex('archive_recording as r')
      .whereNot({ state: 'DESTROYED' })
      .whereNotExists(to.knex('archive_words as w').whereRaw('w.recording = r.id')),
  );
  if (missing > 0) wrong.push(`${missing} recordings have no words to be found by`);
  return { says: `${rows} rows`, ...problemIn(wrong) };
}

async function sameHolds({ storage: from }: OpenedArchive, { storage: to }: MovedTo): ReturnType<Check> {
  const [here, there] = await Promise.all(
    [from, to].map(async ({ knex }) => ({
      inForce: await countOf(knex('legal_hold').whereNull('released_at')),
      recordings: await countOf(knex('archive_recording').where('holds', '>', 0)),
      items: await countOf(
        knex('legal_hold_item').whereIn('hold', knex('legal_hold').whereNull('released_at').select('id')),
      ),
    })),
  );
  const says = `${there?.inForce} holds in force on ${there?.recordings} recordings`;
  const wrong = JSON.stringify(here) === JSON.stringify(there) ? [] : [`${here?.inForce} here on ${here?.recordings}`];
  return { says, ...problemIn(wrong) };
}

async function sameObjects({ blobs: from }: OpenedArchive, { blobs: to }: MovedTo): ReturnType<Check> {
  if (from.location === to.location) return { says: `they stay in ${to.location}` };
  const there = new Map<string, number>();
  for await (const { key, bytes } of to.list('')) there.set(key, bytes);
  const wrong: string[] = [];
  let objects = 0;
  for await (const { key, bytes } of from.list('')) {
    objects += 1;
    if (there.get(key) !== bytes) wrong.push(`${key} is not there`);
    there.delete(key);
  }
  // a bucket that others use, too, is theirs; what is of no object here is told
  if (there.size > 0) wrong.push(`${there.size} objects lie there and not here, such as ${[...there.keys()][0]}`);
  return { says: `${objects} objects, each read back when it was copied`, ...problemIn(wrong) };
}

async function sameLog(archive: OpenedArchive, to: MovedTo): ReturnType<Check> {
  if (to.log === undefined) return { says: `it stays where it is, with ${archive.log.size} leaves` };
  if (archive.serving) return { says: 'it is compared when no server writes it' };
  await using log = await openLog(archive, to.log);
  const [here, there] = [await archive.log.checkpoint(), await log.checkpoint()];
  const same = here.size === there.size && Buffer.from(here.root).equals(there.root);
  return { says: `${there.size} leaves`, ...problemIn(same ? [] : [`it has ${here.size} leaves here, or others`]) };
}

async function provenThere(archive: OpenedArchive, to: MovedTo): ReturnType<Check> {
  if (archive.serving && to.log !== undefined) return { says: 'they are made when no server writes the log' };
  await using opened = to.log === undefined ? undefined : await openLog(archive, to.log);
  const log = opened ?? archive.log;
  const head = await log.checkpoint();
  const { size } = head;
  const wrong: string[] = [];
  let proven = 0;
  for await (const { id, leaf_index, manifest_sha256 } of leavesOf(to.storage)) {
    if (await isProven(log, leaf_index, head, manifest_sha256)) proven += 1;
    else wrong.push(`recording ${id} is not leaf ${leaf_index}`);
  }
  return { says: `${proven} recordings are in the log of ${size} leaves`, ...problemIn(wrong) };
}

async function isProven(
  log: TransparencyLog,
  index: number,
  head: Checkpoint,
  manifestSha256: string,
): Promise<boolean> {
  if (index >= head.size) return false;
  const leaf = await log.leaf(index);
  // the digest of a log of the national profile is another hash of the manifest, which the read-back of each object compares
  const known = log.hash === 'sm3' || Buffer.from(leaf.digest).toString('hex') === manifestSha256;
  if (leaf.type !== 'RECORDING' || !known) return false;
  const proof = await log.inclusionProof(index, head.size);
  return verifyInclusion(hashLeaf(encodeEntry(leaf), log.hash), index, head, proof);
}

interface LeafRow {
  readonly id: string;
  readonly leaf_index: number;
  readonly manifest_sha256: string;
}
const PAGE = 1_000;

async function* leavesOf({ knex }: Storage): AsyncGenerator<LeafRow, void, void> {
  let after: string | undefined;
  for (;;) {
    const query = knex<LeafRow>('archive_recording')
      .whereNotNull('leaf_index')
      .whereNotNull('manifest_sha256')
      .orderBy('id')
      .limit(PAGE)
      .select('id', 'leaf_index', 'manifest_sha256');
    if (after !== undefined) void query.where('id', '>', after);
    const page = (await query) as LeafRow[];
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

function openLog({ log: { origin }, signers: [signer, sm2] }: OpenedArchive, folder: string): Promise<TransparencyLog> {
  if (signer === undefined) throw new IvrError('INTERNAL', 'the archive has no signing key');
  return openTransparencyLog({ folder, origin, signer, sm2 });
}

const problemIn = ([first, ...others]: readonly string[]): { readonly problem?: string } =>
  first === undefined ? {} : { problem: others.length === 0 ? first : `${first}, and ${others.length} more` };
