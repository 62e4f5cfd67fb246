import { createHash } from 'node:crypto';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import type { BlobRef, Blobs } from '../blobs/blobs.ts';
import { cipherOf } from '../container/container.ts';
import { openContainer } from '../container/open-container.ts';
import { sealContainer } from '../container/seal-container.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { type Leaf, leafOf } from '../log/leaf.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import type { ArchivePack } from '../pipeline/archive-pack.ts';
import { AUDIO_SUFFIX, baseOf } from '../pipeline/locations.ts';
import { blobSource } from '../pipeline/pack-file.ts';
import { signText } from '../signing/sign-text.ts';
import type { SignedText, Signer } from '../signing/signer.ts';
import {
  formatTranscript,
  type MadeTranscript,
  parseTranscript,
  type TranscriptVersion,
} from './transcript-version.ts';

export interface TranscriptStoreParts {
  readonly blobs: Blobs;
  readonly keys: KeyStore;
  readonly log: TransparencyLog;
  readonly signers: readonly Signer[];
  readonly wall: () => WallMs;
  readonly software: string;
  readonly profile: CryptoProfile;
}

/** A store wants a date to come; the lock follows retention afterwards, as those of all objects. */
const LOCK_MS = 86_400_000;
const NUMBER = /\.transcript-(\d+)\.rec$/;

export interface StoredTranscript {
  readonly number: number;
  readonly signed: SignedText;
  readonly version: TranscriptVersion;
}

/** The later transcripts of a recording, the first one first. @throws IvrError what the store and the keys throw */
export async function readTranscripts(
  { id, location }: Pick<IndexedRecording, 'id' | 'location'>,
  { blobs, keys }: Pick<TranscriptStoreParts, 'blobs' | 'keys'>,
): Promise<readonly StoredTranscript[]> {
  const found: StoredTranscript[] = [];
  for (const [number, ref] of await versionsOf(id, location, blobs)) {
    const container = await openContainer(await blobSource(blobs, ref), ({ key }) => keys.openDataKey(id, key));
    const signed = JSON.parse(Buffer.from(await container.read(0, container.bytes)).toString()) as SignedText;
    found.push({ number, signed, version: parseTranscript(signed.text) });
  }
  return found.toSorted((a, b) => a.number - b.number);
}

async function versionsOf(id: string, location: string | null, blobs: Blobs): Promise<ReadonlyMap<number, BlobRef>> {
  const found = new Map<number, BlobRef>();
  for await (const ref of blobs.list(`${baseOf(id, location)}.transcript-`)) {
    const [, number] = NUMBER.exec(ref.key) ?? [];
    if (number !== undefined) found.set(Number(number), ref);
  }
  return found;
}

/**
 * Seals, signs, stores and logs one more transcript. Nothing of the earlier ones is changed.
 *
 * @returns it, and its leaf in the log
 * @throws IvrError what the store, the keys and the log throw
 */
export async function storeTranscript(
  row: IndexedRecording,
  { manifest }: ArchivePack,
  made: MadeTranscript,
  model: string,
  parts: TranscriptStoreParts,
): Promise<StoredTranscript & { readonly leafIndex: number }> {
  const { blobs, keys, log, signers, wall, software } = parts;
  const base = baseOf(row.id, row.location);
  const number = Math.max(1, ...(await versionsOf(row.id, row.location, blobs)).keys()) + 1;
  const { retention } = JSON.parse(manifest.text) as ArchivedManifest;
  const text = formatTranscript(made, {
    number,
    recording: row.id,
    manifest_sha256: createHash('sha256').update(manifest.text).digest('hex'),
    made_at: new Date(wall()).toISOString(),
    software,
    language: row.language ?? 'und',
    model,
  });
  const signed = await signText(text, signers);
  const { key, wrapped } = await keys.createDataKey(row.id, row.retentionClass, row.startedAt);
  const header = {
    recording: row.id,
    name: `transcript-${number}.json`,
    mediaType: 'application/json',
    retentionClass: row.retentionClass,
    policy: retention.policy,
    policyVersion: retention.policy_version,
    key: wrapped,
    ...cipherOf(parts.profile),
  };
  const sealed: Uint8Array[] = [];
  for await (const part of sealContainer(header, key, [Buffer.from(JSON.stringify(signed))])) sealed.push(part);
  key.fill(0);
  const until = wallMs(Math.max(row.lockUntil ?? 0, wall() + LOCK_MS));
  await blobs.put(`${base}.transcript-${number}${AUDIO_SUFFIX}`, Buffer.concat(sealed), { mode: 'GOVERNANCE', until });
  const version = parseTranscript(text);
  return { number, signed, version, leafIndex: await logTranscript({ signed, version }, log) };
}

/** What it masks that was not masked before has a leaf of its own. @returns the leaf of the transcript @throws IvrError LOG_UNWRITABLE */
export async function logTranscript(
  { signed, version }: Pick<StoredTranscript, 'signed' | 'version'>,
  log: Pick<TransparencyLog, 'append' | 'hash'>,
): Promise<number> {
  const index = await log.append(transcriptLeaf(signed, log));
  if (version.masked.length > 0) await log.append(leafOf('REDACT', signed.text, log.hash));
  return index;
}

export const transcriptLeaf = ({ text }: SignedText, { hash }: Pick<TransparencyLog, 'hash'>): Leaf =>
  leafOf('SUPERSEDE', text, hash);
