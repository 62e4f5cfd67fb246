import { compactNtp, formatRtcp, ntpTime, parseRtcp, type ReportBlock, type RtcpPacket } from '../../rtp/rtcp.ts';
import type { RtpSender } from './rtp-sender.ts';

/** A compound packet: a sender or receiver report, our CNAME, and at the end BYE (RFC 3550 section 6). */
export function ourReport(
  sender: RtpSender,
  sent: boolean,
  block: ReportBlock | undefined,
  cname: string,
  wallMs: number,
  bye: boolean,
): Uint8Array {
  const reports = block === undefined ? [] : [block];
  const { ssrc, packets, octets, timestamp } = sender;
  const report: RtcpPacket = sent
    ? {
        type: 'sender-report',
        ssrc,
        sender: { ...ntpTime(wallMs), rtpTimestamp: timestamp, packets: packets >>> 0, octets: octets >>> 0 },
        reports,
      }
    : { type: 'receiver-report', ssrc, reports };
  return formatRtcp([
    report,
    { type: 'source-description', ssrc, cname },
    ...(bye ? [{ type: 'bye', ssrcs: [ssrc] } as const] : []),
  ]);
}

export interface FarReports {
  readonly onSenderReport: (ssrc: number, compact: number) => void;
  readonly onReportBlock: (block: ReportBlock) => void;
}

/** Tells of each sender report and report block in a datagram of the far end. False: it was not RTCP. */
export function takeReports(bytes: Uint8Array, { onSenderReport, onReportBlock }: FarReports): boolean {
  const packets = parseRtcp(bytes);
  if (packets === undefined) return false;
  for (const packet of packets) {
    if (packet.type === 'sender-report') onSenderReport(packet.ssrc, compactNtp(packet.sender));
    if (packet.type === 'sender-report' || packet.type === 'receiver-report')
      for (const block of packet.reports) onReportBlock(block);
  }
  return true;
}
