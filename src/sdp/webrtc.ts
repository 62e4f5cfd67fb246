import { noCommonCodec } from './far-audio.ts';
import {
  type Attribute,
  attributeOf,
  formatSdp,
  isDirection,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
} from './session.ts';

/*
 * Session descriptions of browsers (RFC 8829): audio by ICE (RFC 8839) and DTLS-SRTP (RFC 5763), RTP and RTCP on one port.
 * A gateway ends all of that, so each is translated: theirs into plain RTP that comes from the gateway, ours into what the
 * browser is told.
 */

/** Who is active in the DTLS handshake (RFC 8842 section 5). */
export type DtlsSetup = 'actpass' | 'active' | 'passive';

/** Of one audio stream: what the other side needs to reach it, and to know it. */
export interface WebrtcTransport {
  readonly ufrag: string;
  readonly password: string;
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
  readonly setup: DtlsSetup;
  /** Values of a=candidate that name an IP address. */
  readonly candidates: readonly string[];
}

export interface WebrtcAudio extends WebrtcTransport {
  readonly session: SessionDescription;
  /** Which m= line. */
  readonly index: number;
  readonly mid: string;
}

const DTLS_SRTP: ReadonlySet<string> = new Set(['UDP/TLS/RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'RTP/SAVPF']);
const PROTOCOL = 'UDP/TLS/RTP/SAVPF';
const MOST_CANDIDATES = 32;
const ICE_CHARACTERS = /^[A-Za-z0-9+/]{4,256}$/;
const FINGERPRINT = /^sha-(?:256|384|512) (?:[0-9A-F]{2}:){31,63}[0-9A-F]{2}$/i;
const MID = /^[\w.+-]{1,32}$/;
/** By UDP, with a number for an address: names such as `….local` (mDNS) mean nothing to us, those come as checks. */
const CANDIDATE = /^(\S{1,32} \d{1,5} udp \d{1,10}) ([\da-f.:]{2,45}) (\d{1,5} typ (?:host|srflx|prflx|relay))(?: |$)/i;
/** What of a stream's attributes concerns the audio and not its transport. */
const OF_AUDIO: ReadonlySet<string> = new Set(['rtpmap', 'fmtp', 'ptime', 'maxptime']);

const inherited = (session: SessionDescription, { attributes }: MediaDescription, name: string): string =>
  attributeOf(attributes, name) ?? attributeOf(session.attributes, name) ?? '';

const isWebrtcAudio = (session: SessionDescription, media: MediaDescription): boolean =>
  media.kind === 'audio' &&
  media.port > 0 &&
  DTLS_SRTP.has(media.protocol) &&
  inherited(session, media, 'ice-ufrag') !== '' &&
  inherited(session, media, 'fingerprint') !== '';

/** Whether a description is of a browser, or of whoever talks like one. Never throws. */
export function isWebrtc(text: string): boolean {
  try {
    const session = parseSdp(text);
    return session.media.some((media) => isWebrtcAudio(session, media));
  } catch {
    return false;
  }
}

/** The audio of a browser's description. @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC */
export function readWebrtc(text: string): WebrtcAudio {
  const session = parseSdp(text);
  const index = session.media.findIndex((media) => isWebrtcAudio(session, media));
  const media = session.media[index];
  if (media === undefined) throw noCommonCodec('no audio by DTLS-SRTP and ICE');
  const of = (name: string): string => inherited(session, media, name);
  const [ufrag, password, fingerprint] = [of('ice-ufrag'), of('ice-pwd'), of('fingerprint')];
  if (attributeOf(media.attributes, 'rtcp-mux') === undefined) throw noCommonCodec('RTP and RTCP on separate ports');
  if (!ICE_CHARACTERS.test(ufrag) || !ICE_CHARACTERS.test(password)) throw noCommonCodec('unreadable ICE credentials');
  if (!FINGERPRINT.test(fingerprint)) throw noCommonCodec('no fingerprint by SHA-256 or better');
  const setup = of('setup').toLowerCase();
  const mid = of('mid');
  return {
    session,
    index,
    mid: MID.test(mid) ? mid : 'audio',
    ufrag,
    password,
    fingerprint,
    setup: setup === 'active' || setup === 'passive' ? setup : 'actpass',
    candidates: candidatesOf(media.attributes),
  };
}

const candidatesOf = (attributes: readonly Attribute[]): readonly string[] =>
  attributes
    .flatMap(({ name, value = '' }) => (name === 'candidate' && CANDIDATE.test(value) ? [value] : []))
    .slice(0, MOST_CANDIDATES);

/** What makes a connection the one that it is (RFC 8839 section 5, RFC 8122 section 5). */
const connection = (
  { ufrag, password, fingerprint, setup }: WebrtcTransport,
  candidates: readonly string[],
): readonly Attribute[] => [
  { name: 'ice-ufrag', value: ufrag },
  { name: 'ice-pwd', value: password },
  { name: 'fingerprint', value: fingerprint },
  { name: 'setup', value: setup },
  ...candidates.map((value) => ({ name: 'candidate', value })),
];

/** What the gateway's library is to know of a browser, and nothing else of its text. */
export const transportText = (audio: WebrtcAudio): string =>
  formatSdp({
    origin: { username: '-', sessionId: '1', version: '1', host: '127.0.0.1' },
    attributes: [{ name: 'group', value: `BUNDLE ${audio.mid}` }],
    media: [
      {
        kind: 'audio',
        port: 9,
        protocol: PROTOCOL,
        formats: ['0'],
        host: '0.0.0.0',
        attributes: [
          { name: 'mid', value: audio.mid },
          { name: 'sendrecv' },
          { name: 'rtcp-mux' },
          { name: 'rtpmap', value: '0 PCMU/8000' },
          // an extension of a candidate is of no use to us
          ...connection(
            audio,
            audio.candidates.map((each) => CANDIDATE.exec(each)?.slice(1).join(' ') ?? ''),
          ),
        ],
      },
    ],
  });

/** The same description as plain RTP that comes from the gateway, RTCP on the same port. */
export const plainText = (
  { session, index }: WebrtcAudio,
  gateway: { readonly host: string; readonly port: number },
): string =>
  formatSdp({
    ...session,
    host: gateway.host,
    attributes: session.attributes.filter(({ name }) => isDirection(name)),
    media: session.media.map(
      (media, n): MediaDescription =>
        n === index
          ? {
              ...media,
              host: gateway.host,
              port: gateway.port,
              protocol: 'RTP/AVP',
              attributes: [
                ...media.attributes.filter(({ name }) => OF_AUDIO.has(name) || isDirection(name)),
                { name: 'rtcp', value: String(gateway.port) },
              ],
            }
          : { ...media, port: 0, attributes: [] },
    ),
  });

/**
 * Our own description, made for plain RTP, as a browser is told it.
 *
 * @param theirs - the browser's offer, where ours is the answer
 * @param advertise - address that the browser is to send to, where it sees another one than ours (NAT)
 */
export function webrtcText(
  plain: string,
  transport: WebrtcTransport & { readonly mid: string },
  { theirs, advertise }: { readonly theirs?: WebrtcAudio | undefined; readonly advertise?: string | undefined },
): string {
  const session = parseSdp(plain);
  const { mid } = transport;
  const candidates = transport.candidates.map((each) => (advertise === undefined ? each : advertised(each, advertise)));
  const [, , host = '0.0.0.0', rest = '9'] = CANDIDATE.exec(candidates[0] ?? '') ?? [];
  const media = session.media.map((each, n): MediaDescription => {
    const theirMid = attributeOf(theirs?.session.media[n]?.attributes ?? [], 'mid') ?? '';
    if (each.kind !== 'audio' || each.port === 0)
      return MID.test(theirMid) ? { ...each, attributes: [{ name: 'mid', value: theirMid }] } : each;
    return {
      ...each,
      port: Number.parseInt(rest, 10),
      protocol: PROTOCOL,
      host,
      attributes: [
        ...each.attributes.filter(({ name }) => name !== 'rtcp'),
        { name: 'mid', value: mid },
        { name: 'rtcp-mux' },
        { name: 'msid', value: 'tellerline audio' },
        ...connection(transport, candidates),
        { name: 'end-of-candidates' },
      ],
    };
  });
  return formatSdp({ ...session, attributes: [{ name: 'group', value: `BUNDLE ${mid}` }], media });
}

const advertised = (candidate: string, address: string): string =>
  / typ host(?: |$)/.test(candidate) ? candidate.replace(CANDIDATE, `$1 ${address} $3`) : candidate;
