import { isIP } from 'node:net';
import type { CodecName } from '../../domain/codec.ts';
import { farAudio } from '../../sdp/far-audio.ts';
import { makeAnswer, takeAnswer } from '../../sdp/offer-answer.ts';
import { parseSdp } from '../../sdp/session.ts';
import type { NegotiatedMedia } from '../engine/media-protocol.ts';

/** What is ours to say does not matter here: FreeSWITCH says it. */
const OURS = { host: '0.0.0.0', port: 9, sessionId: '0', version: 1 };

/**
 * What far end and FreeSWITCH have agreed on.
 *
 * @param remoteSdp - the far end's offer, or its answer to `ourOffer`
 * @param freeswitchSdp - FreeSWITCH's answer to it
 * @param ourOffer - what the far end answered, if it did
 * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC
 */
export function agreedMedia(
  remoteSdp: string,
  freeswitchSdp: string,
  codecs: readonly CodecName[],
  ourOffer: string | undefined,
): NegotiatedMedia {
  const negotiated =
    ourOffer === undefined
      ? makeAnswer(remoteSdp, { ...OURS, codecs }).negotiated
      : takeAnswer({ text: ourOffer, codecs }, remoteSdp);
  const { remote, direction, held, telephoneEvent, eventClockRate } = negotiated;
  const chosen = chosenBy(freeswitchSdp, codecs);
  const reachable = isIP(remote.host) !== 0 && !/^(0\.0\.0\.0|::)$/.test(remote.host) && remote.port > 0;
  return {
    codec: chosen?.codec ?? negotiated.codec,
    payloadType: chosen?.payloadType ?? negotiated.payloadType,
    telephoneEvent,
    eventClockRate,
    eventTypes: telephoneEvent === undefined ? [] : [telephoneEvent],
    remote: reachable ? { address: remote.host, port: remote.port, rtcpPort: remote.rtcpPort } : undefined,
    send: direction === 'sendrecv' || direction === 'sendonly',
    receive: direction === 'sendrecv' || direction === 'recvonly',
    held: held || direction === 'inactive',
  };
}

function chosenBy(
  freeswitchSdp: string,
  codecs: readonly CodecName[],
): { readonly codec: CodecName; readonly payloadType: number } | undefined {
  const session = parseSdp(freeswitchSdp);
  for (const index of session.media.keys()) {
    const found = farAudio(session, index, { codecs, preference: 'theirs' });
    if (typeof found !== 'string') return found;
  }
  return undefined;
}
