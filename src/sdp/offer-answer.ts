import { type CodecName, encodingOf, FIRST_DYNAMIC_TYPE, formatOf, isStatic } from '../domain/codec.ts';
import { IvrError } from '../domain/error.ts';
import type { RtpClockHz } from '../domain/units.ts';
import { type FarAudio, familyOf, farAudio, type RemoteAddress } from './far-audio.ts';
import {
  type Attribute,
  type Direction,
  formatSdp,
  isDirection,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
} from './session.ts';

/* The offer/answer model (RFC 3264) for one stream of audio with telephone-event. */

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
}

export interface Negotiated {
  readonly codec: CodecName;
  readonly payloadType: number;
  /** Payload type of RFC 4733 events; undefined: the far end has none. */
  readonly telephoneEvent: number | undefined;
  /** Of the events. */
  readonly eventClockRate: RtpClockHz;
  /** Payload types that mean something else than events to the far end. */
  readonly otherTypes: readonly number[];
  /** What the far end would like to get per packet, ms. */
  readonly ptime: number;
  /** The most that it takes, ms; undefined: any. */
  readonly maxptime: number | undefined;
  readonly remote: RemoteAddress;
  /** What *we* may do. */
  readonly direction: Direction;
  /** The far end has put us on hold: it doesn't want to hear us. */
  readonly held: boolean;
}

export interface Answer {
  readonly text: string;
  readonly negotiated: Negotiated;
}

/** What all telephones speak. */
const DEFAULT_CODECS: readonly CodecName[] = ['PCMU', 'PCMA'];
const typeOf = (codec: CodecName): string => String(formatOf(codec).payloadType);
const rtpmapOf = (codec: CodecName): Attribute => ({ name: 'rtpmap', value: `${typeOf(codec)} ${encodingOf(codec)}` });
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const OFFERED_EVENT_TYPE = 101;
const PTIME_MS = 20;
/** One clock drives playing, mixing and recording. */
const SHORT_PACKETS = `packets of less than ${PTIME_MS} ms (maxptime)`;
/** Events 0-15: the keys. */
const KEY_EVENTS = '0-15';

const noCommonCodec = (because: string): IvrError =>
  new IvrError('NO_COMMON_CODEC', `no acceptable audio stream: ${because}`, { because });

/**
 * Answers an offer: the first audio stream with one of our codecs over plain RTP is accepted, with the codec that the
 * offer names first (section 6.1), every other stream refused with port 0, in the offer's order (section 6).
 *
 * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC
 */
export function makeAnswer(offerText: string, local: LocalMedia): Answer {
  const offer = parseSdp(offerText);
  const family = ANY_ADDRESS.has(local.host) ? undefined : familyOf(local.host);
  const { far, because } = firstUsable(offer, local.codecs ?? DEFAULT_CODECS, 'theirs', family);
  if (far === undefined) throw noCommonCodec(because);
  const negotiated = negotiatedWith(far, local.direction ?? 'sendrecv');
  const media = offer.media.map((offered, index) =>
    index === far.index ? ourAudio(local, offered.protocol, negotiated) : refused(offered),
  );
  return { text: formatSdp(ourSession(local, media)), negotiated };
}

/** Our offer: all our codecs, telephone-event at the clock of each, 20 ms. */
export function makeOffer(local: LocalMedia): string {
  const codecs = local.codecs ?? DEFAULT_CODECS;
  const events = eventTypes(codecs, codecs.map(typeOf));
  const media: MediaDescription = {
    kind: 'audio',
    port: local.port,
    protocol: 'RTP/AVP',
    formats: [...codecs.map(typeOf), ...events.map(({ payloadType }) => String(payloadType))],
    attributes: [
      ...codecs.map(rtpmapOf),
      ...events.flatMap(eventAttributes),
      { name: 'ptime', value: String(PTIME_MS) },
      { name: local.direction ?? 'sendrecv' },
    ],
  };
  return formatSdp(ourSession(local, [media]));
}

