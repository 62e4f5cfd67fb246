/** What a port has counted. */
export interface PortCounts {
  readonly received: number;
  readonly sent: number;
  readonly digitPackets: number;
}

/** The variables of uuid_set_media_stats, in the order of captures main and H2; a perfect network. */
export const mediaStatistics = ({ received, sent, digitPackets }: PortCounts): Readonly<Record<string, string>> => ({
  rtp_audio_in_raw_bytes: String(received * 172),
  rtp_audio_in_media_bytes: String((received - digitPackets) * 172),
  rtp_audio_in_packet_count: String(received),
  rtp_audio_in_media_packet_count: String(received - digitPackets),
  rtp_audio_in_skip_packet_count: '0',
  rtp_audio_in_jitter_packet_count: '0',
  rtp_audio_in_dtmf_packet_count: String(digitPackets),
  rtp_audio_in_cng_packet_count: '0',
  rtp_audio_in_flush_packet_count: '0',
  rtp_audio_in_largest_jb_size: '0',
  rtp_audio_in_jitter_min_variance: '0.00',
  rtp_audio_in_jitter_max_variance: '0.00',
  rtp_audio_in_jitter_loss_rate: '0.00',
  rtp_audio_in_jitter_burst_rate: '0.00',
  rtp_audio_in_mean_interval: '20.00',
  rtp_audio_in_flaw_total: '0',
  rtp_audio_in_quality_percentage: '100.00',
  rtp_audio_in_mos: '4.50',
  rtp_audio_out_raw_bytes: String(sent * 172),
  rtp_audio_out_media_bytes: String(sent * 172),
  rtp_audio_out_packet_count: String(sent),
  rtp_audio_out_media_packet_count: String(sent),
  rtp_audio_out_skip_packet_count: '0',
  rtp_audio_out_dtmf_packet_count: '0',
  rtp_audio_out_cng_packet_count: '0',
  rtp_audio_rtcp_packet_count: '0',
  rtp_audio_rtcp_octet_count: '0',
});
