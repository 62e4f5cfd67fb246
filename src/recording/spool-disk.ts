import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../domain/error.ts';
import { syncFolder } from '../lib/durable-folder.ts';

/* PORT to the disk under the spool; the tests put failures behind it. */

export interface SpoolFile {
  /** May write less than all. @returns bytes written */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  datasync(): Promise<void>;
  /** Whether the file can still be found by its name: one that was deleted takes writes and syncs as if nothing were. */
  present(): Promise<boolean>;
  /** @returns bytes read; 0 at the end */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface SpoolDisk {
  /** A new file; its name is durable before this resolves. */
  create(name: string): Promise<SpoolFile>;
  /** Gives back the space set aside for a full disk. False when it is gone already. */
  freeReserve(): Promise<boolean>;
}

const SEGMENT = /^([0-9a-f-]{36})(?:\.(\d+))?\.log$/;
export const segmentName = (recording: string, number: number): string =>
  number === 0 ? `${recording}.log` : `${recording}.${number}.log`;

/**
 * The recordings that have segments in the spool, each with its files in order.
 *
 * @param folders - the spool, and the places that it spills to; one that is not there holds nothing
 * @param of - this recording alone: hundreds may wait for their seal
 */
export async function listSpool(folders: readonly string[], of = ''): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, { readonly number: number; readonly path: string }[]>();
  for (const folder of folders)
    for (const name of (await namesIn(folder)).filter((name) => name.startsWith(of)).sort()) {
      const [, recording, number] = SEGMENT.exec(name) ?? [];
      if (recording === undefined) continue;
      const segments = found.get(recording) ?? [];
      segments.push({ number: Number(number ?? 0), path: join(folder, name) });
      found.set(recording, segments);
    }
  return new Map(
    [...found].map(([recording, segments]) => [
      recording,
      segments.sort((a, b) => a.number - b.number).map(({ path }) => path),
    ]),
  );
}

/** Removes a recording's segments, the first of them last: what a crash leaves of them is still known for whose it is. */
export async function removeSegments(paths: readonly string[]): Promise<void> {
  for (const path of paths.toReversed()) await rm(path, { force: true });
  for (const folder of new Set(paths.map((path) => dirname(path)))) await syncFolder(folder);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
