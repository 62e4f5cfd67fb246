import type { FileHandle } from 'node:fs/promises';
import { readDirectly } from '../../lib/direct-files.ts';

/** `short`: more bytes are needed to tell; `bad`: none begins here. */
export type Parsed<T> = { readonly value: T; readonly length: number } | 'short' | 'bad';

export interface Scanned<T> {
  readonly value: T;
  readonly position: number;
  readonly length: number;
}

const BLOCK = 1 << 18;

/**
 * The whole records of a file, in its order, whatever happened to it: what is none is skipped up to the next mark.
 *
 * @param range - first byte, and the byte after the last; the end of the file by default
 */
export function* scanFile<T>(
  file: FileHandle,
  [start, to]: readonly [number, number],
  mark: Uint8Array,
  parse: (bytes: Buffer, offset: number) => Parsed<T>,
): Generator<Scanned<T>, void, void> {
  let buffer = Buffer.alloc(0);
  let base = start;
  let at = 0;
  let end = false;
  const refill = (): void => {
    const from = base + buffer.length;
    const block = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK, to - from)));
    const bytesRead = block.length === 0 ? 0 : readDirectly(file, block, from);
    buffer = Buffer.concat([buffer.subarray(at), block.subarray(0, bytesRead)]);
    base += at;
    at = 0;
    end = bytesRead === 0;
  };
  refill();
  for (;;) {
    const parsed = parse(buffer, at);
    if (parsed === 'short' && !end) refill();
    else if (typeof parsed === 'object') {
      yield { value: parsed.value, position: base + at, length: parsed.length };
      at += parsed.length;
    } else {
      const next = buffer.indexOf(mark, at + 1);
      if (next >= 0) at = next;
      else if (end) return;
      else {
        at = Math.max(at + 1, buffer.length - mark.length + 1);
        refill();
      }
    }
  }
}
