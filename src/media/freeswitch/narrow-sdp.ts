import { CODEC_NAMES, type CodecName, encodingOf, formatOf, isStatic } from '../../domain/codec.ts';
import { type RtpClockHz, TELEPHONE_RATE } from '../../domain/units.ts';
import { farAudio, noCommonCodec } from '../../sdp/far-audio.ts';
import {
  type Attribute,
  formatSdp,
  isDirection,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
} from '../../sdp/session.ts';

/** Payload types that need no rtpmap (RFC 3551 section 6). */
const STATIC_TYPES: ReadonlyMap<string, string> = new Map(
  CODEC_NAMES.filter(isStatic).map((codec) => [String(formatOf(codec).payloadType), encodingOf(codec)]),
);
const KEPT: ReadonlySet<string> = new Set(['ptime', 'rtcp', 'maxptime']);

/**
 * The far end's description as FreeSWITCH is to see it: the one stream that we agree on, with our codecs in the far end's
 * order (RFC 3264 section 6.1) and telephone-event. Nothing else of what a far end wrote gets there; `widenAnswer` refuses the rest.
 *
 * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC
 */
export const narrowSdp = plainOffer;

/**
 * FreeSWITCH's answer to a narrowed description, as the author of the whole one needs it: every other stream refused with port 0, in
 * its order (RFC 3264 section 6).
 *
 * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC
 */
export function widenAnswer(answer: string, remoteSdp: string, codecs: readonly CodecName[]): string {
  const session = parseSdp(answer);
  const { media: offered } = parseSdp(remoteSdp);
  const chosen = usable(parseSdp(remoteSdp), codecs);
  const ours = session.media.find(({ kind }) => kind === 'audio');
  const media = offered.map(
    (each, index): MediaDescription =>
      index === chosen && ours !== undefined
        ? { ...ours, protocol: each.protocol }
        : {
            kind: each.kind,
            port: 0,
            protocol: each.protocol,
            formats: each.formats.length === 0 ? ['0'] : each.formats.slice(0, 1),
            attributes: [],
          },
  );
  return formatSdp({ ...session, media });
}

/**
 * FreeSWITCH's offer as the far end is to see it: the plain RTP stream alone. Where SRTP is not forbidden it offers
 * both, and then sends SRTP to a far end that chose the other.
 *
 * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC
 */
export function plainOffer(offer: string, codecs: readonly CodecName[]): string {
  const session = parseSdp(offer);
  const media = session.media[usable(session, codecs)];
  return formatSdp({
    ...session,
    attributes: session.attributes.filter(({ name }) => isDirection(name)),
    media: media === undefined ? [] : [narrowed(media, codecs)],
  });
}

function usable(session: SessionDescription, codecs: readonly CodecName[]): number {
  let because = 'no audio';
  for (const index of session.media.keys()) {
    const found = farAudio(session, index, { codecs, preference: 'ours' });
    if (typeof found !== 'string') return index;
    if (session.media[index]?.kind === 'audio') because = found;
  }
  throw noCommonCodec(because);
}

function narrowed(media: MediaDescription, codecs: readonly CodecName[]): MediaDescription {
  const maps = new Map(
    media.attributes
      .filter(({ name }) => name === 'rtpmap')
      .map(({ value = '' }) => value.split(/\s+/, 2))
      .map(([type = '', encoding = '']) => [type, encoding.toUpperCase()]),
  );
  const typesOf = (encoding: string): readonly string[] =>
    media.formats.filter((type) => {
      const found = maps.get(type) ?? STATIC_TYPES.get(type)?.toUpperCase();
      return found === encoding.toUpperCase() || found === `${encoding.toUpperCase()}/1`;
    });
  const clocks = new Set<RtpClockHz>([...codecs.map((codec) => formatOf(codec).clockRate), TELEPHONE_RATE]);
  const audio = new Set(codecs.flatMap((codec) => typesOf(encodingOf(codec))));
  const formats = [
    ...media.formats.filter((type) => audio.has(type)),
    ...[...clocks].flatMap((clock) => typesOf(`telephone-event/${clock}`)),
  ];
  const keeps = ({ name, value = '' }: Attribute): boolean =>
    name === 'rtpmap' || name === 'fmtp'
      ? formats.includes(value.split(/\s+/, 1)[0] ?? '')
      : KEPT.has(name) || isDirection(name);
  return { ...media, formats, attributes: media.attributes.filter(keeps) };
}
