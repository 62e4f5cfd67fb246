import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { replaceFile } from '../../lib/place-file.ts';
import type { Blobs, BlobRef } from '../blobs/blobs.ts';
import type { RangeSource } from '../../lib/chunks.ts';
import type { ContainerHeader } from '../container/container.ts';
import { openContainer } from '../container/open-container.ts';
import { sealContainer } from '../container/seal-container.ts';
import type { KeyStore, WrappedKey } from '../keys/key-store.ts';
import { type ArchivePack, formatPack, parsePack } from './archive-pack.ts';

/** A pack in the work folder, or in the store: encrypted in both. */
export const packFile = (work: string): string => join(work, 'pack.mft');

export type OpensDataKeys = Pick<KeyStore, 'openDataKey'>;

export interface OpenedPack {
  readonly value: ArchivePack;
  /** Of the audio's container: the index's copy. */
  readonly key: WrappedKey;
}

/** Whole and durable, or not at all. */
export async function writePackFile(
  work: string,
  header: ContainerHeader,
  key: Uint8Array,
  pack: ArchivePack,
): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of sealContainer(header, key, [formatPack(pack)])) parts.push(part);
  await replaceFile(packFile(work), Buffer.concat(parts));
}

/** Undefined: there is none. @throws IvrError CONTAINER_DAMAGED, KEY_DESTROYED, KEYS_UNREADABLE */
export async function readPackFile(
  work: string,
  recording: RecordingId,
  keys: OpensDataKeys,
): Promise<OpenedPack | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(packFile(work));
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  const source = { bytes: bytes.length, read: (from: number, to: number) => Promise.resolve(bytes.subarray(from, to)) };
  return openPack(source, recording, keys);
}

/** Undefined: the store has none. */
export async function readStoredPack(
  blobs: Blobs,
  location: string,
  recording: RecordingId,
  keys: OpensDataKeys,
): Promise<OpenedPack | undefined> {
  const ref = await blobs.find(location);
  return ref === undefined ? undefined : openPack(await wholeBlob(blobs, ref), recording, keys);
}

export async function blobSource(blobs: Blobs, ref: BlobRef): Promise<RangeSource> {
  const { bytes } = await blobs.state(ref);
  return { bytes, read: (from, to) => blobs.read(ref, from, to) };
}

/** Small enough to be kept in memory while it is read from its beginning to its end: a quarter of an hour of audio. */
const WHOLE_BYTES = 8 << 20;
/** Of what is larger: a request to the store for each of its chunks would be many. */
const AHEAD_BYTES = 1 << 20;

/** What is read from its beginning to its end: at once, or what is larger piece by piece. */
export async function wholeBlob(blobs: Blobs, ref: BlobRef): Promise<RangeSource> {
  const source = await blobSource(blobs, ref);
  if (source.bytes > WHOLE_BYTES) return readAhead(source);
  const bytes = await source.read(0, source.bytes);
  return { bytes: bytes.length, read: (from, to) => Promise.resolve(bytes.subarray(from, to)) };
}

/** What was read last is kept: what follows is in it. */
function readAhead(source: RangeSource): RangeSource {
  let last: { readonly from: number; readonly piece: Uint8Array } = { from: 0, piece: new Uint8Array(0) };
  return {
    bytes: source.bytes,
    async read(from, to) {
      const end = Math.min(to, source.bytes);
      if (from < last.from || end > last.from + last.piece.length) {
        const piece = await source.read(from, Math.min(source.bytes, Math.max(end, from + AHEAD_BYTES)));
        last = { from, piece };
      }
      return last.piece.subarray(from - last.from, end - last.from);
    },
  };
}

export async function openPack(source: RangeSource, recording: RecordingId, keys: OpensDataKeys): Promise<OpenedPack> {
  const container = await openContainer(source, ({ key }) => keys.openDataKey(recording, key));
  return { value: parsePack(await container.read(0, container.bytes)), key: container.header.key };
}
