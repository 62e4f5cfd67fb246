/* RTCP compound packets (RFC 3550 section 6): what a telephone leg says and hears. */

export interface ReportBlock {
  /** Whose packets are reported on. */
  readonly ssrc: number;
  /** Since the last report, 0…255 of 256. */
  readonly fractionLost: number;
  /** 24 bits, signed. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequence: number;
  /** In units of the RTP timestamp. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0: none. */
  readonly lastSenderReport: number;
  /** Since that report came, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderInfo {
  /** NTP time: seconds since 1900 and their fraction. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export type RtcpPacket =
  | {
      readonly type: 'sender-report';
      readonly ssrc: number;
      readonly sender: SenderInfo;
      readonly reports: readonly ReportBlock[];
    }
  | { readonly type: 'receiver-report'; readonly ssrc: number; readonly reports: readonly ReportBlock[] }
  | { readonly type: 'source-description'; readonly ssrc: number; readonly cname: string }
  | { readonly type: 'bye'; readonly ssrcs: readonly number[] };

const SR = 200;
const RR = 201;
const SDES = 202;
const BYE = 203;
const CNAME = 1;
const BLOCK_BYTES = 24;
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** Unix milliseconds as NTP time (RFC 3550 section 4). */
export function ntpTime(unixMs: number): { readonly ntpSeconds: number; readonly ntpFraction: number } {
  const whole = Math.floor(unixMs / 1000);
  return {
    ntpSeconds: (whole + NTP_EPOCH_SECONDS) >>> 0,
    ntpFraction: Math.floor((unixMs / 1000 - whole) * 2 ** 32) >>> 0,
  };
}

/** The middle 32 bits, as `lastSenderReport` quotes them. */
export const compactNtp = ({
  ntpSeconds,
  ntpFraction,
}: {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
}): number => ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;

/** A compound packet of these, in this order; the first ought to be a report (section 6.1). At most 31 report blocks each. */
export function formatRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const parts = packets.map(formatOne);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function formatOne(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case 'sender-report': {
      const view = framed(SR, packet.reports.length, 24 + BLOCK_BYTES * packet.reports.length);
      const { sender } = packet;
      view.setUint32(4, packet.ssrc);
      view.setUint32(8, sender.ntpSeconds);
      view.setUint32(12, sender.ntpFraction);
      view.setUint32(16, sender.rtpTimestamp);
      view.setUint32(20, sender.packets);
      view.setUint32(24, sender.octets);
      writeBlocks(view, 28, packet.reports);
      return bytesOf(view);
    }
    case 'receiver-report': {
      const view = framed(RR, packet.reports.length, 4 + BLOCK_BYTES * packet.reports.length);
      view.setUint32(4, packet.ssrc);
      writeBlocks(view, 8, packet.reports);
      return bytesOf(view);
    }
    case 'source-description': {
      const cname = new TextEncoder().encode(packet.cname).subarray(0, 255);
      // SSRC, item header, text, at least one null octet, to a multiple of four
      const view = framed(SDES, 1, 4 + Math.ceil((2 + cname.length + 1) / 4) * 4);
      view.setUint32(4, packet.ssrc);
      view.setUint8(8, CNAME);
      view.setUint8(9, cname.length);
      bytesOf(view).set(cname, 10);
      return bytesOf(view);
    }
    case 'bye': {
      const view = framed(BYE, packet.ssrcs.length, 4 * packet.ssrcs.length);
      for (const [i, ssrc] of packet.ssrcs.entries()) view.setUint32(4 + 4 * i, ssrc);
      return bytesOf(view);
    }
  }
}

