/*
 * What a media worker and its Silero process say to each other over a pipe: batches of fixed-size items, each batch
 * preceded by its count. Numbers are in the machine's byte order: both ends are on it.
 */

/** 32 ms at 8 kHz: what the model takes at a time. */
export const SILERO_FRAME = 256;
export const MOST_ITEMS = 4096;
const COUNT_BYTES = 4;

/** To the process: tag (4), 1 when the stream starts afresh (4), 256 samples. */
export const REQUEST_BYTES = 8 + 2 * SILERO_FRAME;
/** From the process: tag (4), probability (4). A batch of none says that the model is loaded. */
export const REPLY_BYTES = 8;

/** A batch to be filled by `at(n)`. */
export function newBatch(count: number, itemBytes: number): { readonly bytes: Uint8Array; readonly items: DataView } {
  const bytes = new Uint8Array(COUNT_BYTES + count * itemBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  return { bytes, items: new DataView(bytes.buffer, COUNT_BYTES) };
}

/** Puts batches together again from what the pipe delivers. */
export class BatchReader {
  readonly #itemBytes: number;
  readonly #onBatch: (count: number, items: DataView) => void;
  #held: Uint8Array = new Uint8Array(0);

  constructor(itemBytes: number, onBatch: (count: number, items: DataView) => void) {
    this.#itemBytes = itemBytes;
    this.#onBatch = onBatch;
  }

  /** @returns false when this is not our protocol; nothing further is to be read then */
  push(chunk: Uint8Array): boolean {
    let bytes = chunk;
    if (this.#held.length > 0) {
      bytes = new Uint8Array(this.#held.length + chunk.length);
      bytes.set(this.#held);
      bytes.set(chunk, this.#held.length);
    }
    let at = 0;
    while (bytes.length - at >= COUNT_BYTES) {
      const count = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
      if (count > MOST_ITEMS) return false;
      const length = count * this.#itemBytes;
      if (bytes.length - at - COUNT_BYTES < length) break;
      this.#onBatch(count, new DataView(bytes.buffer, bytes.byteOffset + at + COUNT_BYTES, length));
      at += COUNT_BYTES + length;
    }
    this.#held = at === bytes.length ? new Uint8Array(0) : bytes.slice(at);
    return true;
  }
}
