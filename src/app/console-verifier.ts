import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { encodeEntry } from '../archive/log/entry.ts';
import { leafOf } from '../archive/log/leaf.ts';
import { hashLeaf } from '../archive/log/merkle-tree.ts';
import { checkRecording } from '../archive/maintenance/fsck.ts';
import { rawEd25519 } from '../archive/signing/raw-key.ts';
import type { VerificationStep, Verifier } from '../archive/verifier.ts';
import { IvrError } from '../domain/error.ts';
import { isUuid, type RecordingId } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { verifyInclusion } from '../verify/merkle.ts';
import { parseNote, signedByLog } from '../verify/note.ts';
import type { Evidence } from './archive-evidence.ts';
import { checkedParts } from './checked-parts.ts';
import type { OpenedArchive } from './open-archive.ts';
import { leakCertificateIn, packIfStored } from './show-recording.ts';

type Step = VerificationStep['name'];

/** Which step a sentence of the read-back belongs to, by how it begins. */
const STEPS: readonly (readonly [beginning: string, step: Step])[] = [
  ['archive: manifest', 'manifest-signature'],
  ['archive: audio: its sealed bytes', 'stored-bytes'],
  ['archive: audio: it is not what', 'audio-hash'],
  ['archive: audio', 'decryption'],
  ['archive: files', 'audio-hash'],
  ['archive: tracks', 'audio-hash'],
  ['archive: log', 'inclusion-proof'],
  ['archive: lock', 'object-lock'],
  ['archive: protection', 'object-lock'],
  ['call: it holds what must not be kept', 'leak-certificate'],
  ['call:', 'call-covered'],
];
const READ_BACK: readonly Step[] = [
  'stored-bytes',
  'decryption',
  'manifest-signature',
  'audio-hash',
  'object-lock',
  'call-covered',
];

/** Reads a recording back from its store, and proves its leaf in the log: nothing is taken from an earlier verification. */
export function consoleVerifier(archive: OpenedArchive, evidence: Evidence, clock: Pick<Clock, 'wall'>): Verifier {
  return {
    async verify(id, signal) {
      const row = isUuid(id) ? await archive.index.find(id as RecordingId) : undefined;
      if (row === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'there is no such recording');
      const { problems } = await checkRecording(row, checkedParts(archive, clock), { repair: false });
      signal.throwIfAborted();
      const steps = [
        ...readBack(row, problems),
        await secrecy(row, problems, archive),
        ...(await proofs(row, problems, archive, evidence)),
      ];
      return { ok: steps.every(({ result }) => result !== 'failed'), at: clock.wall(), steps };
    },
  };
}

const stepOf = (problem: string): Step =>
  STEPS.find(([beginning]) => problem.startsWith(beginning))?.[1] ?? 'stored-bytes';

function readBack(row: IndexedRecording, problems: readonly string[]): readonly VerificationStep[] {
  const { bytes, keyEpoch, sha256, manifestSha256, lockUntil, durationMs } = row;
  const facts: Readonly<Record<string, Readonly<Record<string, string | number | null>>>> = {
    'stored-bytes': { bytes, sha256 },
    decryption: { key: keyEpoch },
    'manifest-signature': { sha256: manifestSha256 },
    'object-lock': { until: lockUntil === null ? null : new Date(lockUntil).toISOString() },
    'call-covered': { seconds: durationMs === null ? null : Math.round(durationMs / 1000) },
  };
  // without its manifest, or its place in the store, nothing else was looked at
  const blind = problems.find((problem) => ['manifest-signature', 'stored-bytes'].includes(stepOf(problem)));
  return READ_BACK.map((name) => {
    const wrong = problems.filter((problem) => stepOf(problem) === name);
    if (wrong.length > 0) return { name, result: 'failed', facts: { problem: wrong.join('; ') } };
    return { name, result: blind === undefined ? 'proved' : 'pending', facts: known(facts[name] ?? {}) };
  });
}

const known = (facts: Readonly<Record<string, string | number | null>>): Record<string, string | number> =>
  Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string | number] => fact[1] !== null));

/** That nothing was found in it which must not be kept: the certificate is among the files that were compared, and its leaf is in the log. */
async function secrecy(
  row: IndexedRecording,
  problems: readonly string[],
  archive: OpenedArchive,
): Promise<VerificationStep> {
  const name = 'leak-certificate';
  const wrong = problems.filter((problem) => stepOf(problem) === name);
  if (wrong.length > 0) return { name, result: 'failed', facts: { problem: wrong.join('; ') } };
  const pack = await packIfStored(archive, row).catch(() => undefined);
  const certificate = leakCertificateIn(pack);
  if (certificate === undefined) return { name, result: pack === undefined ? 'pending' : 'absent', facts: {} };
  const leaf = await archive.log.find(leafOf('LEAK-SCAN', certificate, archive.log.hash), row.leafIndex ?? 0);
  return leaf === undefined
    ? { name, result: 'failed', facts: { problem: 'it is not in the log' } }
    : { name, result: 'proved', facts: { leaf } };
}

/** The leaf in the newest checkpoint, its signature, and what others say of it. */
async function proofs(
  { leafIndex, manifestSha256 }: IndexedRecording,
  problems: readonly string[],
  { log, signers, witnesses, timeStamps }: OpenedArchive,
  { stamping }: Evidence,
): Promise<readonly VerificationStep[]> {
  const [signer] = signers;
  if (leafIndex === null || manifestSha256 === null || signer === undefined)
    return [{ name: 'inclusion-proof', result: 'failed', facts: { problem: 'it is not in the log' } }];
  const checkpoint = await log.checkpoint();
  // that it is of this manifest is among the problems of the read-back
  const leaf = await log.leaf(leafIndex).catch(() => undefined);
  const path = await log.inclusionProof(leafIndex, checkpoint.size).catch(() => undefined);
  const included =
    path !== undefined &&
    leaf !== undefined &&
    !problems.some((problem) => stepOf(problem) === 'inclusion-proof') &&
    (await verifyInclusion(hashLeaf(encodeEntry(leaf), log.hash), leafIndex, checkpoint, path));
  const key = { name: log.origin, raw: rawEd25519(signer.publicKey) };
  const signed = await signedByLog(parseNote(checkpoint.note), key);
  const cosigned = log.cosigned()?.size ?? 0;
  const stamp = await stamping?.stampOf(leafIndex);
  return [
    {
      name: 'inclusion-proof',
      result: included ? 'proved' : 'failed',
      facts: { leaf: leafIndex, size: checkpoint.size },
    },
    { name: 'checkpoint-signature', result: signed ? 'proved' : 'failed', facts: { log: log.origin } },
    {
      name: 'witness',
      result: witnesses === 0 ? 'not-configured' : cosigned > leafIndex ? 'proved' : 'pending',
      facts: witnesses === 0 ? {} : { size: cosigned },
    },
    {
      name: 'time-stamp',
      result: timeStamps ? (stamp === undefined ? 'pending' : 'proved') : 'not-configured',
      facts: stamp === undefined ? {} : { size: stamp.size },
    },
  ];
}
