import { type CodecName, formatOf } from '../domain/codec.ts';
import { nextVersion } from './offer-answer.ts';
import { codecAttributes, DEFAULT_CODECS, eventAttributes, eventTypes, freeType } from './our-audio.ts';
import { hasEncoding, offers } from './own-codecs.ts';
import { formatSdp, isDirection, type MediaDescription, parseSdp } from './session.ts';

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
      ...types.flatMap(({ codec, payloadType }) => codecAttributes(codec, payloadType)),
      ...more.flatMap(eventAttributes),
      { name: 'sendrecv' },
    ],
  };
}

const isEvent = (attributes: MediaDescription['attributes'], type: string): boolean =>
  attributes.some(
    ({ name, value = '' }) => name === 'rtpmap' && new RegExp(`^${type}\\s+telephone-event/`, 'i').test(value),
  );
