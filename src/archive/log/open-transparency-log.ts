import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import type { HashName } from '../../lib/crypto-profile.ts';
import { cosignedAt, type NoteKey, parseNote, parseTreeHead, signedByLog } from '../../verify/note.ts';
import type { Signer } from '../signing/signer.ts';
import { rawEd25519 } from '../signing/raw-key.ts';
import { signTreeHead } from './checkpoint-note.ts';
import { replaceFile } from './durable-folder.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { EntryJournal } from './entry-journal.ts';
import { GroupCommit } from './group-commit.ts';
import type { Leaf } from './leaf.ts';
import { consistencyNodes, inclusionNodes, treeRoot } from './merkle-tree.ts';
import { TileStore } from './tile-store.ts';
import type { Checkpoint, TransparencyLog } from './transparency-log.ts';

/** Leaves that an append is compared with, so that what was interrupted may be repeated. */
const REMEMBERED = 65_536;
const FIND_AT_ONCE = 4_096;

export interface TransparencyLogOptions {
  readonly folder: string;
  /** A schema-less URL of the bank (C2SP tlog-checkpoint), such as `bank.example/tellerline`. It stays the same for ever. */
  readonly origin: string;
  /** An Ed25519 key. */
  readonly signer: Signer;
  /** Signs its checkpoints, too, with the national profile. */
  readonly sm2?: Signer | undefined;
  /** Of a log that is begun: one that is there goes on with its own. */
  readonly hash?: HashName;
  /** Keys of witnesses whose cosignatures are kept. */
  readonly witnesses?: readonly NoteKey[];
}

async function appendAll(entries: readonly Uint8Array[], journal: EntryJournal, tiles: TileStore): Promise<void> {
  const before = journal.size;
  try {
    await journal.append(entries);
  } finally {
    // of a batch that failed the first may be durable
    for (const entry of entries.slice(0, journal.size - before)) tiles.push(entry);
  }
}

/**
 * The log in a folder: `entries/`, `tile/`, `checkpoint` (the newest that was signed) and `cosigned` (the newest that a witness signed too).
 *
 * @throws IvrError LOG_DAMAGED when the entries do not come to the root that was signed last, or are fewer
 */
export async function openTransparencyLog(options: TransparencyLogOptions): Promise<TransparencyLog> {
  const { folder, origin, signer, sm2, witnesses = [] } = options;
  const key: NoteKey = { name: origin, raw: rawEd25519(signer.publicKey) };
  let latest = await readCheckpoint(join(folder, 'checkpoint'), key);
  let cosigned = await readCheckpoint(join(folder, 'cosigned'), key);
  const signed = Math.max(latest?.size ?? 0, cosigned?.size ?? 0);
  const journal = await EntryJournal.open(join(folder, 'entries'), signed);
  const hash = latest?.hash ?? cosigned?.hash ?? (await begunHash(folder, journal.size, options.hash ?? 'sha256'));
  const tiles = await TileStore.open(folder, journal.size, (from, count) => journal.read(from, count), hash);

  for (const checkpoint of [latest, cosigned]) if (checkpoint !== undefined) await mustMatch(checkpoint);
  const recent = await lastEntries(journal);
  const commit = new GroupCommit((entries) => appendAll(entries, journal, tiles));
  const inTurn = oneAtATime();

  async function mustMatch({ size, root }: Checkpoint): Promise<void> {
    if (!Buffer.from(await treeRoot(size, tiles)).equals(root))
      throw damaged('the entries do not come to the root that was signed', { size });
  }

  async function sign(): Promise<Checkpoint> {
    const size = journal.size;
    if (latest?.size === size) return latest;
    const root = await treeRoot(size, tiles);
    const note = await signTreeHead({ origin, size, root, hash }, key, signer, sm2);
    await replaceFile(join(folder, 'checkpoint'), Buffer.from(note), 'folder');
    latest = { size, root, hash, note };
    return latest;
  }

  async function cosign(checkpoint: Checkpoint, line: string): Promise<void> {
    const note = await cosignedNote(checkpoint, line, witnesses);
    const before = cosigned?.size === checkpoint.size ? cosigned : checkpoint;
    if (cosigned !== undefined && cosigned.size > checkpoint.size) return;
    const added: Checkpoint = { ...checkpoint, note: before.note + note.slice(checkpoint.note.length) };
    await replaceFile(join(folder, 'cosigned'), Buffer.from(added.note), 'folder');
    cosigned = added;
  }

  const within = (from: number, to: number): void => {
    if (!Number.isSafeInteger(from) || from < 0 || from > to || to > journal.size)
      throw new RangeError(`the log has ${journal.size} leaves`);
  };

  return {
    origin,
    hash,
    get size() {
      return journal.size;
    },
    append(leaf) {
      const entry = encodeEntry(leaf);
      const name = entry.toString('latin1');
      const before = recent.get(name);
      if (before !== undefined) return Promise.resolve(before);
      const index = commit.append(entry, journal.size);
      recent.set(name, index);
      // one that failed is appended when it comes again
      index.catch(() => recent.delete(name));
      const [oldest] = recent.keys();
      if (recent.size > REMEMBERED && oldest !== undefined) recent.delete(oldest);
      return index;
    },
    async find(leaf, from = 0) {
      const entry = encodeEntry(leaf);
      const known = recent.get(entry.toString('latin1'));
      if (known !== undefined) return (await known) >= from ? known : undefined;
      return findLast(journal, entry, from);
    },
    async leaf(index) {
      within(index, index + 1);
      return leafIn((await journal.read(index, 1))[0], index);
    },
    async newest(count) {
      const from = Math.max(0, journal.size - count);
      return (await journal.read(from, journal.size - from)).map((entry, n) => leafIn(entry, from + n));
    },
    leaves: () => leavesOf(journal),
    checkpoint: () => inTurn(sign),
    latest: () => latest,
    cosigned: () => cosigned,
    addCosignature: (checkpoint, line) => inTurn(() => cosign(checkpoint, line)),
    async inclusionProof(index, size) {
      within(index + 1, size);
      return inclusionNodes(index, size, tiles);
    },
    async consistencyProof(from, to) {
      within(from, to);
      return consistencyNodes(from, to, tiles);
    },
    async [Symbol.asyncDispose]() {
      await commit.close();
      await inTurn(() => Promise.resolve());
      await tiles.flush();
      await journal[Symbol.asyncDispose]();
    },
  };
}

