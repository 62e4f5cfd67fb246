import type { FileHandle } from 'node:fs/promises';

/** Bytes `from` up to `to` of a file, fewer where it ends before. */
export async function readFully(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const into = Buffer.allocUnsafe(Math.max(0, to - from));
  let read = 0;
  while (read < into.length) {
    const { bytesRead } = await file.read(into, read, into.length - read, from + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return into.subarray(0, read);
}
