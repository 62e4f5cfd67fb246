import { type RecordingMs, recordingMs } from '../../domain/units.ts';
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/*
 * A record of a segment: AES-256-GCM, its header authenticated with it. All numbers are big-endian.
 *
 *   u32 mark | u8 type | u32 number | u32 commit | u32 length | 16 recording | 16 link | ciphertext (length) | 16 tag
 *   content: u32 sequence | u32 time (ms since the recording was opened) | payload
 *
 * The nonce is the number, under a key that serves one segment alone. `link` is the tag of the record before; `commit` the number of the first record that
 * was made durable together with this one. See docs/decisions/0018-one-spool.md.
 */

const MARK = 0x9e544c53;
export const MARK_BYTES: Uint8Array = Buffer.from([0x9e, 0x54, 0x4c, 0x53]);
export const HEADER_BYTES = 49;
export const TAG_BYTES = 16;
const CONTENT_HEAD = 8;
export const MAX_PAYLOAD = 65_535;
/** Of the header: type, number, commit and length stand after the mark. */
const RECORDING_AT = 17;
const LINK_AT = 33;

/** `released`: sealed or discarded, nothing of the recording is needed any more. */
export const RECORD_TYPES = { opened: 1, audio: 2, event: 3, end: 4, released: 5 } as const;
export type RecordType = keyof typeof RECORD_TYPES;
const TYPE_NAMES = new Map<number, RecordType>(
  Object.entries(RECORD_TYPES).map(([name, code]) => [code, name as RecordType]),
);

export interface RecordHeader {
  readonly type: RecordType;
  readonly number: number;
  readonly commit: number;
  /** UUID. */
  readonly recording: string;
  readonly link: Buffer;
  /** Of all of the record. */
  readonly length: number;
}

export interface RecordContent {
  readonly sequence: number;
  readonly at: RecordingMs;
  readonly payload: Buffer;
}

export function formatContent(sequence: number, at: RecordingMs, ...payload: readonly Uint8Array[]): Buffer {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_PAYLOAD) throw new RangeError(`a record of ${length} bytes`);
  const bytes = Buffer.allocUnsafe(CONTENT_HEAD + length);
  bytes.writeUInt32BE(sequence, 0);
  bytes.writeUInt32BE(Math.min(0xffff_ffff, Math.max(0, Math.round(at))), 4);
  let to = CONTENT_HEAD;
  for (const part of payload) {
    bytes.set(part, to);
    to += part.length;
  }
  return bytes;
}

export const recordBytes = (content: Uint8Array): number => HEADER_BYTES + content.length + TAG_BYTES;

export interface RecordToSeal {
  readonly type: RecordType;
  readonly number: number;
  readonly commit: number;
  /** 16 bytes. */
  readonly recording: Uint8Array;
  readonly link: Uint8Array;
  readonly content: Uint8Array;
}

/** Writes the record into `into` at `offset`. @returns its tag, a view of `into` */
export function sealRecord(key: KeyObject, record: RecordToSeal, into: Buffer, offset: number): Buffer {
  const { content } = record;
  const body = offset + HEADER_BYTES;
  const end = body + content.length;
  into.writeUInt32BE(MARK, offset);
  into.writeUInt8(RECORD_TYPES[record.type], offset + 4);
  into.writeUInt32BE(record.number, offset + 5);
  into.writeUInt32BE(record.commit, offset + 9);
  into.writeUInt32BE(content.length, offset + 13);
  into.set(record.recording, offset + RECORDING_AT);
  into.set(record.link, offset + LINK_AT);
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(record.number));
  cipher.setAAD(into.subarray(offset, body));
  into.set(cipher.update(content), body);
  cipher.final();
  into.set(cipher.getAuthTag(), end);
  return into.subarray(end, end + TAG_BYTES);
}

/** What seems to begin at `offset`; nothing of it is proven yet. `short`: more bytes are needed to tell; `bad`: no record begins here. Never throws. */
export function parseHeader(bytes: Buffer, offset: number): RecordHeader | 'short' | 'bad' {
  const left = bytes.length - offset;
  for (let i = 0; i < Math.min(MARK_BYTES.length, left); i++) if (bytes[offset + i] !== MARK_BYTES[i]) return 'bad';
  if (left < HEADER_BYTES) return 'short';
  const type = TYPE_NAMES.get(bytes.readUInt8(offset + 4));
  const length = bytes.readUInt32BE(offset + 13);
  if (type === undefined || length < CONTENT_HEAD || length > CONTENT_HEAD + MAX_PAYLOAD) return 'bad';
  return {
    type,
    number: bytes.readUInt32BE(offset + 5),
    commit: bytes.readUInt32BE(offset + 9),
    recording: formatUuid(bytes, offset + RECORDING_AT),
    link: bytes.subarray(offset + LINK_AT, offset + HEADER_BYTES),
    length: HEADER_BYTES + length + TAG_BYTES,
  };
}

/** Undefined: it was changed, or is not of this segment. `bytes` holds all of the record. */
export function openRecord(
  key: KeyObject,
  { number, length }: RecordHeader,
  bytes: Buffer,
  offset: number,
): RecordContent | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number));
  const end = offset + length - TAG_BYTES;
  decipher.setAAD(bytes.subarray(offset, offset + HEADER_BYTES));
  decipher.setAuthTag(bytes.subarray(end, end + TAG_BYTES));
  const content = decipher.update(bytes.subarray(offset + HEADER_BYTES, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return {
    sequence: content.readUInt32BE(0),
    at: recordingMs(content.readUInt32BE(4)),
    payload: content.subarray(CONTENT_HEAD),
  };
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  return nonce;
}

export const parseUuid = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

function formatUuid(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
