import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../lib/durable-folder.ts';
import { namesIn } from '../spool/spool-folders.ts';

const SEGMENT = /^([0-9a-f-]{36})(?:\.(\d+))?\.log$/;

/**
 * The recordings that have files of their own in the spool, each with its files in order.
 *
 * @param folders - the spool, and the places that it spills to; one that is not there holds nothing
 * @param of - this recording alone: hundreds may wait for their seal
 */
export async function listFormerSpools(
  folders: readonly string[],
  of = '',
): Promise<ReadonlyMap<string, readonly string[]>> {
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
export async function removeFormerSpool(paths: readonly string[]): Promise<void> {
  for (const path of paths.toReversed()) await rm(path, { force: true });
  for (const folder of new Set(paths.map((path) => dirname(path)))) await syncFolder(folder);
}