/**
 * Takes the answer to our offer.
 *
 * @param offerText - as `makeOffer` made it
 * @param ours - as it was told
 * @throws IvrError SDP_MALFORMED; NO_COMMON_CODEC when the audio was refused or answered with what we didn't offer
 */
export function takeAnswer(
  offerText: string,
  answerText: string,
  ours: readonly CodecName[] = DEFAULT_CODECS,
): Negotiated {
  const offer = parseSdp(offerText);
  const offered = farAudio(offer, 0, ours);
  if (typeof offered === 'string') throw noCommonCodec(offered);
  const answer = parseSdp(answerText);
  const codecs = ours.filter((codec) => offers(offer.media[0], codec));
  const { far, because } = firstUsable({ ...answer, media: answer.media.slice(0, 1) }, codecs, 'theirs');
  if (far === undefined) throw noCommonCodec(because);
  return negotiatedWith(far, offered.direction);
}

/**
 * What we offer when a far end asks for an offer in mid-call: all that we can, as for a new call (RFC 3261 section 14.2), in
 * both directions again. Third parties move the call to another telephone this way, and a far end that had put us on hold
 * comes back (RFC 6337 section 5.3). Payload types keep their meaning (RFC 3264 section 8.3.2).
 *
 * @param lastText - our last description of the dialog
 * @param codecs - all that we can
 */
export function offerAgain(lastText: string, codecs: readonly CodecName[] = DEFAULT_CODECS): string {
  const last = parseSdp(lastText);
  return formatSdp({
    ...last,
    origin: { ...last.origin, version: String(nextVersion(lastText)) },
    media: last.media.map((media) => (media.kind === 'audio' && media.port > 0 ? widened(media, codecs) : media)),
  });
}

/** The stream with all our codecs and telephone-event. */
function widened(media: MediaDescription, codecs: readonly CodecName[]): MediaDescription {
  const { formats, attributes } = media;
  const missing = codecs.filter((codec) => !offers(media, codec));
  const types = missing.map((codec) => ({ codec, payloadType: freeType(formats, formatOf(codec).payloadType) }));
  const events = formats.filter((type) => isEvent(attributes, type));
  const more = eventTypes(codecs, [...formats, ...types.map(({ payloadType }) => payloadType)]).filter(
    ({ clockRate }) => !hasEncoding(media, `telephone-event/${clockRate}`),
  );
  return {
    ...media,
    formats: [
      ...formats.filter((type) => !events.includes(type)),
      ...types.map(({ payloadType }) => payloadType),
      ...events,
      ...more.map(({ payloadType }) => String(payloadType)),
    ],
    attributes: [
      ...attributes.filter(({ name }) => !isDirection(name)),
      ...types.map(({ codec, payloadType }) => ({ name: 'rtpmap', value: `${payloadType} ${encodingOf(codec)}` })),
      ...more.flatMap(eventAttributes),
      { name: 'sendrecv' },
    ],
  };
}

/** Whether our own description names the codec. */
const offers = (media: MediaDescription | undefined, codec: CodecName): boolean =>
  media !== undefined &&
  (hasEncoding(media, encodingOf(codec)) || (isStatic(codec) && media.formats.includes(typeOf(codec))));

const hasEncoding = ({ attributes }: MediaDescription, encoding: string): boolean =>
  attributes.some(
    ({ name, value = '' }) => name === 'rtpmap' && value.toUpperCase().endsWith(` ${encoding.toUpperCase()}`),
  );

const isEvent = (attributes: MediaDescription['attributes'], type: string): boolean =>
  attributes.some(
    ({ name, value = '' }) => name === 'rtpmap' && new RegExp(`^${type}\\s+telephone-event/`, 'i').test(value),
  );

interface EventType {
  readonly payloadType: number;
  readonly clockRate: RtpClockHz;
}

