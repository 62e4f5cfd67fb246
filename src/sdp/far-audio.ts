import { CODEC_NAMES, type CodecName, encodingOf, formatOf, isStatic } from '../domain/codec.ts';
import { IvrError } from '../domain/error.ts';
import type { SrtpKey, SrtpPolicy } from '../domain/srtp.ts';
import { type RtpClockHz, TELEPHONE_RATE } from '../domain/units.ts';
import { chosenOf, cryptoAttributes, type OwnKeys } from './crypto-attribute.ts';
import { attributeOf, type Direction, directionOf, type MediaDescription, type SessionDescription } from './session.ts';

export interface RemoteAddress {
  readonly host: string;
  readonly port: number;
  /** Of a=rtcp (RFC 3605), otherwise the port above. */
  readonly rtcpHost: string;
  readonly rtcpPort: number;
}

/** What we do about SRTP in a description. */
export interface LocalSrtp {
  readonly policy: SrtpPolicy;
  /** Ours, one for each suite, the most wanted first. */
  readonly keys: OwnKeys;
  /** Descriptions travel in the clear (SIP without TLS): no key is taken from them, and none is put there. */
  readonly exposed?: boolean;
}

export const NO_SRTP: LocalSrtp = { policy: 'off', keys: [] };

/** Agreed keys. */
export interface AgreedSrtp {
  /** Of the a=crypto line. */
  readonly tag: number;
  readonly ours: SrtpKey;
  readonly theirs: SrtpKey;
}

/** One audio stream as the far end describes it. */
export interface FarAudio {
  /** Which m= line. */
  readonly index: number;
  readonly codec: CodecName;
  readonly payloadType: number;
  /** What its a=fmtp says. */
  readonly codecParameters: string | undefined;
  readonly telephoneEvent: number | undefined;
  /** Of the events. */
  readonly eventClockRate: RtpClockHz;
  /** Payload types of the stream that are not events, whether we speak them or not. */
  readonly otherTypes: readonly number[];
  readonly ptime: number;
  /** The longest packet that they take, ms; undefined: any. */
  readonly maxptime: number | undefined;
  readonly remote: RemoteAddress;
  /** What *they* want to do. */
  readonly direction: Direction;
  /** Undefined: plain RTP. */
  readonly srtp: AgreedSrtp | undefined;
}

/** Why a stream cannot be used, as operators and far ends (`Warning`, see domain/sip-warning.ts) are told. */
export const UNUSABLE = {
  kind: 'no audio',
  refused: 'audio refused',
  transport: 'audio is not plain RTP',
  unsuited: 'SRTP with none of our suites (a=crypto)',
  exposed: 'SRTP whose keys came over SIP without TLS',
  unencrypted: 'audio without SRTP, which this line requires',
  address: 'no address',
  family: { IP4: 'an IPv6 address, this line has IPv4', IP6: 'an IPv4 address, this line has IPv6' },
} as const;

/** @param because - one of UNUSABLE, or what else is wrong with the stream */
export const noCommonCodec = (because: string, cause?: unknown): IvrError =>
  new IvrError('NO_COMMON_CODEC', `no acceptable audio stream: ${because}`, { because }, cause);

type Unusable =
  | Exclude<(typeof UNUSABLE)[keyof typeof UNUSABLE], object>
  | (typeof UNUSABLE.family)['IP4' | 'IP6']
  | ReturnType<typeof withoutCodec>;

/** `neither PCMU nor PCMA` */
const withoutCodec = (codecs: readonly CodecName[]): `${'neither' | 'none of' | 'no'} ${string}` =>
  codecs.length === 1
    ? `no ${codecs[0]}`
    : codecs.length === 2
      ? `neither ${codecs.join(' nor ')}`
      : `none of ${codecs.join(', ')}`;

const OTHER = { IP4: 'IP6', IP6: 'IP4' } as const;
/** Of an address; a name's is not known before it is looked up. */
export const familyOf = (host: string): 'IP4' | 'IP6' | undefined =>
  host.includes(':') ? 'IP6' : /^[\d.]+$/.test(host) ? 'IP4' : undefined;

