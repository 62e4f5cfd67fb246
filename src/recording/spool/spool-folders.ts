import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../domain/error.ts';
import { HEAD_BYTES, parseHead, type SegmentHead } from './segment-head.ts';
import { SEGMENT_NAME } from './spool-segment.ts';

/** A segment's file, opened for reading. */
export interface SegmentFile extends AsyncDisposable {
  readonly name: string;
  readonly path: string;
  readonly file: FileHandle;
  readonly bytes: number;
  /** Unix time of its making, ms, by its name. */
  readonly created: number;
  readonly head: SegmentHead | 'erased' | undefined;
}

/** @param folders - the spool and the places that it spills to; one that is not there holds nothing @returns their names, the oldest first, by their folder */
export async function listSegments(
  folders: readonly string[],
): Promise<readonly { readonly name: string; readonly folder: string }[]> {
  const found: { name: string; folder: string }[] = [];
  for (const folder of folders)
    for (const name of await namesIn(folder)) if (SEGMENT_NAME.test(name)) found.push({ name, folder });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined: it is gone. @throws what the file system throws */
export async function openSegment(folder: string, name: string): Promise<SegmentFile | undefined> {
  const path = join(folder, name);
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const { size } = await file.stat();
    const created = Number.parseInt((SEGMENT_NAME.exec(name)?.[1] ?? '').replace('-', '').slice(0, 12), 16);
    const head = parseHead(bytes.subarray(0, bytesRead));
    return { name, path, file, bytes: size, created, head, [Symbol.asyncDispose]: () => file.close() };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
