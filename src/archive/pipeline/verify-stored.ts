import { createHash, createPublicKey, verify } from 'node:crypto';
import type { RecordingId } from '../../domain/ids.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { wallMs } from '../../domain/units.ts';
import { incompleteness } from '../../recording/coverage.ts';
import { type Manifest, parseManifest } from '../../recording/manifest.ts';
import type { Blobs, BlobRef, StoredBlob } from '../blobs/blobs.ts';
import { CHUNK_BYTES } from '../../lib/chunks.ts';
import { openContainer } from '../container/open-container.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import { recordingLeaf } from '../manifest/sign-manifest.ts';
import type { Signer } from '../signing/signer.ts';
import type { ArchivePack } from './archive-pack.ts';
import { openPack, wholeBlob } from './pack-file.ts';

export interface VerifiedParts {
  readonly keys: Pick<KeyStore, 'openDataKey'>;
  readonly blobs: Blobs;
  readonly log: Pick<TransparencyLog, 'leaf' | 'hash'>;
  readonly signers: readonly Signer[];
}

export interface StoredRecording {
  readonly audio: StoredBlob;
  readonly pack: BlobRef;
  readonly leafIndex: number;
}

/** A store's copy is not what was archived, so it is in doubt; anything else is of the call, whatever the copy. */
export const isOfStore = (problem: string): boolean => problem.startsWith('archive: ');

/** As it was sealed: a chunk is hashed as it comes out of its decryption, without a copy. */
const PIECE = CHUNK_BYTES;

/**
 * Reads a recording back from its store: every byte decrypted, hashed and compared with the signed manifest, its signature, its leaf in
 * the log, its lock, and whether it holds every second of its call.
 *
 * @returns what is wrong, in sentences that begin with `archive:` when the store's copy is not what was archived, and `call:` when a
 * part of the call is missing from it; none: all is well
 * @throws IvrError BLOBS_UNREACHABLE: nothing can be said
 */
export async function verifyStored(
  recording: RecordingId,
  { audio, pack: packRef, leafIndex }: StoredRecording,
  parts: VerifiedParts,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const look = async (what: string, work: () => Promise<readonly string[]> | readonly string[]): Promise<void> => {
    try {
      problems.push(...(await work()).map((problem) => `archive: ${what}: ${problem}`));
    } catch (thrown) {
      if (thrown instanceof IvrError && thrown.code === 'BLOBS_UNREACHABLE') throw thrown;
      problems.push(`archive: ${what}: ${asError(thrown).message}`);
    }
  };
  let pack: ArchivePack | undefined;
  await look('manifest', async () => {
    pack = (await openPack(await wholeBlob(parts.blobs, packRef), recording, parts.keys)).value;
    return signatureProblems(pack, parts.signers);
  });
  if (pack === undefined) return problems;
  const known = pack;
  const manifest = JSON.parse(known.manifest.text) as ArchivedManifest;
  await look('audio', () => audioProblems(recording, audio, manifest, parts));
  await look('files', () => fileProblems(known, manifest));
  await look('tracks', () => trackProblems(recording, known, manifest, parts));
  await look('log', () => logProblems(known, leafIndex, parts.log));
  await look('lock', () => lockProblems(audio, manifest, parts.blobs));
  return [...problems, ...leakProblems(known), ...callProblems(known)];
}

