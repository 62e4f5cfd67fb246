import { crc32 } from 'node:zlib';
import { LEAF_TYPES, type LeafType } from '../../verify/leaf-types.ts';
import type { Leaf } from './leaf.ts';

/*
 * An entry of the tree is its type and the digest: 33 bytes. On disk it stands in a record of fixed size:
 * u32 crc | u32 place in its batch | entry, integers little-endian; the checksum begins with the entry's index.
 */

export const RECORD_BYTES = 41;
const AFTER_CHECKSUM = 4;
const BEFORE_ENTRY = 8;

const TYPES = new Map<number, LeafType>(Object.entries(LEAF_TYPES).map(([type, byte]) => [byte, type as LeafType]));

export function encodeEntry({ type, digest }: Leaf): Buffer {
  if (digest.length !== 32) throw new RangeError(`a leaf's digest has 32 bytes, not ${digest.length}`);
  return Buffer.concat([Uint8Array.of(LEAF_TYPES[type]), digest]);
}

/** Undefined for a type that we do not know. */
export function decodeEntry(entry: Uint8Array): Leaf | undefined {
  const type = TYPES.get(entry[0] ?? 0);
  return type === undefined ? undefined : { type, digest: entry.slice(1) };
}

/** Writes the record of the `index`-th entry to `into`, which is RECORD_BYTES long. */
export function writeRecord(into: Buffer, entry: Uint8Array, index: number, placeInBatch: number): void {
  into.writeUInt32LE(placeInBatch, AFTER_CHECKSUM);
  into.set(entry, BEFORE_ENTRY);
  into.writeUInt32LE(checksum(into, index), 0);
}

/** The entry of a record, and its place in its batch; undefined when the record is not whole. */
export function readRecord(
  record: Buffer,
  index: number,
): { readonly entry: Buffer; readonly placeInBatch: number } | undefined {
  if (record.length < RECORD_BYTES || record.readUInt32LE(0) !== checksum(record, index)) return undefined;
  return { entry: record.subarray(BEFORE_ENTRY, RECORD_BYTES), placeInBatch: record.readUInt32LE(AFTER_CHECKSUM) };
}

function checksum(record: Buffer, index: number): number {
  const salt = Buffer.alloc(8);
  salt.writeBigUInt64LE(BigInt(index));
  return crc32(record.subarray(AFTER_CHECKSUM, RECORD_BYTES), crc32(salt));
}
