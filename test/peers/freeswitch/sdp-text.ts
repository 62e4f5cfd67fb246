import type { G711Codec } from '../../../src/audio/g711.ts';
import { type Direction, directionOf, parseSdp } from '../../../src/sdp/session.ts';

/** What the far end's description says, as far as FreeSWITCH looked at it in the captures. */
export interface FarDescription {
  readonly codec: G711Codec;
  readonly telephoneEvent: number | undefined;
  readonly host: string;
  readonly port: number;
  readonly direction: Direction;
}

/** undefined: nothing in it that FreeSWITCH would take. */
export function readFar(text: string): FarDescription | undefined {
  const sdp = parseSdp(text);
  const audio = sdp.media.find(({ kind, protocol }) => kind === 'audio' && protocol === 'RTP/AVP');
  if (audio === undefined) return undefined;
  const formats = audio.formats;
  const codec = formats.find((each) => each === '0' || each === '8');
  if (codec === undefined) return undefined;
  const event = audio.attributes
    .filter(({ name }) => name === 'rtpmap')
    .map(({ value }) => /^(\d+) telephone-event\/8000/i.exec(value ?? '')?.[1])
    .find((each) => each !== undefined && formats.includes(each));
  return {
    codec: codec === '0' ? 'PCMU' : 'PCMA',
    telephoneEvent: event === undefined ? undefined : Number(event),
    host: audio.host ?? sdp.host ?? '127.0.0.1',
    port: audio.port,
    direction: directionOf(audio.attributes) ?? directionOf(sdp.attributes) ?? 'sendrecv',
  };
}

/** SRTP: no capture shows what becomes of it. */
export const wantsSrtp = (text: string): boolean => /^m=audio \d+ \S*SAVP|^a=crypto:/m.test(text);

const ANSWERS: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

export const answerTo = (direction: Direction): Direction => ANSWERS[direction];

export interface OwnDescription {
  readonly session: number;
  readonly version: number;
  readonly port: number;
  /** undefined: our offer, both codecs (capture bridge, second leg). */
  readonly codec: G711Codec | undefined;
  readonly telephoneEvent: number | undefined;
  /** Comfort noise is named by who offered it himself. */
  readonly comfortNoise: boolean;
  readonly direction: Direction;
}

/** In the message (captures drachtio-tcp-main, -bridge) the direction stands before ptime, and only when it is not sendrecv. */
export const wireSdp = (own: OwnDescription): string =>
  lines(own, '192.0.2.2', [...(own.direction === 'sendrecv' ? [] : [`a=${own.direction}`]), 'a=ptime:20']);

/** In variable_rtp_local_sdp_str it always stands at the end, and the origin's address is the media's. */
export const variableSdp = (own: OwnDescription): string =>
  lines(own, '127.0.0.1', ['a=ptime:20', `a=${own.direction}`]);

function lines(own: OwnDescription, origin: string, tail: readonly string[]): string {
  const codecs = own.codec === undefined ? (['PCMU', 'PCMA'] as const) : [own.codec];
  const numbers = codecs.map((codec) => (codec === 'PCMU' ? 0 : 8));
  const event = own.telephoneEvent;
  const formats = [...numbers, ...(event === undefined ? [] : [event]), ...(own.comfortNoise ? [13] : [])];
  return [
    'v=0',
    `o=fs ${own.session} ${own.version} IN IP4 ${origin}`,
    's=fs',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${own.port} RTP/AVP ${formats.join(' ')}`,
    ...codecs.map((codec, index) => `a=rtpmap:${numbers[index]} ${codec}/8000`),
    ...(event === undefined ? [] : [`a=rtpmap:${event} telephone-event/8000`, `a=fmtp:${event} 0-15`]),
    ...(own.comfortNoise ? ['a=rtpmap:13 CN/8000'] : []),
    ...tail,
    '',
  ].join('\r\n');
}
