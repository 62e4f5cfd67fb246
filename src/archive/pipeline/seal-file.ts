import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CryptoProfile, openDigests } from '../../lib/crypto-profile.ts';
import { CHUNK_BYTES } from '../../lib/chunks.ts';
import { syncFolder } from '../../lib/durable-folder.ts';
import { openSealedFile, type SealedPath } from '../../recording/sealed-folder.ts';
import type { ContainerHeader } from '../container/container.ts';
import { sealContainer } from '../container/seal-container.ts';
import { type FoundKey, type KeyNeedle, openKeySearch } from '../leaks/key-needles.ts';
import type { ArchivedFile } from '../manifest/archived-manifest.ts';
import { damaged } from './read-wav.ts';

export interface SealFileJob {
  /** The file of the sealed folder, and what its manifest says of it. */
  readonly from: SealedPath;
  readonly sha256: string;
  readonly header: ContainerHeader;
  readonly key: Uint8Array;
  /** The container; appears whole and durable, or not at all. */
  readonly to: string;
  /** Keys that must not be in it. */
  readonly needles: readonly KeyNeedle[];
  readonly profile: CryptoProfile;
}

export interface SealedFile {
  readonly file: ArchivedFile;
  readonly keys: readonly FoundKey[];
}

/** A file as it is, in a container. @throws IvrError RECORDING_DAMAGED, and what the disk throws */
export async function sealFile(job: SealFileJob): Promise<SealedFile> {
  const { from, sha256, header, key, to, needles } = job;
  const hash = openDigests(job.profile);
  const keys = openKeySearch(needles, 'raw');
  let bytes = 0;
  async function* content(): AsyncGenerator<Uint8Array, void, void> {
    await using sealed = await openSealedFile(from);
    for (let at = 0; at < sealed.bytes; at += CHUNK_BYTES) {
      const part = await sealed.read(at, at + CHUNK_BYTES);
      hash.update(part);
      keys.add(part);
      bytes += part.length;
      yield part;
    }
  }
  const beside = `${to}.new`;
  await using file = await open(beside, 'w', 0o600);
  for await (const part of sealContainer(header, key, content())) await file.writeFile(part);
  await file.sync();
  const found = hash.finish();
  if (found.sha256 !== sha256) throw damaged(from.path, 'its content was changed after it was sealed');
  await rename(beside, to);
  await syncFolder(dirname(to));
  return { file: { path: header.name, bytes, ...found }, keys: keys.finish() };
}
