import { IvrError } from '../../domain/error.ts';

/* The Free Lossless Audio Codec (RFC 9639), as far as the archive writes and reads it: 16 bits, blocks of one size, channels coded apart. */

/** STREAMINFO (RFC 9639 section 8.2). */
export interface FlacStream {
  readonly rate: number;
  readonly channels: number;
  /** Of each channel. */
  readonly samples: number;
  /** Samples in every block but the last. */
  readonly blockSize: number;
  /** MD5 of the samples, interleaved, 16-bit little endian; 16 bytes. */
  readonly md5: Uint8Array;
}

/** 512 ms at 8 kHz. */
export const FLAC_BLOCK_SIZE = 4096;
/** `fLaC`, the block header, STREAMINFO. */
export const FLAC_HEADER_BYTES = 42;
export const BITS = 16;

export const malformedFlac = (expected: string): IvrError =>
  new IvrError('AUDIO_MALFORMED', `not a readable FLAC file: expected ${expected}`, { expected });

/** What stands before the first frame. */
export function formatFlacHeader({ rate, channels, samples, blockSize, md5 }: FlacStream): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FLAC_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]); // the last metadata block, of type STREAMINFO
  view.setUint16(8, blockSize);
  view.setUint16(10, blockSize);
  // bytes 12 to 17: sizes of frames, unknown
  view.setUint32(18, (rate << 12) | ((channels - 1) << 9) | ((BITS - 1) << 4) | Math.floor(samples / 2 ** 32));
  view.setUint32(22, samples >>> 0);
  bytes.set(md5, 26);
  return bytes;
}

/** @throws IvrError AUDIO_MALFORMED */
export function parseFlacHeader(bytes: Uint8Array): FlacStream {
  if (bytes.length < FLAC_HEADER_BYTES) throw malformedFlac(`${FLAC_HEADER_BYTES} bytes before the first frame`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(0) !== 0x664c6143 || view.getUint32(4) !== 0x80000022)
    throw malformedFlac('fLaC and STREAMINFO alone');
  const packed = view.getUint32(18);
  if (((packed >>> 4) & 31) !== BITS - 1) throw malformedFlac(`${BITS} bits a sample`);
  const blockSize = view.getUint16(8);
  if (blockSize < 16 || view.getUint16(10) !== blockSize) throw malformedFlac('blocks of one size');
  return {
    rate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    samples: (packed & 15) * 2 ** 32 + view.getUint32(22),
    blockSize,
    md5: bytes.slice(26, FLAC_HEADER_BYTES),
  };
}

const CRC8 = new Uint8Array(256);
const CRC16 = new Uint16Array(256);
for (let i = 0; i < 256; i++) {
  let eight = i;
  let sixteen = i << 8;
  for (let bit = 0; bit < 8; bit++) {
    eight = eight & 0x80 ? (eight << 1) ^ 0x07 : eight << 1;
    sixteen = sixteen & 0x8000 ? (sixteen << 1) ^ 0x8005 : sixteen << 1;
  }
  CRC8[i] = eight;
  CRC16[i] = sixteen;
}

/** Of a frame's header (RFC 9639 section 9.1.8). */
export function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ (bytes[i] ?? 0)] ?? 0;
  return crc;
}

/** Of a whole frame (section 9.3). */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ (CRC16[(crc >> 8) ^ (bytes[i] ?? 0)] ?? 0);
  return crc;
}