/** Payload types that need no rtpmap (RFC 3551 section 6). */
const STATIC = new Map<number, CodecName>(
  CODEC_NAMES.filter(isStatic).map((name) => [formatOf(name).payloadType, name]),
);
/** ICE candidates, fingerprints and the feedback of AVPF are beside the point: plain RTP works without them. */
const PLAIN_RTP: ReadonlySet<string> = new Set(['RTP/AVP', 'RTP/AVPF']);
const SECURE_RTP: ReadonlySet<string> = new Set(['RTP/SAVP', 'RTP/SAVPF']);
const DEFAULT_PTIME_MS = 20;

export interface OurAudio {
  /** Those that we speak, in our order. */
  readonly codecs: readonly CodecName[];
  /** Whose order decides when several fit. */
  readonly preference: 'ours' | 'theirs';
  /** Of our own address; undefined when that is not known. */
  readonly family?: 'IP4' | 'IP6' | undefined;
  /** Default: none. */
  readonly srtp?: LocalSrtp | undefined;
}

/**
 * Reads the m= line of that index.
 *
 * @returns the stream, or why it cannot be used
 */
export function farAudio(
  session: SessionDescription,
  index: number,
  { codecs, preference, family, srtp: ourSrtp = NO_SRTP }: OurAudio,
): FarAudio | Unusable {
  const media = session.media[index];
  if (media === undefined || media.kind !== 'audio') return UNUSABLE.kind;
  if (media.port === 0) return UNUSABLE.refused;
  const srtp = srtpOf(media, ourSrtp);
  if (typeof srtp === 'string') return srtp;
  const host = media.host ?? session.host;
  if (host === undefined) return UNUSABLE.address;
  if (family !== undefined && !isNowhere(host) && familyOf(host) === OTHER[family]) return UNUSABLE.family[family];
  const types = payloadTypes(media);
  const speakable = types.flatMap(({ payloadType, encoding }) => {
    const codec = codecs.find((each) => encodingOf(each).toUpperCase() === encoding);
    return codec === undefined ? [] : [{ payloadType, codec }];
  });
  const wanted =
    preference === 'theirs'
      ? speakable[0]?.codec
      : codecs.find((each) => speakable.some(({ codec }) => codec === each));
  const chosen = speakable.find(({ codec }) => codec === wanted);
  if (chosen === undefined) return withoutCodec(codecs);
  const { codec } = chosen;
  const stated = directionOf(media.attributes) ?? directionOf(session.attributes) ?? 'sendrecv';
  return {
    index,
    codec,
    payloadType: chosen.payloadType,
    codecParameters: parametersOf(media, chosen.payloadType),
    ...eventsOf(types, formatOf(codec).clockRate),
    otherTypes: otherTypes(media, types),
    ptime: ptimeOf(media),
    maxptime: milliseconds(attributeOf(media.attributes, 'maxptime')),
    remote: { host, port: media.port, ...rtcpOf(media, host) },
    direction: isNowhere(host) ? withoutReceiving(stated) : stated,
    srtp,
  };
}

/** With RTP/AVP keys are welcome as well: many offer them so, to be answered with or without (RFC 8643). */
function srtpOf(
  media: MediaDescription,
  { policy, keys, exposed = false }: LocalSrtp,
): AgreedSrtp | Unusable | undefined {
  const secure = SECURE_RTP.has(media.protocol);
  if (!secure && !PLAIN_RTP.has(media.protocol)) return UNUSABLE.transport;
  const offered = policy === 'off' ? [] : cryptoAttributes(media.attributes);
  if (secure && policy === 'off') return UNUSABLE.transport;
  if (exposed && (secure || (offered.length > 0 && policy === 'required'))) return UNUSABLE.exposed;
  const chosen = exposed ? undefined : chosenOf(offered, keys);
  if (chosen !== undefined) return chosen;
  if (secure) return UNUSABLE.unsuited;
  return policy === 'required' ? UNUSABLE.unencrypted : undefined;
}

const EVENT = 'TELEPHONE-EVENT';