/** Of a log that has signed nothing yet: what it was begun with stands in its folder, unless that is SHA-256. */
async function begunHash(folder: string, size: number, wanted: HashName): Promise<HashName> {
  const path = join(folder, 'hash');
  const begun = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (begun?.trim() === 'sm3') return 'sm3';
  if (size > 0 || wanted === 'sha256') return 'sha256';
  await replaceFile(path, Buffer.from('sm3\n'), 'folder');
  return 'sm3';
}

/** Runs what it is given in order, each after the one before has ended, however it ended. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

function leafIn(entry: Uint8Array | undefined, index: number): Leaf {
  const leaf = entry === undefined ? undefined : decodeEntry(entry);
  if (leaf === undefined) throw damaged('a leaf has an unknown type', { index });
  return leaf;
}

async function* leavesOf(journal: EntryJournal): ReturnType<TransparencyLog['leaves']> {
  for (let from = 0, size = journal.size; from < size; from += FIND_AT_ONCE)
    for (const [n, entry] of (await journal.read(from, Math.min(FIND_AT_ONCE, size - from))).entries())
      yield { ...leafIn(entry, from + n), index: from + n };
}

/** The place of an entry, looked for from the end back to `from`. */
async function findLast(journal: EntryJournal, entry: Buffer, from: number): Promise<number | undefined> {
  for (let until = journal.size; until > from; ) {
    const first = Math.max(from, until - FIND_AT_ONCE);
    const at = (await journal.read(first, until - first)).findLastIndex((one) => one.equals(entry));
    if (at >= 0) return first + at;
    until = first;
  }
  return undefined;
}

/** The checkpoint with one more line of signature. @throws IvrError SIGNATURE_INVALID */
async function cosignedNote({ note, size }: Checkpoint, line: string, witnesses: readonly NoteKey[]): Promise<string> {
  const cosigned = note + (line.endsWith('\n') ? line : `${line}\n`);
  const parsed = parseNote(cosigned);
  const times = await Promise.all(witnesses.map((witness) => cosignedAt(parsed, witness)));
  if (times.every((time) => time === undefined))
    throw new IvrError('SIGNATURE_INVALID', 'the cosignature is not from a configured witness', { size });
  return cosigned;
}

async function lastEntries(journal: EntryJournal): Promise<Map<string, number | Promise<number>>> {
  const from = Math.max(0, journal.size - REMEMBERED);
  const entries = await journal.read(from, journal.size - from);
  return new Map(entries.map((entry, n) => [entry.toString('latin1'), from + n]));
}

/** Undefined when there is none. @throws IvrError LOG_DAMAGED when the log's key has not signed it */
async function readCheckpoint(path: string, key: NoteKey): Promise<Checkpoint | undefined> {
  let note: string;
  try {
    note = await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    const parsed = parseNote(note);
    const { origin, size, root, hash } = parseTreeHead(parsed.text);
    if (origin === key.name && (await signedByLog(parsed, key))) return { size, root, hash, note };
  } catch (thrown) {
    throw damaged('a checkpoint cannot be read', {}, thrown);
  }
  throw damaged('a checkpoint is not signed with the key of this log', {});
}

const damaged = (what: string, facts: Readonly<Record<string, number>>, cause?: unknown): IvrError =>
  new IvrError('LOG_DAMAGED', `the transparency log is damaged: ${what}`, facts, cause);
