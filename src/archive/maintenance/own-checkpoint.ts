import { readFile } from 'node:fs/promises';
import { systemCode } from '../../domain/error.ts';
import { replaceFile } from '../../lib/place-file.ts';
import { verifyConsistency } from '../../verify/merkle.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';

/** What was looked at: the leaves that were there the last time, and those that are there now. `problem`: the log is not the one that it was. */
export interface Consistency {
  readonly from: number;
  readonly to: number;
  readonly problem?: string;
}

/**
 * Demands the proof that the log only grew since the checkpoint that was kept, and keeps the present one. Whoever rewrites the log
 * would have to rewrite that file too: it belongs on another disk or host.
 *
 * @throws IvrError LOG_DAMAGED; what the disk throws
 */
export async function checkConsistency(log: TransparencyLog, path: string): Promise<Consistency> {
  const kept = await readKept(path);
  const { size, root, note } = await log.checkpoint();
  const from = kept?.size ?? 0;
  if (kept !== undefined) {
    if (kept.origin !== log.origin)
      return { from, to: size, problem: `the checkpoint kept is of ${kept.origin}, the log is ${log.origin}` };
    if (size < from)
      return { from, to: size, problem: `the log had ${from} leaves and has ${size}: ${from - size} are gone` };
    const proof = await log.consistencyProof(from, size);
    if (!(await verifyConsistency(from, size, proof, kept.root, root)))
      return { from, to: size, problem: `the first ${from} leaves of the log are not those that were there` };
  }
  await replaceFile(path, Buffer.from(note));
  return { from, to: size };
}

interface Kept {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The text of a checkpoint (C2SP tlog-checkpoint): origin, size, root. Undefined: none was kept yet. */
async function readKept(path: string): Promise<Kept | undefined> {
  try {
    const [origin = '', size = '', root = ''] = (await readFile(path, 'utf8')).split('\n');
    return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
