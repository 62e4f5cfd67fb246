import { openContainer } from '../archive/container/open-container.ts';
import type { BundleKey, BundleSource, CustodyRow, InclusionEvidence } from '../archive/export/bundle.ts';
import type { IndexedRecording, RecordingContent } from '../archive/index/archive-index.ts';
import type { Checkpoint, TransparencyLog } from '../archive/log/transparency-log.ts';
import type { ArchivedManifest, MaskedSpan } from '../archive/manifest/archived-manifest.ts';
import type { ArchivePack } from '../archive/pipeline/archive-pack.ts';
import { leavesOf } from '../archive/pipeline/evidence-leaves.ts';
import { packOf } from '../archive/pipeline/locations.ts';
import { blobSource, readStoredPack } from '../archive/pipeline/pack-file.ts';
import { channelOf } from '../archive/pipeline/playback.ts';
import { selectTranscriptLeaves } from '../archive/recognition/recognition-rows.ts';
import { readTranscripts } from '../archive/recognition/transcript-store.ts';
import { spkiEd25519 } from '../archive/signing/raw-key.ts';
import { stampedSince } from '../archive/timestamps/keep-stamped.ts';
import { IvrError } from '../domain/error.ts';
import { timeStampCertificates, witnessKey } from './archive-evidence.ts';
import type { OpenedArchive } from './open-archive.ts';

const PIECE = 1 << 20;
/** The witness is shown the log's head every second; an export waits for it so long, then goes without. */
const COSIGNED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 100;
const MOST_CUSTODY_ROWS = 10_000;

/** What an export bundle is made of, from the archive's store, log, audit trail and keys. @throws IvrError what they throw */
export async function bundleSource(
  archive: OpenedArchive,
  row: IndexedRecording,
  pack: ArchivePack,
  { exportRecord, leaf }: { readonly exportRecord: string; readonly leaf: number },
): Promise<BundleSource> {
  const { log, audit } = archive;
  if (row.leafIndex === null)
    throw new IvrError('BUNDLE_REFUSED', `the bundle cannot be made: the log has no leaf for recording ${row.id}`, {
      recording: row.id,
    });
  const checkpoint = await checkpointWith(archive, leaf);
  const evidence = async (index: number): Promise<InclusionEvidence> => ({
    leaf: await log.leaf(index),
    index,
    path: await log.inclusionProof(index, checkpoint.size),
  });
  const later = await readTranscripts(row, archive);
  const leaves = await selectTranscriptLeaves(archive.storage.knex, row.id);
  const superseding = later.flatMap(({ number }) => {
    const index = leaves.get(number);
    return index === undefined || index >= checkpoint.size ? [] : [index];
  });
  const rows = await audit.list({ target: row.id, limit: MOST_CUSTODY_ROWS });
  return {
    manifest: pack.manifest,
    audio: () => audioOf(archive, row),
    frameSecret: Buffer.from(pack.frameSecret, 'hex'),
    documents: [
      ...Object.entries(pack.files).map(([path, text]) => ({ path, bytes: Buffer.from(text) })),
      ...later.map(({ number, signed }) => ({ path: `transcript-${number}.json`, bytes: Buffer.from(signed.text) })),
    ],
    custody: rows.toReversed().map(({ at, ...rest }): CustodyRow => ({ at: new Date(at).toISOString(), ...rest })),
    exportRecord,
    leaves: await Promise.all(
      [...(await recordingLeaves(log, row.leafIndex, pack)), leaf, ...superseding].map(evidence),
    ),
    checkpoint,
    ...(await timeStamps(archive, row.leafIndex, checkpoint.size)),
    keys: await keysOf(archive),
  };
}

/** Where the leaves of the recording stand: one after the other, or, where a crash came between, somewhere after the first. */
async function recordingLeaves(log: TransparencyLog, first: number, pack: ArchivePack): Promise<readonly number[]> {
  const [, ...others] = leavesOf(pack, log.hash);
  const indexes = [first];
  for (const leaf of others) {
    const next = await log.leaf(indexes.length + first).catch(() => undefined);
    const here = next?.type === leaf.type && Buffer.from(next.digest).equals(leaf.digest);
    const index = here ? indexes.length + first : await log.find(leaf, first);
    if (index === undefined)
      throw new IvrError('BUNDLE_REFUSED', `the bundle cannot be made: the log has no leaf ${leaf.type} of it`, {});
    indexes.push(index);
  }
  return indexes;
}