function framed(type: number, count: number, bodyBytes: number): DataView {
  const view = new DataView(new ArrayBuffer(4 + bodyBytes));
  view.setUint8(0, 0x80 | count);
  view.setUint8(1, type);
  view.setUint16(2, bodyBytes / 4);
  return view;
}

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function writeBlocks(view: DataView, offset: number, reports: readonly ReportBlock[]): void {
  for (const [i, block] of reports.entries()) {
    const start = offset + BLOCK_BYTES * i;
    view.setUint32(start, block.ssrc);
    view.setUint32(start + 4, ((block.fractionLost & 0xff) << 24) | (block.cumulativeLost & 0xffffff));
    view.setUint32(start + 8, block.extendedHighestSequence);
    view.setUint32(start + 12, block.jitter);
    view.setUint32(start + 16, block.lastSenderReport);
    view.setUint32(start + 20, block.delaySinceLastSenderReport);
  }
}

/**
 * Reads a compound packet, checked as RFC 3550 A.2 says. Packet types that we don't know are stepped over.
 *
 * @returns what it held, or undefined when it is not RTCP or its lengths don't fit
 */
export function parseRtcp(bytes: Uint8Array): readonly RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) return undefined;
    const header = new DataView(bytes.buffer, bytes.byteOffset + at);
    const first = header.getUint8(0);
    const length = 4 + 4 * header.getUint16(2);
    if (first >> 6 !== 2 || at + length > bytes.length) return undefined;
    let end = length;
    if ((first & 0x20) !== 0) {
      // padding only on the last of the compound
      const padding = header.getUint8(length - 1);
      if (at + length !== bytes.length || padding === 0 || padding > length - 4) return undefined;
      end -= padding;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, end);
    const parsed = parseOne(header.getUint8(1), first & 0x1f, view);
    if (parsed === 'malformed') return undefined;
    if (parsed !== undefined) packets.push(parsed);
    at += length;
  }
  return at === 0 ? undefined : packets;
}

function parseOne(type: number, count: number, view: DataView): RtcpPacket | 'malformed' | undefined {
  const size = view.byteLength;
  switch (type) {
    case SR:
      if (size < 28 + BLOCK_BYTES * count) return 'malformed';
      return {
        type: 'sender-report',
        ssrc: view.getUint32(4),
        sender: {
          ntpSeconds: view.getUint32(8),
          ntpFraction: view.getUint32(12),
          rtpTimestamp: view.getUint32(16),
          packets: view.getUint32(20),
          octets: view.getUint32(24),
        },
        reports: readBlocks(view, 28, count),
      };
    case RR:
      if (size < 8 + BLOCK_BYTES * count) return 'malformed';
      return { type: 'receiver-report', ssrc: view.getUint32(4), reports: readBlocks(view, 8, count) };
    case SDES:
      return count === 0 ? undefined : readSourceDescription(view);
    case BYE:
      if (size < 4 + 4 * count) return 'malformed';
      return { type: 'bye', ssrcs: Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i)) };
    default:
      return undefined;
  }
}

/** Of the first chunk; more than one comes from mixers alone. */
function readSourceDescription(view: DataView): RtcpPacket | 'malformed' | undefined {
  if (view.byteLength < 8) return 'malformed';
  const ssrc = view.getUint32(4);
  for (let at = 8; at < view.byteLength && view.getUint8(at) !== 0; ) {
    if (at + 2 > view.byteLength) return 'malformed';
    const length = view.getUint8(at + 1);
    if (at + 2 + length > view.byteLength) return 'malformed';
    if (view.getUint8(at) === CNAME) {
      const text = new Uint8Array(view.buffer, view.byteOffset + at + 2, length);
      return { type: 'source-description', ssrc, cname: new TextDecoder().decode(text) };
    }
    at += 2 + length;
  }
  return undefined;
}

function readBlocks(view: DataView, offset: number, count: number): ReportBlock[] {
  return Array.from({ length: count }, (_, i) => {
    const start = offset + BLOCK_BYTES * i;
    return {
      ssrc: view.getUint32(start),
      fractionLost: view.getUint8(start + 4),
      cumulativeLost: (view.getInt32(start + 4) << 8) >> 8,
      extendedHighestSequence: view.getUint32(start + 8),
      jitter: view.getUint32(start + 12),
      lastSenderReport: view.getUint32(start + 16),
      delaySinceLastSenderReport: view.getUint32(start + 20),
    };
  });
}
