import type { Admission } from '../domain/admission.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import type { MediaServer, MediaStatistics } from '../media/media-server.ts';
import type { Signalling } from '../signalling/signalling.ts';
import type { LadderQuery } from '../sip-server/ladders.ts';
import { gaugesOf, type Part } from './part.ts';

/* The two halves of a front end, as it is composed of them. */

/** Where callers reach us by UDP, and by TLS where that is on. */
export interface SipPlace {
  readonly host: string;
  readonly port: number;
  readonly tlsPort?: number;
}

/** The SIP messages of a call under way. */
export type ReadLadder = (query: LadderQuery) => Promise<SipLadder>;

export interface Line {
  readonly signalling: Signalling;
  readonly sip: SipPlace;
  /** Once refused, new calls are answered 503 and Retry-After; calls that are up go on. */
  setAdmission(admission: Admission): void;
  readonly part: Part;
}

export interface Media {
  readonly media: MediaServer;
  /** A browser may call soon. Undefined: none can. */
  readonly warmWebrtc?: () => void;
  readonly part: Part;
}

const SIP_GAUGES = {
  sip_dialogs: 'SIP dialogs, including those being set up',
  sip_transactions: 'SIP transactions, including those that only wait for retransmissions',
  sip_messages_malformed: 'SIP messages refused or dropped since the start',
  sip_retransmissions: 'SIP retransmissions since the start',
  sip_servers_up: 'SIP servers that calls can currently come from',
  sip_calls_refused: 'Calls not accepted since the start, by reason',
  sip_calls_orphaned: 'Calls found at a drachtio-server that no node owned any longer, since the start',
} as const;

const MEDIA_GAUGES = {
  media_endpoints: 'Legs with media',
  media_ports_free: 'Free RTP ports',
  rtp_packets_sent: 'RTP packets sent since the start',
  rtp_packets_dropped: 'Packets refused or unreadable since the start',
  playout_lateness_p99_seconds: 'p99 lateness of the playout tick since the last reading',
  media_servers_up: 'Media servers that currently accept legs',
  media_forks_reattached: 'Audio forks of FreeSWITCH that broke during a call and were reconnected',
  media_channels_orphaned: 'Channels found at FreeSWITCH that no node owned any longer, since the start',
} as const;

type SipReading = Readonly<Record<Exclude<keyof typeof SIP_GAUGES, 'sip_calls_refused'>, number>> & {
  readonly sip_calls_refused: Readonly<Record<string, number>>;
};

export const sipGauges = (read: () => SipReading | Promise<SipReading>) => gaugesOf(SIP_GAUGES, read);

interface MediaReading {
  readonly media: MediaStatistics;
  readonly serversUp: number;
  readonly forksReattached: number;
  readonly channelsOrphaned: number;
}

export const mediaGauges = (read: () => Promise<MediaReading>) =>
  gaugesOf(MEDIA_GAUGES, async () => {
    const { media, serversUp, forksReattached, channelsOrphaned } = await read();
    return {
      media_endpoints: media.endpoints,
      media_ports_free: media.portsFree,
      rtp_packets_sent: media.packetsSent,
      rtp_packets_dropped: media.packetsDropped,
      playout_lateness_p99_seconds: media.latenessP99Ms / 1000,
      media_servers_up: serversUp,
      media_forks_reattached: forksReattached,
      media_channels_orphaned: channelsOrphaned,
    };
  });
