import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asError } from '../../domain/error.ts';
import { type HashName } from '../../lib/crypto-profile.ts';
import { parseNote, parseTreeHead, type NoteKey, signedByLog, type TreeHead } from '../../verify/note.ts';
import { EntryJournal } from './entry-journal.ts';
import { hashLeaf, hashNode } from './merkle-tree.ts';

const BLOCK = 65_536;
const TILE = 256;

export interface LogCheck {
  readonly leaves: number;
  /** In words, the worst first; empty when all is well. */
  readonly problems: readonly string[];
}

/**
 * Reads every entry again and compares all that follows from them: each tile, the newest checkpoints and every one that
 * was stamped. Nothing is mended.
 *
 * @param key - of the log
 * @param size - of one that is being written: leaves that are durable; what came later is not looked at
 */
export async function fsckLog(folder: string, key: NoteKey, size = Number.POSITIVE_INFINITY): Promise<LogCheck> {
  const problems: string[] = [];
  const heads = await signedHeads(folder, key, problems);
  const signed = Math.max(0, ...heads.map(({ size }) => size));
  let journal: EntryJournal;
  try {
    journal = await EntryJournal.open(join(folder, 'entries'), signed, 'read');
  } catch (thrown) {
    return { leaves: 0, problems: [asError(thrown).message, ...problems] };
  }
  await using _entries = journal;
  const leaves = Math.min(journal.size, size);
  const hash = heads.find((head) => head.size === signed)?.hash ?? 'sha256';
  const sizes = new Map(heads.map((head) => [head.size, head]));
  // by height, the roots of whole subtrees that wait for their right neighbour
  const waiting: Buffer[] = [];
  let tile: Buffer[] = [];
  const until = performance.now() + WRITTEN_WITHIN_MS;
  for (let at = 0; at < leaves; at += BLOCK) {
    const count = Math.min(BLOCK, leaves - at);
    let entries: readonly Buffer[];
    try {
      entries = await journal.read(at, count);
    } catch (thrown) {
      problems.unshift(asError(thrown).message);
      return { leaves, problems };
    }
    for (const [n, entry] of entries.entries()) {
      const upTo = at + n + 1;
      const leaf = hashLeaf(entry, hash);
      tile.push(leaf);
      if (tile.length === TILE) {
        await compareTile(folder, upTo / TILE - 1, Buffer.concat(tile), problems, until);
        tile = [];
      }
      push(waiting, leaf, upTo, hash);
      const head = sizes.get(upTo);
      if (head !== undefined && (head.hash !== hash || !rootOfWaiting(waiting, hash).equals(head.root)))
        problems.unshift(`${head.file}: the first ${upTo} entries do not come to the root that was signed`);
    }
  }
  return { leaves, problems };
}

/** The leaf that makes the tree `size` leaves large: as many subtrees close as `size` has zeros at its end. */
function push(waiting: Buffer[], leaf: Buffer, size: number, hash: HashName): void {
  let node = leaf;
  for (let rest = size; rest % 2 === 0; rest /= 2) {
    const left = waiting.pop();
    if (left !== undefined) node = hashNode(left, node, hash);
  }
  waiting.push(node);
}

function rootOfWaiting(waiting: readonly Buffer[], hash: HashName): Buffer {
  return waiting.reduceRight((right, left) => hashNode(left, right, hash));
}

/** @param until - a tile that is not there is waited for, `performance.now()` */
async function compareTile(
  folder: string,
  n: number,
  expected: Buffer,
  problems: string[],
  until: number,
): Promise<void> {
  const groups: string[] = [];
  for (let rest = n; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`${groups.length === 0 ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`);
  const path = `tile/0/${groups.join('/')}`;
  const stored = await readTile(join(folder, path), until);
  if (stored === undefined) problems.push(`${path}: missing; it is made again when it is needed`);
  else if (!stored.equals(expected))
    problems.push(`${path}: not what the entries come to; it is made again when it is needed`);
}

/** One that has just become full is written a moment after its last entry. */
const WRITTEN_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;

async function readTile(path: string, until: number): Promise<Buffer | undefined> {
  for (;;) {
    const stored = await readFile(path).catch(() => undefined);
    if (stored !== undefined || performance.now() >= until) return stored;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

interface SignedHead extends TreeHead {
  readonly file: string;
}

async function signedHeads(folder: string, key: NoteKey, problems: string[]): Promise<readonly SignedHead[]> {
  const stamped = (await readdir(join(folder, 'tsr')).catch(() => [])).filter((name) => name.endsWith('.txt'));
  const heads: SignedHead[] = [];
  for (const file of ['checkpoint', 'cosigned', ...stamped.map((name) => `tsr/${name}`)]) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      const note = parseNote(text);
      const head = parseTreeHead(note.text);
      if (head.origin === key.name && (await signedByLog(note, key))) heads.push({ ...head, file });
      else problems.unshift(`${file}: not signed with the key of this log`);
    } catch (thrown) {
      problems.unshift(`${file}: ${asError(thrown).message}`);
    }
  }
  return heads;
}
