import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { IndexedRecording } from '../../src/archive/index/archive-index.ts';
import { encodeEntry } from '../../src/archive/log/entry.ts';
import { hashLeaf } from '../../src/archive/log/merkle-tree.ts';
import { checkRecording } from '../../src/archive/maintenance/fsck.ts';
import { archiveRecording } from '../../src/archive/pipeline/archive-recording.ts';
import { rawEd25519 } from '../../src/archive/signing/raw-key.ts';
import { Scope } from '../../src/lib/scope.ts';
import { verifyInclusion } from '../../src/verify/merkle.ts';
import { parseNote, signedByLog } from '../../src/verify/note.ts';
import { archiveForTest } from '../../test/archive/pipeline/archive-for-test.ts';
import { sealedForTest } from '../../test/archive/pipeline/sealed-recording.ts';
import { conversation } from './conversation.ts';

/* Archived recordings read back and proved, as the console's verification does: bytes, decryption, hashes, signature, leaf, inclusion proof, checkpoint. */

const MINUTES = 3;
/** Leaves in the log before them. */
const LEAVES = 20_000;

export interface VerificationFigures {
  /** Of the objects in the store. */
  readonly megabytes_a_second: number;
  readonly megabytes_a_cpu_second: number;
  readonly ms_a_recording: number;
  readonly recordings: number;
}

/** @param folder - on the disk that is meant */
export async function benchVerification(recordings: number, folder = '.'): Promise<VerificationFigures> {
  const own = await mkdtemp(join(folder, 'bench-verification-'));
  try {
    return await run(recordings, own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function run(count: number, folder: string): Promise<VerificationFigures> {
  await using scope = new Scope();
  const parts = await archiveForTest(folder, scope);
  await Promise.all(
    Array.from({ length: LEAVES }, () => parts.log.append({ type: 'RECORDING', digest: randomBytes(32) })),
  );
  const [customer = new Uint8Array(), bot = new Uint8Array()] = conversation(MINUTES);
  const rows: IndexedRecording[] = [];
  for (let n = 0; n < count; n++) {
    const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
      callMs: MINUTES * 60_000,
      tracks: ['customer', 'bot'],
      codes: (track, from, to) => (track === 'customer' ? customer : bot).subarray(from, to),
    });
    const problems = await archiveRecording(recording, source, parts, {
      workFolder: join(folder, 'work'),
      keepSealedMs: 0,
      software: 'bench',
    });
    const row = await parts.index.find(recording);
    if (problems.length > 0 || row === undefined) throw new Error(problems[0] ?? 'it is not in the index');
    rows.push(row);
  }
  collectGarbage(); // of the sealing
  let bytes = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (const row of rows) {
    await prove(row, parts);
    bytes += row.bytes ?? 0;
  }
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return {
    megabytes_a_second: Math.round(bytes / 100 / took) / 10,
    megabytes_a_cpu_second: Math.round((bytes * 10) / (user + system)) / 10,
    ms_a_recording: Math.round(took / count),
    recordings: count,
  };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** @throws when anything is not as it was archived */
async function prove(row: IndexedRecording, parts: Awaited<ReturnType<typeof archiveForTest>>): Promise<void> {
  const { problems } = await checkRecording(row, parts, { repair: false });
  const { log } = parts;
  const index = row.leafIndex ?? Number.NaN;
  const checkpoint = await log.checkpoint();
  const leaf = hashLeaf(encodeEntry(await log.leaf(index)), log.hash);
  const path = await log.inclusionProof(index, checkpoint.size);
  const included = await verifyInclusion(leaf, index, checkpoint, path);
  const key = { name: log.origin, raw: rawEd25519(parts.signers[0]?.publicKey ?? new Uint8Array()) };
  const signed = await signedByLog(parseNote(checkpoint.note), key);
  if (problems.length > 0 || !included || !signed) throw new Error(problems[0] ?? 'the log does not prove it');
}
