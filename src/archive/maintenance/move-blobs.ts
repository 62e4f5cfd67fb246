import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DestructionPermit } from '../../domain/destruction-permit.ts';
import { systemCode } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { makeFolder } from '../../lib/durable-folder.ts';
import { replaceFile } from '../../lib/place-file.ts';
import type { BlobState, Blobs } from '../blobs/blobs.ts';
import { copyBlob, protectAs } from './copy-blob.ts';

export interface MovedBlobs {
  /** In the store that they come from. */
  readonly objects: number;
  /** Copied by this pass, or protected anew because their lock or hold has changed. */
  readonly changed: number;
  readonly removed: number;
  /** Keys of what is gone where it came from, though nobody decided to destroy it: it stays in the other store. */
  readonly undecided: readonly string[];
  /** By key: where each lies in the other store. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What is known of an object that was copied: a line of JSON each, the last one of a key counts. */
interface Copied {
  readonly key: string;
  /** In the other store. */
  readonly version: string;
  readonly sha256: string;
  /** Of the source, when it was copied. */
  readonly protection: string;
}

/**
 * Copies every object to another store: with its lock and its hold, read back and compared. Nothing is removed where it came from; what was removed there since an
 * earlier pass is removed here, if it was decided. Goes on where it was stopped, by a file of what was copied.
 *
 * @param progress - path of that file: one for each pair of stores
 * @param permit - of the gate: undefined when nobody decided to destroy this recording
 * @throws IvrError what either store throws
 */
export async function moveBlobs(
  from: Blobs,
  to: Blobs,
  progress: string,
  wall: () => number,
  permit: (recording: RecordingId) => Promise<DestructionPermit | undefined>,
  signal?: AbortSignal,
): Promise<MovedBlobs> {
  await makeFolder(join(progress, '..'));
  const copied = await readProgress(progress);
  await using file = await open(progress, 'a', 0o600);
  const note = async (one: Copied): Promise<void> => {
    copied.set(one.key, one);
    await file.appendFile(`${JSON.stringify(one)}\n`);
  };
  const seen = new Set<string>();
  let changed = 0;
  for await (const ref of from.list('')) {
    signal?.throwIfAborted();
    seen.add(ref.key);
    const state = await from.state(ref);
    const known = copied.get(ref.key);
    if (known?.protection === protectionOf(state)) continue;
    const protection = protectionOf(state);
    if (known === undefined) {
      const { key, version, sha256 } = await copyBlob(ref, state, { from, to, wall });
      await note({ key, version, sha256, protection });
    } else {
      await protectAs(state, { key: ref.key, version: known.version }, to, wall);
      await note({ ...known, protection });
    }
    changed += 1;
  }
  let removed = 0;
  const undecided: string[] = [];
  for (const key of [...copied.keys()].filter((each) => !seen.has(each))) {
    const ref = await to.find(key);
    if (ref === undefined) continue;
    const [id] = RECORDING.exec(key) ?? [];
    const permitted = id === undefined ? undefined : await permit(id as RecordingId);
    if (permitted === undefined) undecided.push(key);
    else {
      await to.remove(key, permitted);
      removed += 1;
    }
  }
  await file.datasync();
  const versions = new Map([...copied].filter(([key]) => seen.has(key)).map(([key, { version }]) => [key, version]));
  return { objects: seen.size, changed, removed, undecided, versions };
}

const RECORDING = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

async function readProgress(path: string): Promise<Map<string, Copied>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return new Map();
    throw thrown;
  }
  // a run that was killed may have left half a line: that object is looked at again
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await replaceFile(path, Buffer.from(whole));
  const lines = whole.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Copied).map((one) => [one.key, one]));
}

const protectionOf = ({ lock, legalHold }: BlobState): string => `${lock?.mode ?? ''} ${lock?.until ?? 0} ${legalHold}`;
