import type { CodecName } from '../domain/codec.ts';
import {
  type FarAudio,
  familyOf,
  farAudio,
  type LocalSrtp,
  NO_SRTP,
  noCommonCodec,
  type OurAudio,
  UNUSABLE,
} from './far-audio.ts';
import { type Negotiated, negotiatedWith } from './negotiated.ts';
import { answeredAudio, DEFAULT_CODECS, type LocalMedia, offeredAudio, ourSession, PTIME_MS } from './our-audio.ts';
import { offers } from './own-codecs.ts';
import { formatSdp, type MediaDescription, parseSdp, type SessionDescription } from './session.ts';

/* The offer/answer model (RFC 3264) for one stream of audio with telephone-event. */

export interface Answer {
  readonly text: string;
  readonly negotiated: Negotiated;
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** One clock drives playing, mixing and recording. */
const SHORT_PACKETS = `packets of less than ${PTIME_MS} ms (maxptime)`;

/**
 * Answers an offer: the first audio stream with one of our codecs over plain RTP is accepted, with the codec that the
 * offer names first (section 6.1), every other stream refused with port 0, in the offer's order (section 6).
 *
 * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC
 */
export function makeAnswer(offerText: string, local: LocalMedia): Answer {
  const offer = parseSdp(offerText);
  const family = ANY_ADDRESS.has(local.host) ? undefined : familyOf(local.host);
  const { codecs = DEFAULT_CODECS, srtp } = local;
  const { far, because } = firstUsable(offer, { codecs, preference: 'theirs', family, srtp });
  if (far === undefined) throw noCommonCodec(because);
  const negotiated = negotiatedWith(far, local.direction ?? 'sendrecv');
  const media = offer.media.map((offered, index) =>
    index === far.index ? answeredAudio(local, offered.protocol, negotiated) : refused(offered),
  );
  return { text: formatSdp(ourSession(local, media)), negotiated };
}

/**
 * Our offer.
 *
 * @throws IvrError NO_COMMON_CODEC when it has to have keys that anybody could read
 */
export function makeOffer(local: LocalMedia): string {
  const { policy, exposed } = local.srtp ?? NO_SRTP;
  if (policy === 'required' && exposed === true) throw noCommonCodec(UNUSABLE.exposed);
  return formatSdp(ourSession(local, [offeredAudio(local)]));
}

export interface OurOffer {
  /** As `makeOffer` made it. */
  readonly text: string;
  /** As it was told. Default: what it has by default. */
  readonly codecs?: readonly CodecName[] | undefined;
  readonly srtp?: LocalSrtp | undefined;
}

/**
 * Takes the answer to our offer.
 *
 * @throws IvrError SDP_MALFORMED; NO_COMMON_CODEC when the audio was refused or answered with what we didn't offer
 */
export function takeAnswer({ text, codecs: ours = DEFAULT_CODECS, srtp }: OurOffer, answerText: string): Negotiated {
  const offer = parseSdp(text);
  const offered = farAudio(offer, 0, { codecs: ours, preference: 'ours', srtp });
  if (typeof offered === 'string') throw noCommonCodec(offered);
  const answer = parseSdp(answerText);
  const codecs = ours.filter((codec) => offers(offer.media[0], codec));
  const audio = { codecs, preference: 'theirs', srtp } as const;
  const { far, because } = firstUsable({ ...answer, media: answer.media.slice(0, 1) }, audio);
  if (far === undefined) throw noCommonCodec(because);
  return negotiatedWith(far, offered.direction);
}

/** The version for our next description, from the last one. */
export const nextVersion = (lastText: string): number => Number(parseSdp(lastText).origin.version) + 1;

/** The first stream that can be used; where keys are welcome, the first with keys before any without. */
function firstUsable(
  session: SessionDescription,
  audio: OurAudio,
): { readonly far: FarAudio | undefined; readonly because: string } {
  let because = 'no audio';
  let plain: FarAudio | undefined;
  for (const index of session.media.keys()) {
    const found = farAudio(session, index, audio);
    if (typeof found !== 'string' && (found.maxptime ?? PTIME_MS) >= PTIME_MS) {
      if (found.srtp !== undefined || (audio.srtp ?? NO_SRTP).policy === 'off') return { far: found, because: '' };
      plain ??= found;
    } else if (typeof found !== 'string') because = SHORT_PACKETS;
    else if (session.media[index]?.kind === 'audio') because = found;
  }
  return { far: plain, because };
}

const refused = ({ kind, protocol, formats }: MediaDescription): MediaDescription => ({
  kind,
  port: 0,
  protocol,
  formats: formats.length === 0 ? ['0'] : formats.slice(0, 1),
  attributes: [],
});