const KINDS: Readonly<Record<string, MaskedSpan['kind']>> = {
  'card-number': 'card-number',
  'identity-number': 'identity-number',
  'pause-ran-out': 'pause',
};

/** Masked after it was archived: the index knows of them, the manifest does not. */
export function spansFoundSince({ manifest }: ArchivePack, { spans }: RecordingContent): readonly MaskedSpan[] {
  const { masked } = JSON.parse(manifest.text) as ArchivedManifest;
  const known = (one: MaskedSpan): boolean =>
    masked.some((each) => each.channel === one.channel && each.from_ms <= one.from_ms && each.to_ms >= one.to_ms);
  return spans
    .filter(({ kind }) => kind === 'masked')
    .map(
      ({ track, fromMs, toMs, source }): MaskedSpan => ({
        channel: channelOf(track),
        from_ms: fromMs,
        to_ms: toMs,
        kind: KINDS[source] ?? 'ordered',
      }),
    )
    .filter((one) => !known(one));
}

/** @throws IvrError BLOB_MISSING, KEY_DESTROYED, CONTAINER_DAMAGED */
export async function storedPack({ blobs, keys }: OpenedArchive, row: IndexedRecording): Promise<ArchivePack> {
  const at = packOf(row.location ?? '');
  const pack = await readStoredPack(blobs, at, row.id, keys);
  if (pack === undefined) throw new IvrError('BLOB_MISSING', `${at} is not in the archive's store`, { key: at });
  return pack.value;
}

async function* audioOf({ blobs, keys }: OpenedArchive, row: IndexedRecording): AsyncGenerator<Uint8Array> {
  const ref = { key: row.location ?? '', version: row.versionId ?? '1' };
  const container = await openContainer(await blobSource(blobs, ref), ({ key }) => keys.openDataKey(row.id, key));
  for (let from = 0; from < container.bytes; from += PIECE)
    yield await container.read(from, Math.min(from + PIECE, container.bytes));
}

/** Cosigned where there is a witness who answers. */
async function checkpointWith({ log, witnesses }: OpenedArchive, leaf: number): Promise<Checkpoint> {
  const own = await log.checkpoint();
  return (witnesses === 0 ? undefined : await cosignedWith(log, leaf)) ?? own;
}

async function cosignedWith(log: TransparencyLog, leaf: number): Promise<Checkpoint | undefined> {
  const deadline = performance.now() + COSIGNED_WITHIN_MS;
  do {
    const cosigned = log.cosigned();
    if (cosigned !== undefined && cosigned.size > leaf) return cosigned;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  } while (performance.now() < deadline);
  return undefined;
}

async function timeStamps(
  { config, places, log }: OpenedArchive,
  leaf: number,
  size: number,
): Promise<Pick<BundleSource, 'timeStamps' | 'certificates'>> {
  const stamped = config.archive.tsa_url === '' ? undefined : await stampedSince(places.log, leaf);
  if (stamped === undefined || stamped.size > size) return { timeStamps: [], certificates: [] };
  const { note, token } = stamped;
  const proof = await log.consistencyProof(stamped.size, size);
  return {
    timeStamps: [{ authority: config.archive.tsa_url, note, token, proof }],
    certificates: await timeStampCertificates(config),
  };
}

async function keysOf({ config, log, signers }: OpenedArchive): Promise<readonly BundleKey[]> {
  const witness = await witnessKey(config);
  return [
    ...signers.flatMap(({ publicKey }) => [
      { use: 'manifest' as const, name: log.origin, publicKey },
      { use: 'log' as const, name: log.origin, publicKey },
    ]),
    ...(witness === undefined
      ? []
      : [{ use: 'witness' as const, name: witness.name, publicKey: spkiEd25519(witness.raw) }]),
  ];
}
