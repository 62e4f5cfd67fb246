import { type RtpTicks, rtpTicks } from '../domain/units.ts';

/* RTP packets on the wire (RFC 3550 section 5.1), read and written without allocation. */

/** A parsed packet: a view that is filled again and again. The payload is `buf.subarray(payloadStart, payloadEnd)`. */
export interface RtpView {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: RtpTicks;
  ssrc: number;
  payloadStart: number;
  payloadEnd: number;
}

export const RTP_HEADER_BYTES = 12;

export const newRtpView = (): RtpView => ({
  marker: false,
  payloadType: 0,
  sequence: 0,
  timestamp: rtpTicks(0),
  ssrc: 0,
  payloadStart: 0,
  payloadEnd: 0,
});

const u16 = (buf: Uint8Array, offset: number): number => ((buf[offset] ?? 0) << 8) | (buf[offset + 1] ?? 0);
const u32 = (buf: Uint8Array, offset: number): number =>
  (((buf[offset] ?? 0) << 24) |
    ((buf[offset + 1] ?? 0) << 16) |
    ((buf[offset + 2] ?? 0) << 8) |
    (buf[offset + 3] ?? 0)) >>>
  0;

/** Of a packet whose header fits, an encrypted one too. */
export const sequenceOf = (buf: Uint8Array): number => u16(buf, 2);
export const ssrcOf = (buf: Uint8Array): number => u32(buf, 8);

/**
 * Octets of the header with CSRCs and extension, of an encrypted packet too.
 *
 * @returns 0 when it is not an RTP version 2 packet, or its header does not fit
 */
export function rtpHeaderOctets(buf: Uint8Array, length: number): number {
  if (length < RTP_HEADER_BYTES || length > buf.length) return 0;
  const first = buf[0] ?? 0;
  if (first >> 6 !== 2) return 0;
  let octets = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (octets + 4 > length) return 0;
    octets += 4 + 4 * u16(buf, octets + 2);
  }
  return octets > length ? 0 : octets;
}

/**
 * Reads a header, steps over CSRCs, extension and padding.
 *
 * @param length - octets of `buf` that belong to the packet
 * @returns false, and `into` is then undefined in content, when this is not an RTP version 2 packet whose lengths fit
 */
export function parseRtp(buf: Uint8Array, length: number, into: RtpView): boolean {
  const start = rtpHeaderOctets(buf, length);
  if (start === 0) return false;
  let end = length;
  if (((buf[0] ?? 0) & 0x20) !== 0) {
    const padding = buf[length - 1] ?? 0;
    if (padding === 0 || padding > length - start) return false;
    end -= padding;
  }
  const second = buf[1] ?? 0;
  into.marker = second > 0x7f;
  into.payloadType = second & 0x7f;
  into.sequence = u16(buf, 2);
  into.timestamp = rtpTicks(u32(buf, 4));
  into.ssrc = u32(buf, 8);
  into.payloadStart = start;
  into.payloadEnd = end;
  return true;
}

export interface RtpHeader {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Writes the 12 octets of a header without CSRCs or extension. `buf` has at least that many; numbers wrap to their width. */
export function writeRtpHeader(buf: Uint8Array, header: RtpHeader): void {
  const { sequence, timestamp, ssrc } = header;
  buf[0] = 0x80;
  buf[1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  buf[2] = sequence >> 8;
  buf[3] = sequence;
  buf[4] = timestamp >>> 24;
  buf[5] = timestamp >>> 16;
  buf[6] = timestamp >>> 8;
  buf[7] = timestamp;
  buf[8] = ssrc >>> 24;
  buf[9] = ssrc >>> 16;
  buf[10] = ssrc >>> 8;
  buf[11] = ssrc;
}

/** Whether a datagram on a shared port is RTCP (RFC 5761 section 4). */
export const isRtcp = (buf: Uint8Array, length: number): boolean =>
  length >= 8 && (buf[0] ?? 0) >> 6 === 2 && (buf[1] ?? 0) >= 192 && (buf[1] ?? 0) <= 223;
