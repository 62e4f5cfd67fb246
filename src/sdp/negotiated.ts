import type { CodecName } from '../domain/codec.ts';
import type { RtpClockHz } from '../domain/units.ts';
import type { AgreedSrtp, FarAudio, RemoteAddress } from './far-audio.ts';
import type { Direction } from './session.ts';

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
  /** Undefined: plain RTP. */
  readonly srtp: AgreedSrtp | undefined;
}

export function negotiatedWith(far: FarAudio, ours: Direction): Negotiated {
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
    srtp: far.srtp,
  };
}

const may = (direction: Direction, what: 'send' | 'recv'): boolean =>
  direction.startsWith(what) || direction === 'sendrecv';
