import type { RecordingId } from '../domain/ids.ts';
import { audioBytes, parseAudio, writeAudio } from './audio-record.ts';
import type { TapChunk } from './tap.ts';

/*
 * Chunks on their way to the recorder, in one piece of memory: to clone an object for each costs both threads ten times as much.
 * For each chunk: u8 n | the recording's id (n) | u32 length | AUDIO record (length), as audio-record.ts has it.
 */

const HEAD_BYTES = 5;
const MOST_ID_BYTES = 255;

export interface UnpackedChunks {
  readonly chunks: readonly TapChunk[];
  /** What was no chunk. */
  readonly refused: number;
}

/** @throws RangeError: an id is longer than 255 octets */
export function packChunks(chunks: readonly TapChunk[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const chunk of chunks) size += HEAD_BYTES + chunk.recording.length + audioBytes(chunk);
  const memory = new ArrayBuffer(size);
  const bytes = Buffer.from(memory);
  let at = 0;
  for (const chunk of chunks) {
    const { recording } = chunk;
    if (recording.length > MOST_ID_BYTES) throw new RangeError(`an id of ${recording.length} octets`);
    at = bytes.writeUInt8(recording.length, at);
    at += bytes.write(recording, at, 'latin1');
    at = bytes.writeUInt32BE(audioBytes(chunk), at);
    at = writeAudio(chunk, bytes, at);
  }
  return new Uint8Array(memory);
}

/** The inverse; the chunks' octets are views of `packed`. Never throws: what makes no sense is counted, and what is cut off is one. */
export function unpackChunks(packed: Uint8Array): UnpackedChunks {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const chunks: TapChunk[] = [];
  let refused = 0;
  for (let at = 0; at < bytes.length; ) {
    const idEnd = at + 1 + (bytes[at] ?? 0);
    const from = idEnd + 4;
    const to = from > bytes.length ? Infinity : from + bytes.readUInt32BE(idEnd);
    if (to > bytes.length) return { chunks, refused: refused + 1 };
    const audio = parseAudio(bytes.subarray(from, to));
    if (audio === undefined) refused++;
    else chunks.push({ recording: bytes.toString('latin1', at + 1, idEnd) as RecordingId, ...audio });
    at = to;
  }
  return { chunks, refused };
}
