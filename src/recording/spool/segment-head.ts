import { crc32 } from 'node:zlib';

/*
 * The head of a segment, twice: whose it is, and its key, wrapped. Big-endian.
 *
 *   copy (4,096 bytes): magic | u32 version | u32 length | JSON | u32 CRC-32 of all before | zeros
 */

const MAGIC = Buffer.from('TLSPOOL\0', 'latin1');
const ERASED = Buffer.from('TLERASED', 'latin1');
const VERSION = 2;
const COPY_BYTES = 4_096;
/** Records begin here. */
export const HEAD_BYTES = 2 * COPY_BYTES;

/** The process that writes a segment; `writer` counts the recorder's threads of this process that died before. */
export interface SegmentOwner {
  /** The kernel's id of this boot. */
  readonly boot: string;
  /** `started`: clock ticks since boot; a number alone would be wrong after the restart of a container. */
  readonly process: { readonly pid: number; readonly started: string };
  readonly writer: number;
}

export interface SegmentHead {
  /** UUID. */
  readonly segment: string;
  readonly owner: SegmentOwner;
  /** Unix time, ms. */
  readonly created: number;
  /** Of the key that the segment's own is wrapped under. */
  readonly wrapping: string;
  /** Base64: AES-KWP. */
  readonly key: string;
}

export function formatHead(head: SegmentHead): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.alloc(HEAD_BYTES);
  let at = MAGIC.copy(bytes);
  at = bytes.writeUInt32BE(VERSION, at);
  at = bytes.writeUInt32BE(json.length, at);
  at += json.copy(bytes, at);
  if (at > COPY_BYTES - 4) throw new RangeError(`a head of ${json.length} bytes`);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at)), at);
  bytes.copy(bytes, COPY_BYTES, 0, COPY_BYTES);
  return bytes;
}

/** What stands in place of a head when the segment's key is to be readable no more. */
export function erasedHead(): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  ERASED.copy(bytes, 0);
  ERASED.copy(bytes, COPY_BYTES);
  return bytes;
}

/** Of the first HEAD_BYTES of a file. `erased`: it was about to be removed; undefined: both copies are damaged, or it is not a segment. Never throws. */
export function parseHead(bytes: Buffer): SegmentHead | 'erased' | undefined {
  if (bytes.subarray(0, ERASED.length).equals(ERASED)) return 'erased';
  return parseCopy(bytes.subarray(0, COPY_BYTES)) ?? parseCopy(bytes.subarray(COPY_BYTES, HEAD_BYTES));
}

function parseCopy(bytes: Buffer): SegmentHead | undefined {
  if (bytes.length < MAGIC.length + 12 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (bytes.readUInt32BE(MAGIC.length) !== VERSION) return undefined;
  const from = MAGIC.length + 8;
  const to = from + bytes.readUInt32BE(MAGIC.length + 4);
  if (to + 4 > bytes.length || crc32(bytes.subarray(0, to)) !== bytes.readUInt32BE(to)) return undefined;
  return JSON.parse(bytes.toString('utf8', from, to)) as SegmentHead;
}
