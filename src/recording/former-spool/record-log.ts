import { type RecordingMs, recordingMs } from '../../domain/units.ts';
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * The file format of 0.1's spools: magic and version, then records.
 *
 *   record: u32 mark | u32 payload length | u32 sequence | u32 time (ms since the recording was opened) | u8 type | payload | u32 CRC
 *
 * All numbers are big-endian. The CRC starts from the recording's own salt, so that neither blocks of another file nor a
 * record that a caller hides in the audio is ever taken for a real one. Records are chained: each CHAIN record holds the
 * SHA-256 of the chain before it and of every record since (itself not included), in the order of their sequence.
 * OPENED stands at the head of every segment and again within the first; its sequence is 0 and the chain begins with it.
 */
export const LOG_VERSION = 1;
export const LOG_HEAD: Uint8Array = Buffer.from([0x54, 0x4c, 0x52, 0x45, 0x43, 0x4c, 0x4f, 0x47, 0, 0, 0, LOG_VERSION]); // TLRECLOG
export const RECORD_MARK: Uint8Array = Buffer.from([0x9e, 0x54, 0x4c, 0x52]);
export const RECORD_OVERHEAD = 21;
export const MAX_PAYLOAD = 65_535;

export const RECORD_TYPES = { opened: 1, audio: 2, event: 3, chain: 4, end: 5 } as const;
export type RecordType = keyof typeof RECORD_TYPES;
const TYPE_NAMES = new Map<number, RecordType>(
  Object.entries(RECORD_TYPES).map(([name, code]) => [code, name as RecordType]),
);

export interface LogRecord {
  readonly sequence: number;
  /** Milliseconds since the recording was opened. */
  readonly at: RecordingMs;
  readonly type: RecordType;
  readonly payload: Uint8Array;
}

/** Where a recording's CRCs start. Callers never learn the id of their recording. */
export const saltOf = (recording: string): number => crc32(Buffer.from(recording, 'latin1'));

/** `short`: more bytes are needed to tell; `bad`: no record begins here. */
export type ParsedRecord = { readonly record: LogRecord; readonly length: number } | 'short' | 'bad';

/** The record that begins at `offset`. The payload is a view of `bytes`. Never throws. */
export function parseRecord(bytes: Buffer, offset: number, salt: number): ParsedRecord {
  const left = bytes.length - offset;
  for (let i = 0; i < Math.min(4, left); i++) if (bytes[offset + i] !== RECORD_MARK[i]) return 'bad';
  if (left < 17) return 'short';
  const length = bytes.readUInt32BE(offset + 4);
  const type = TYPE_NAMES.get(bytes.readUInt8(offset + 16));
  if (length > MAX_PAYLOAD || type === undefined) return 'bad';
  const end = offset + RECORD_OVERHEAD + length;
  if (end > bytes.length) return 'short';
  if (crc32(bytes.subarray(offset, end - 4), salt) !== bytes.readUInt32BE(end - 4)) return 'bad';
  return {
    record: {
      sequence: bytes.readUInt32BE(offset + 8),
      at: recordingMs(bytes.readUInt32BE(offset + 12)),
      type,
      payload: bytes.subarray(offset + 17, end - 4),
    },
    length: end - offset,
  };
}

/** The SHA-256 chain over a recording's records. */
export class LogChain {
  #hash: Hash;

  constructor(opened: Uint8Array) {
    this.#hash = createHash('sha256').update(opened);
  }

  add(record: Uint8Array): void {
    this.#hash.update(record);
  }

  /** The chain up to here; goes on from it. */
  link(): Buffer {
    const digest = this.#hash.digest();
    this.restart(digest);
    return digest;
  }

  /** Goes on from a link that is known, after damage. */
  restart(link: Uint8Array): void {
    this.#hash = createHash('sha256').update(link);
  }
}