function signatureProblems({ manifest }: ArchivePack, signers: readonly Signer[]): readonly string[] {
  const mine = signers.find(({ algorithm }) => algorithm === 'ed25519');
  const signature = manifest.signatures.find(({ key }) => key === mine?.keyId);
  if (mine === undefined || signature === undefined) return ['it is not signed by the key of this archive'];
  const key = createPublicKey({ key: Buffer.from(mine.publicKey), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(manifest.text), key, Buffer.from(signature.value, 'base64'))
    ? []
    : ['its signature does not fit'];
}

async function audioProblems(
  recording: RecordingId,
  stored: StoredBlob,
  manifest: ArchivedManifest,
  { blobs, keys }: VerifiedParts,
): Promise<readonly string[]> {
  const [sealed, flac] = [createHash('sha256'), createHash('sha256')];
  const source = await wholeBlob(blobs, stored);
  const container = await openContainer(source, ({ key }) => keys.openDataKey(recording, key));
  for (let from = 0; from < source.bytes; from += PIECE)
    sealed.update(await source.read(from, Math.min(from + PIECE, source.bytes)));
  for (let from = 0; from < container.bytes; from += PIECE) flac.update(await container.read(from, from + PIECE));
  const problems: string[] = [];
  if (sealed.digest('hex') !== stored.sha256) problems.push('its sealed bytes are not those that were stored');
  if (flac.digest('hex') !== manifest.audio.sha256 || container.bytes !== manifest.audio.bytes)
    problems.push('it is not what the manifest says');
  return problems;
}

/** Every text that the manifest lists is there and as it says, and no other. */
function fileProblems({ files, tracks }: ArchivePack, manifest: ArchivedManifest): readonly string[] {
  const audio = new Set(tracks.flatMap(({ track }) => [`${track}.flac`, `${track}.wav`]));
  const listed = new Map(manifest.files.filter(({ path }) => !audio.has(path)).map((entry) => [entry.path, entry]));
  const wrong = Object.entries(files).filter(
    ([path, text]) => listed.get(path)?.sha256 !== createHash('sha256').update(text).digest('hex'),
  );
  const missing = [...listed.keys()].filter((path) => !Object.hasOwn(files, path));
  return [
    ...wrong.map(([path]) => `${path} is not what the manifest says`),
    ...missing.map((path) => `${path} is missing`),
  ];
}

/** Tracks in objects of their own. */
async function trackProblems(
  recording: RecordingId,
  { tracks }: ArchivePack,
  manifest: ArchivedManifest,
  { blobs, keys }: VerifiedParts,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { track, location } of tracks) {
    const ref = await blobs.find(location);
    if (ref === undefined) {
      problems.push(`${location} is not in the store`);
      continue;
    }
    const container = await openContainer(await wholeBlob(blobs, ref), ({ key }) => keys.openDataKey(recording, key));
    const hash = createHash('sha256');
    for (let from = 0; from < container.bytes; from += PIECE) hash.update(await container.read(from, from + PIECE));
    const listed = manifest.files.find(({ path }) => path === container.header.name);
    if (listed?.sha256 !== hash.digest('hex')) problems.push(`${track} is not what the manifest says`);
  }
  return problems;
}

async function logProblems(
  { manifest }: ArchivePack,
  index: number,
  log: Pick<TransparencyLog, 'leaf' | 'hash'>,
): Promise<readonly string[]> {
  const leaf = await log.leaf(index);
  const { type, digest } = recordingLeaf(manifest, log.hash);
  return leaf.type === type && Buffer.from(digest).equals(leaf.digest) ? [] : [`leaf ${index} is of something else`];
}

/** What must not be in it and is: it is masked where a mask is of use, and operators are alarmed. */
const leakProblems = ({ leaks = [] }: ArchivePack): readonly string[] =>
  leaks.map((leak) => `call: it holds what must not be kept: ${leak}`);

async function lockProblems(audio: BlobRef, { retention }: ArchivedManifest, blobs: Blobs): Promise<readonly string[]> {
  const { lock } = await blobs.state(audio);
  const until = wallMs(Date.parse(retention.retain_until));
  return lock !== undefined && lock.until >= until - 1000 ? [] : ['it is not locked until the end of its retention'];
}

/** Every second between answer and end is audio, a marked gap, a masked span or a hold: by the journal, as the seal knew it. */
function callProblems({ files }: ArchivePack): readonly string[] {
  const sealed = parseManifest(files['sealed.json'] ?? '');
  if ('problem' in sealed) return [`archive: ${sealed.problem}`];
  const { call, problems }: Manifest = sealed;
  if (call === undefined) return ['call: unknown to the journal, so its completeness cannot be proved'];
  return [...problems.map((problem) => `call: ${problem}`), ...incompleteness(sealed, call)];
}