/** By rights events have the clock of the audio (RFC 4733 section 2.1); many who speak Opus have them at the telephone's alone. */
function eventsOf(
  types: readonly PayloadType[],
  clockRate: RtpClockHz,
): Pick<FarAudio, 'telephoneEvent' | 'eventClockRate'> {
  for (const eventClockRate of new Set<RtpClockHz>([clockRate, TELEPHONE_RATE])) {
    const found = types.find(({ encoding }) => encoding === `${EVENT}/${eventClockRate}`);
    if (found !== undefined) return { telephoneEvent: found.payloadType, eventClockRate };
  }
  return { telephoneEvent: undefined, eventClockRate: clockRate };
}

interface PayloadType {
  readonly payloadType: number;
  /** Name, clock and, where there are several, channels, in upper case: `PCMU/8000`. */
  readonly encoding: string;
}

/** In the order of the m= line, each with its rtpmap or its static meaning. */
function payloadTypes(media: MediaDescription): PayloadType[] {
  const maps = new Map<number, PayloadType>();
  for (const { name, value } of media.attributes) {
    if (name !== 'rtpmap' || value === undefined) continue;
    const match = /^(\d{1,3})\s+([^/\s]+)\/(\d{1,7})(?:\/(\d{1,3}))?$/.exec(value);
    if (match === null) continue;
    const payloadType = Number(match[1]);
    const channels = Number(match[4] ?? 1);
    const encoding = `${(match[2] ?? '').toUpperCase()}/${Number(match[3])}`;
    maps.set(payloadType, { payloadType, encoding: channels === 1 ? encoding : `${encoding}/${channels}` });
  }
  return media.formats.flatMap((format) => {
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128;
    const codec = STATIC.get(payloadType);
    const known =
      maps.get(payloadType) ??
      (codec === undefined ? undefined : { payloadType, encoding: encodingOf(codec).toUpperCase() });
    return known === undefined || payloadType > 127 ? [] : [known];
  });
}

const parametersOf = ({ attributes }: MediaDescription, payloadType: number): string | undefined =>
  attributes
    .find(({ name, value }) => name === 'fmtp' && value?.startsWith(`${payloadType} `) === true)
    ?.value?.slice(`${payloadType} `.length);

function otherTypes(media: MediaDescription, types: readonly PayloadType[]): number[] {
  const events = new Set(
    types.flatMap(({ encoding, payloadType }) => (encoding.startsWith(`${EVENT}/`) ? [payloadType] : [])),
  );
  return media.formats
    .filter((format) => /^\d{1,3}$/.test(format))
    .map(Number)
    .filter((type) => !events.has(type));
}

/** What they ask for, within what they can take (a=maxptime). */
function ptimeOf(media: MediaDescription): number {
  const asked = milliseconds(attributeOf(media.attributes, 'ptime')) ?? DEFAULT_PTIME_MS;
  return Math.min(asked, milliseconds(attributeOf(media.attributes, 'maxptime')) ?? asked);
}

function milliseconds(value: string | undefined): number | undefined {
  const number = value === undefined || value === '' ? Number.NaN : Number(value);
  return number >= 5 && number <= 200 ? number : undefined;
}

function rtcpOf(media: MediaDescription, host: string): { readonly rtcpHost: string; readonly rtcpPort: number } {
  const match = /^(\d{1,5})(?:\s+IN\s+IP[46]\s+([0-9A-Za-z.:]{1,255}))?$/i.exec(
    attributeOf(media.attributes, 'rtcp') ?? '',
  );
  const port = Number(match?.[1] ?? Number.NaN);
  return port >= 1 && port <= 65535
    ? { rtcpHost: match?.[2] ?? host, rtcpPort: port }
    : { rtcpHost: host, rtcpPort: Math.min(65535, media.port + 1) };
}

/** Hold as RFC 2543 had it: nothing is to be sent there. */
const isNowhere = (host: string): boolean => host === '0.0.0.0' || host === '::';

const withoutReceiving = (direction: Direction): Direction =>
  direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive';
