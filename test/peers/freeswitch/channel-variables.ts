import type { G711Codec } from '../../../src/audio/g711.ts';

/** What is known of a channel when its application is told of it. */
export interface ChannelOrigin {
  readonly uuid: string;
  readonly sessionId: number;
  readonly name: string;
  readonly callId: string;
  /** Of From; '' without one. */
  readonly fromUser: string;
  readonly fromTag: string;
  readonly toTag: string;
  readonly cseq: string;
  readonly via: string;
  readonly userAgent: string;
  readonly eslOutbound: string;
  /** Other X- headers of the INVITE. */
  readonly extraHeaders: ReadonlyMap<string, string>;
  /** Of From; undefined: it had none, as in every capture. */
  readonly caller: { readonly user: string; readonly display: string | undefined } | undefined;
  readonly from: { readonly host: string; readonly port: number };
  readonly sip: { readonly host: string; readonly port: number };
  readonly createdMicros: number;
  readonly codec: G711Codec;
  readonly telephoneEvent: number | undefined;
  readonly localSdp: string;
  readonly remoteSdp: string;
  readonly remoteDirection: string;
  readonly localPort: number;
  readonly remote: { readonly host: string; readonly port: number };
  readonly ssrc: number;
  /** The far end's description came with the ACK: an INVITE without one (capture bridge, second leg). */
  readonly late: boolean;
}

const fullFromOf = ({ caller, from, fromTag }: ChannelOrigin): string =>
  `<sip:${caller === undefined ? '' : `${caller.user}@`}${from.host}:${from.port}>;tag=${fromTag}`;

/** The channel's variables, names and order as in the CHANNEL_DATA of captures main (with SDP) and bridge (without). */
export function channelVariables(origin: ChannelOrigin): Map<string, string> {
  const set = new Map<string, string>();
  const put: Put = (entries) => {
    for (const [name, value] of Object.entries(entries)) set.set(name, String(value));
  };
  putSignalling(origin, put);
  putMedia(origin, put);
  return set;
}

type Put = (entries: Readonly<Record<string, string | number>>) => void;

function putSignalling(origin: ChannelOrigin, put: Put): void {
  const { sip, from, late } = origin;
  const user = origin.caller?.user ?? 'nobody';
  const nobody = `${user}@${from.host}:${from.port}`;
  const fullFrom = fullFromOf(origin);
  const drachtio = `drachtio@${sip.host}:${sip.port}`;
  put({
    direction: 'inbound',
    uuid: origin.uuid,
    session_id: origin.sessionId,
    sip_from_user: origin.fromUser === '' ? 'nobody' : origin.fromUser,
    sip_from_port: from.port,
    sip_from_uri: nobody,
    sip_from_host: from.host,
    video_media_flow: 'disabled',
    text_media_flow: 'disabled',
    channel_name: origin.name,
  });
  if (!late) put({ sip_call_id: origin.callId });
  put({
    sip_local_network_addr: sip.host,
    sip_network_ip: from.host,
    sip_network_port: from.port,
    sip_invite_stamp: origin.createdMicros,
    sip_received_ip: from.host,
    sip_received_port: from.port,
    sip_via_protocol: 'udp',
  });
  if (!late) put({ sip_from_tag: origin.fromTag });
  put({
    sofia_profile_name: 'drachtio_mrf',
    sofia_profile_url: `sip:mod_sofia@${sip.host}:${sip.port}`,
    recovery_profile_name: 'drachtio_mrf',
  });
  if (!late)
    put({
      sip_full_via: origin.via,
      sip_full_from: fullFrom,
      sip_full_to: `<sip:${drachtio}>`,
    });
  put({
    sip_req_user: 'drachtio',
    sip_req_port: sip.port,
    sip_req_uri: drachtio,
    sip_req_host: sip.host,
    sip_to_user: 'drachtio',
    sip_to_port: sip.port,
    sip_to_uri: drachtio,
    sip_to_host: sip.host,
    sip_contact_user: user,
    sip_contact_port: from.port,
    sip_contact_uri: nobody,
    sip_contact_host: from.host,
    sip_user_agent: origin.userAgent,
    sip_via_host: from.host,
    sip_via_port: from.port,
    sip_via_rport: from.port,
    max_forwards: 70,
    // mod_sofia takes every X- header over
    ...Object.fromEntries([...origin.extraHeaders].map(([name, value]) => [`sip_h_${name}`, value])),
    'sip_h_X-esl-outbound': origin.eslOutbound,
  });
}

