import { type CodecName, encodingOf, FIRST_DYNAMIC_TYPE, formatOf } from '../domain/codec.ts';
import type { RtpClockHz } from '../domain/units.ts';
import { cryptoAttribute, offeredCrypto } from './crypto-attribute.ts';
import { type LocalSrtp, NO_SRTP } from './far-audio.ts';
import type { Negotiated } from './negotiated.ts';
import type { Attribute, Direction, MediaDescription, SessionDescription } from './session.ts';

/* What our own descriptions say: one stream of audio with telephone-event. */

export interface LocalMedia {
  readonly host: string;
  readonly port: number;
  /** Decimal; the same for all descriptions of a dialog. */
  readonly sessionId: string;
  /** One more with each description of a dialog that we send (`nextVersion`). */
  readonly version: number;
  /** What we speak, the most wanted first. Default PCMU, PCMA. */
  readonly codecs?: readonly CodecName[];
  /** Ours, in an offer or to narrow an answer. Default sendrecv. */
  readonly direction?: Direction;
  /** Default: none. */
  readonly srtp?: LocalSrtp | undefined;
}

/** What all telephones speak. */
export const DEFAULT_CODECS: readonly CodecName[] = ['PCMU', 'PCMA'];
export const PTIME_MS = 20;
const OFFERED_EVENT_TYPE = 101;
/** Events 0-15: the keys. */
const KEY_EVENTS = '0-15';

export const typeOf = (codec: CodecName): string => String(formatOf(codec).payloadType);

/** Its rtpmap, and its fmtp if it has one. */
export function codecAttributes(codec: CodecName, payloadType: string): readonly Attribute[] {
  const { fmtp } = formatOf(codec);
  return [
    { name: 'rtpmap', value: `${payloadType} ${encodingOf(codec)}` },
    ...(fmtp === undefined ? [] : [{ name: 'fmtp', value: `${payloadType} ${fmtp}` }]),
  ];
}

/**
 * What an offer says: all our codecs, telephone-event at the clock of each, 20 ms; keys, with RTP/SAVP where nothing else will
 * do and with RTP/AVP where they are a wish (RFC 8643).
 */
export function offeredAudio(local: LocalMedia): MediaDescription {
  const { codecs = DEFAULT_CODECS, srtp = NO_SRTP } = local;
  const events = offeredEvents(codecs);
  const encrypts = srtp.policy !== 'off' && srtp.exposed !== true;
  return {
    kind: 'audio',
    port: local.port,
    protocol: srtp.policy === 'required' ? 'RTP/SAVP' : 'RTP/AVP',
    formats: [...codecs.map(typeOf), ...events.map(({ payloadType }) => String(payloadType))],
    attributes: [
      ...codecs.flatMap((codec) => codecAttributes(codec, typeOf(codec))),
      ...events.flatMap(eventAttributes),
      { name: 'ptime', value: String(PTIME_MS) },
      ...(encrypts ? offeredCrypto(srtp.keys) : []),
      { name: local.direction ?? 'sendrecv' },
    ],
  };
}

/** What an answer says of the stream that it takes. */
export function answeredAudio(local: LocalMedia, protocol: string, negotiated: Negotiated): MediaDescription {
  const { codec, payloadType, telephoneEvent, eventClockRate, direction, srtp } = negotiated;
  return {
    kind: 'audio',
    port: local.port,
    protocol,
    formats: [String(payloadType), ...(telephoneEvent === undefined ? [] : [String(telephoneEvent)])],
    attributes: [
      ...codecAttributes(codec, String(payloadType)),
      ...(telephoneEvent === undefined
        ? []
        : eventAttributes({ payloadType: telephoneEvent, clockRate: eventClockRate })),
      { name: 'ptime', value: String(PTIME_MS) },
      ...(srtp === undefined ? [] : [cryptoAttribute({ tag: srtp.tag, key: srtp.ours })]),
      { name: direction },
    ],
  };
}

export const eventAttributes = ({ payloadType, clockRate }: EventType): readonly Attribute[] => [
  { name: 'rtpmap', value: `${payloadType} telephone-event/${clockRate}` },
  { name: 'fmtp', value: `${payloadType} ${KEY_EVENTS}` },
];

interface EventType {
  readonly payloadType: number;
  readonly clockRate: RtpClockHz;
}

/** Events at the clock of each codec (RFC 4733 section 2.1), by payload types that mean nothing yet. */
export function eventTypes(codecs: readonly CodecName[], taken: readonly string[]): readonly EventType[] {
  const formats = [...taken];
  return [...new Set(codecs.map((codec) => formatOf(codec).clockRate))].map((clockRate) => {
    const payloadType = freeType(formats, OFFERED_EVENT_TYPE);
    formats.push(payloadType);
    return { payloadType: Number(payloadType), clockRate };
  });
}

/** Those of an offer. */
export const offeredEvents = (codecs: readonly CodecName[] = DEFAULT_CODECS): readonly EventType[] =>
  eventTypes(codecs, codecs.map(typeOf));

/** The payload type that is wanted, or the next that means nothing yet. */
export function freeType(formats: readonly string[], wanted: number): string {
  let type = wanted;
  while (formats.includes(String(type))) type = type < FIRST_DYNAMIC_TYPE ? FIRST_DYNAMIC_TYPE : type + 1;
  return String(type);
}

export const ourSession = (local: LocalMedia, media: readonly MediaDescription[]): SessionDescription => ({
  origin: { username: '-', sessionId: local.sessionId, version: String(local.version), host: local.host },
  host: local.host,
  attributes: [],
  media,
});
