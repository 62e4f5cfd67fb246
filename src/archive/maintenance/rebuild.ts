import { createHash } from 'node:crypto';
import { asError, IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { wallMs } from '../../domain/units.ts';
import type { BlobRef, Blobs } from '../blobs/blobs.ts';
import { digestOfBlob } from '../blobs/content.ts';
import type { RangeSource } from '../../lib/chunks.ts';
import { readHeader } from '../container/open-container.ts';
import type { ArchiveIndex, CallDescription, IndexedRecording } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import { recordingLeaf } from '../manifest/sign-manifest.ts';
import { audioOf, PACK_SUFFIX } from '../pipeline/locations.ts';
import { blobSource, openPack } from '../pipeline/pack-file.ts';
import { verifyCopies } from '../pipeline/verify-copies.ts';
import { readTranscripts } from '../recognition/transcript-store.ts';
import { withNewest } from '../recognition/transcript-version.ts';
import type { RetentionReplay } from '../retention/replay-facts.ts';
import { factOf } from '../retention/retention-fact.ts';
import type { Signer } from '../signing/signer.ts';
import { readRecords } from './retention-store.ts';

export interface RebuildParts {
  readonly blobs: Blobs;
  readonly keys: KeyStore;
  /** Undefined: it was lost too; then no row knows its leaf. */
  readonly log: TransparencyLog | undefined;
  /** An empty one, or one that is made whole again. */
  readonly index: ArchiveIndex;
  readonly signers: readonly Signer[];
  readonly retention: RetentionReplay & {
    /** Writes the bases of a recording by the policies that are known. */
    apply(recording: IndexedRecording['id']): Promise<void>;
  };
}

export type Rebuilt = { readonly recording: string } & (
  | { readonly problem?: undefined }
  | { readonly problem: string }
);

/**
 * Makes the index anew from the store and the keys alone: a row for every pack, as it was when it was archived and read back again, and why each is kept, from
 * the records of retention. What was destroyed stays destroyed; what cannot be read is told and passed over.
 *
 * @throws IvrError BLOBS_UNREACHABLE, STORAGE_FAILED
 */
export async function* rebuild(parts: RebuildParts): AsyncGenerator<Rebuilt, void, void> {
  const { records, problems } = await readRecords(parts, parts.log);
  for (const { key, problem } of problems) yield { recording: key, problem };
  await parts.retention.begin(records);
  const begun = new Set(
    records.map(factOf).flatMap((fact) => (fact.kind === 'destruction-begun' ? fact.recording : [])),
  );
  for await (const ref of parts.blobs.list('')) {
    if (!ref.key.endsWith(PACK_SUFFIX)) continue;
    let recording: RecordingId | undefined;
    try {
      const source = await blobSource(parts.blobs, ref);
      recording = (await readHeader(source)).header.recording;
      if (begun.has(recording)) continue; // its key may be gone; the record has what is left of its row
      await rebuildOne(ref, source, recording, parts);
      yield { recording };
    } catch (thrown) {
      if (thrown instanceof IvrError && ['BLOBS_UNREACHABLE', 'STORAGE_FAILED'].includes(thrown.code)) throw thrown;
      yield { recording: ref.key, problem: asError(thrown).message };
    }
  }
  await parts.retention.finish(records);
  for (const recording of begun) yield { recording };
}

async function rebuildOne(
  ref: BlobRef,
  source: RangeSource,
  recording: RecordingId,
  { blobs, keys, log, index, signers, retention }: RebuildParts,
): Promise<void> {
  const { value: pack, key } = await openPack(source, recording, keys);
  const location = audioOf(ref.key);
  const audio = await blobs.find(location);
  if (audio === undefined)
    throw new IvrError('BLOB_MISSING', `${location} is not in the archive's store`, { key: location });
  const { bytes, sha256, lock } = await digestOfBlob(blobs, audio);
  const manifest = JSON.parse(pack.manifest.text) as ArchivedManifest;
  const leafIndex = await log?.find(recordingLeaf(pack.manifest, log.hash));
  // what the lost index knew of it, found anew; without the log nothing is proven
  const problems =
    log === undefined || leafIndex === undefined
      ? undefined
      : await verifyCopies(
          recording,
          { audio: { ...audio, bytes, sha256 }, pack: ref, leafIndex },
          { blobs, keys, log, signers },
        );
  const digest = createHash('sha256').update(pack.manifest.text).digest();
  const row: IndexedRecording = {
    ...pack.description,
    // packs of before have none
    unheardNotices: (pack.description as Partial<CallDescription>).unheardNotices ?? [],
    ...pack.intent,
    ...pack.sealed,
    state: problems?.length === 0 ? 'VERIFIED' : 'ARCHIVED',
    stateReason: null,
    stateSince: wallMs(Date.parse(manifest.archived_at)),
    location,
    versionId: audio.version,
    bytes,
    sha256,
    manifestSha256: digest.toString('hex'),
    keyEpoch: key.epoch,
    wrappedKey: key.wrapped,
    lockMode: lock === undefined ? null : lock.mode === 'COMPLIANCE' ? 'compliance' : 'governance',
    lockUntil: lock?.until ?? null,
    leafIndex: leafIndex ?? null,
    problems: problems ?? [],
    holds: 0,
    restricted: false,
    retainUntil: wallMs(Date.parse(manifest.retention.retain_until)),
  };
  await index.put(row, withNewest(pack.content, await readTranscripts({ id: recording, location }, { blobs, keys })));
  await retention.apply(recording);
}