function putMedia(origin: ChannelOrigin, put: Put): void {
  const { late, codec } = origin;
  const id = /^drachtio-fsmrf:(.+)$/.exec(origin.userAgent)?.[1] ?? '';
  const matched = { DP_MATCH: `ARRAY::drachtio-fsmrf:${id}|:${id}`, call_uuid: origin.uuid };
  const codecs = (late ? ['PCMU', 'PCMA'] : [codec])
    .map((each) => `CORE_PCM_MODULE.${each}@8000h@20i@64000b`)
    .join(',');
  if (late)
    put({
      rtp_local_sdp_str: origin.localSdp,
      sip_reinvite_sdp: origin.remoteSdp,
      ...dialogVariables(origin),
      switch_r_sdp: origin.remoteSdp,
      ep_codec_string: codecs,
    });
  else put({ switch_r_sdp: origin.remoteSdp, ep_codec_string: codecs, ...matched });
  put({
    rtp_use_codec_string: 'PCMU,PCMA',
    remote_video_media_flow: 'inactive',
    remote_text_media_flow: 'inactive',
    remote_audio_media_flow: origin.remoteDirection,
  });
  if (late)
    put({
      media_audio_mode: 'sendonly',
      media_timeout_audio: 0,
      media_hold_timeout_audio: 0,
      rtp_timeout_sec: 0,
      rtp_hold_timeout_sec: 0,
    });
  put({
    audio_media_flow: late ? 'recvonly' : 'sendrecv',
    rtp_audio_recv_pt: codec === 'PCMU' ? 0 : 8,
    rtp_use_codec_name: codec,
    rtp_use_codec_rate: 8000,
    rtp_use_codec_ptime: 20,
    rtp_use_codec_channels: 1,
    rtp_last_audio_codec_string: `${codec}@8000h@20i@1c`,
    read_codec: codec,
    original_read_codec: codec,
    read_rate: 8000,
    original_read_rate: 8000,
    write_codec: codec,
    write_rate: 8000,
    dtmf_type: 'rfc2833',
    local_media_ip: '127.0.0.1',
    local_media_port: origin.localPort,
    advertised_media_ip: '127.0.0.1',
    rtp_use_timer_name: 'soft',
    rtp_use_pt: codec === 'PCMU' ? 0 : 8,
    rtp_use_ssrc: origin.ssrc,
  });
  if (origin.telephoneEvent !== undefined)
    put({ rtp_2833_send_payload: origin.telephoneEvent, rtp_2833_recv_payload: origin.telephoneEvent });
  put({ remote_media_ip: origin.remote.host, remote_media_port: origin.remote.port });
  if (!late) put({ rtp_local_sdp_str: origin.localSdp });
  put({ endpoint_disposition: 'ANSWER' });
  if (late) put(matched);
  put({
    send_silence_when_idle: -1,
    hangup_after_bridge: 'false',
    park_after_bridge: 'true',
    playback_terminators: 'none',
    current_application_data: `${origin.eslOutbound} async full`,
    current_application: 'socket',
    socket_host: origin.eslOutbound.replace(/:\d+$/, ''),
  });
}

/** With the ACK of an INVITE that had an SDP these come, after the application was told (capture main, first event). */
export const dialogVariables = (origin: ChannelOrigin): Readonly<Record<string, string>> => ({
  sip_to_tag: origin.toTag,
  sip_from_tag: origin.fromTag,
  sip_cseq: origin.cseq,
  sip_call_id: origin.callId,
  sip_full_via: origin.via,
  sip_full_from: fullFromOf(origin),
  sip_full_to: `<sip:drachtio@${origin.sip.host}:${origin.sip.port}>;tag=${origin.toTag}`,
});