/** Events at the clock of each codec (RFC 4733 section 2.1), by payload types that mean nothing yet. */
function eventTypes(codecs: readonly CodecName[], taken: readonly string[]): readonly EventType[] {
  const formats = [...taken];
  return [...new Set(codecs.map((codec) => formatOf(codec).clockRate))].map((clockRate) => {
    const payloadType = freeType(formats, OFFERED_EVENT_TYPE);
    formats.push(payloadType);
    return { payloadType: Number(payloadType), clockRate };
  });
}

/** The payload type that is wanted, or the next that means nothing yet. */
function freeType(formats: readonly string[], wanted: number): string {
  let type = wanted;
  while (formats.includes(String(type))) type = type < FIRST_DYNAMIC_TYPE ? FIRST_DYNAMIC_TYPE : type + 1;
  return String(type);
}

/** The version for our next description, from the last one. */
export const nextVersion = (lastText: string): number => Number(parseSdp(lastText).origin.version) + 1;

function firstUsable(
  session: SessionDescription,
  codecs: readonly CodecName[],
  preference: 'ours' | 'theirs' = 'ours',
  family?: 'IP4' | 'IP6',
): { readonly far: FarAudio | undefined; readonly because: string } {
  let because = 'no audio';
  for (const index of session.media.keys()) {
    const found = farAudio(session, index, codecs, preference, family);
    if (typeof found !== 'string' && (found.maxptime ?? PTIME_MS) >= PTIME_MS) return { far: found, because: '' };
    if (typeof found !== 'string') because = SHORT_PACKETS;
    else if (session.media[index]?.kind === 'audio') because = found;
  }
  return { far: undefined, because };
}

function negotiatedWith(far: FarAudio, ours: Direction): Negotiated {
  const weSend = may(far.direction, 'recv') && may(ours, 'send');
  const weReceive = may(far.direction, 'send') && may(ours, 'recv');
  return {
    codec: far.codec,
    payloadType: far.payloadType,
    telephoneEvent: far.telephoneEvent,
    eventClockRate: far.eventClockRate,
    otherTypes: far.otherTypes,
    ptime: far.ptime,
    maxptime: far.maxptime,
    remote: far.remote,
    direction: weSend ? (weReceive ? 'sendrecv' : 'sendonly') : weReceive ? 'recvonly' : 'inactive',
    held: !may(far.direction, 'recv'),
  };
}

const may = (direction: Direction, what: 'send' | 'recv'): boolean =>
  direction.startsWith(what) || direction === 'sendrecv';

function ourAudio(local: LocalMedia, protocol: string, negotiated: Negotiated): MediaDescription {
  const { codec, payloadType, telephoneEvent, eventClockRate, direction } = negotiated;
  return {
    kind: 'audio',
    port: local.port,
    protocol,
    formats: [String(payloadType), ...(telephoneEvent === undefined ? [] : [String(telephoneEvent)])],
    attributes: [
      { name: 'rtpmap', value: `${payloadType} ${encodingOf(codec)}` },
      ...(telephoneEvent === undefined
        ? []
        : eventAttributes({ payloadType: telephoneEvent, clockRate: eventClockRate })),
      { name: 'ptime', value: String(PTIME_MS) },
      { name: direction },
    ],
  };
}

const eventAttributes = ({ payloadType, clockRate }: EventType): readonly Attribute[] => [
  { name: 'rtpmap', value: `${payloadType} telephone-event/${clockRate}` },
  { name: 'fmtp', value: `${payloadType} ${KEY_EVENTS}` },
];

const refused = ({ kind, protocol, formats }: MediaDescription): MediaDescription => ({
  kind,
  port: 0,
  protocol,
  formats: formats.length === 0 ? ['0'] : formats.slice(0, 1),
  attributes: [],
});

const ourSession = (local: LocalMedia, media: readonly MediaDescription[]): SessionDescription => ({
  origin: { username: '-', sessionId: local.sessionId, version: String(local.version), host: local.host },
  host: local.host,
  attributes: [],
  media,
});
