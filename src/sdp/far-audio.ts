import { CODEC_FORMATS, CODEC_NAMES, type CodecName, isCodecName } from '../domain/codec.ts';
import { attributeOf, type Direction, directionOf, type MediaDescription, type SessionDescription } from './session.ts';

export interface RemoteAddress {
  readonly host: string;
  readonly port: number;
  /** Of a=rtcp (RFC 3605), otherwise the port above. */
  readonly rtcpHost: string;
  readonly rtcpPort: number;
}

/** One audio stream as the far end describes it. */
export interface FarAudio {
  /** Which m= line. */
  readonly index: number;
  readonly codec: CodecName;
  readonly payloadType: number;
  readonly telephoneEvent: number | undefined;
  /** Payload types of the stream that are not events, whether we speak them or not. */
  readonly otherTypes: readonly number[];
  readonly ptime: number;
  /** The longest packet that they take, ms; undefined: any. */
  readonly maxptime: number | undefined;
  readonly remote: RemoteAddress;
  /** What *they* want to do. */
  readonly direction: Direction;
}

/** Why a stream cannot be used, as operators and far ends (`Warning`, see domain/sip-warning.ts) are told. */
export const UNUSABLE = {
  kind: 'no audio',
  refused: 'audio refused',
  transport: 'audio is not plain RTP',
  address: 'no address',
  family: { IP4: 'an IPv6 address, this line has IPv4', IP6: 'an IPv4 address, this line has IPv6' },
} as const;
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
const STATIC = new Map<number, CodecName>(CODEC_NAMES.map((name) => [CODEC_FORMATS[name].payloadType, name]));
/** ICE candidates, fingerprints and the feedback of AVPF are beside the point: plain RTP works without them. */
const PLAIN_RTP: ReadonlySet<string> = new Set(['RTP/AVP', 'RTP/AVPF']);
const DEFAULT_PTIME_MS = 20;

/**
 * Reads the m= line of that index.
 *
 * @param codecs - those that we speak, in our order
 * @param preference - whose order decides when several fit
 * @param family - of our own address; undefined when that is not known
 * @returns the stream, or why it cannot be used
 */
export function farAudio(
  session: SessionDescription,
  index: number,
  codecs: readonly CodecName[],
  preference: 'ours' | 'theirs' = 'ours',
  family?: 'IP4' | 'IP6',
): FarAudio | Unusable {
  const media = session.media[index];
  if (media === undefined || media.kind !== 'audio') return UNUSABLE.kind;
  if (media.port === 0) return UNUSABLE.refused;
  if (!PLAIN_RTP.has(media.protocol)) return UNUSABLE.transport;
  const host = media.host ?? session.host;
  if (host === undefined) return UNUSABLE.address;
  if (family !== undefined && !isNowhere(host) && familyOf(host) === OTHER[family]) return UNUSABLE.family[family];
  const types = payloadTypes(media);
  const speakable = types.filter(
    ({ name, clock }) => isCodecName(name) && codecs.includes(name) && clock === CODEC_FORMATS[name].clockRate,
  );
  const wanted =
    preference === 'theirs' ? speakable[0]?.name : codecs.find((codec) => speakable.some(({ name }) => name === codec));
  const chosen = speakable.find(({ name }) => name === wanted);
  const codec = codecs.find((codec) => codec === wanted);
  if (chosen === undefined || codec === undefined) return withoutCodec(codecs);
  const stated = directionOf(media.attributes) ?? directionOf(session.attributes) ?? 'sendrecv';
  return {
    index,
    codec,
    payloadType: chosen.payloadType,
    telephoneEvent: types.find(({ name, clock }) => name === 'TELEPHONE-EVENT' && clock === 8000)?.payloadType,
    otherTypes: otherTypes(media, types),
    ptime: ptimeOf(media),
    maxptime: milliseconds(attributeOf(media.attributes, 'maxptime')),
    remote: { host, port: media.port, ...rtcpOf(media, host) },
    direction: isNowhere(host) ? withoutReceiving(stated) : stated,
  };
}

interface PayloadType {
  readonly payloadType: number;
  /** Upper case; '' for what has several channels. */
  readonly name: string;
  readonly clock: number;
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
    maps.set(payloadType, {
      payloadType,
      name: channels === 1 ? (match[2] ?? '').toUpperCase() : '',
      clock: Number(match[3]),
    });
  }
  return media.formats.flatMap((format) => {
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128;
    const codec = STATIC.get(payloadType);
    const known =
      maps.get(payloadType) ??
      (codec === undefined ? undefined : { payloadType, name: codec, clock: CODEC_FORMATS[codec].clockRate });
    return known === undefined || payloadType > 127 ? [] : [known];
  });
}

function otherTypes(media: MediaDescription, types: readonly PayloadType[]): number[] {
  const events = new Set(types.flatMap(({ name, payloadType }) => (name === 'TELEPHONE-EVENT' ? [payloadType] : [])));
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
