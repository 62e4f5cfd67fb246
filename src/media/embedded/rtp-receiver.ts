import { codecOf, codecOfType } from '../../audio/codecs.ts';
import type { Codec } from '../../domain/codec.ts';
import { newRtpView, parseRtp, type RtpView } from '../../rtp/packet.ts';
import { ReceptionStatistics } from '../../rtp/reception-statistics.ts';
import type { ReportBlock } from '../../rtp/rtcp.ts';
import { TelephoneEventReceiver } from '../../rtp/telephone-event.ts';
import { Timeline } from '../../rtp/timeline.ts';
import type { HeardPacket } from '../engine/heard-packet.ts';
import type { NegotiatedMedia } from '../engine/media-protocol.ts';
import type { SourceLatch } from './source-latch.ts';
import { CodedPacket } from './coded-packet.ts';
import { UnagreedEvents } from './unagreed-events.ts';
import { type RtpClockHz, rtpTicks, TELEPHONE_RATE, type MonotonicMs } from '../../domain/units.ts';

/** Nobody sends more in a packet, ms. */
const LONGEST_PACKET_MS = 200;
/** A jump this small is the drift correction's, not a pause. */
const CORRECTION = 16;
/** −40 dBFS: 2 ms less of what is no louder are not missed. */
const QUIET_UP_TO = 328;
/** Packets in a row of another SSRC before it counts as the far end's new one. */
const SSRC_PACKETS = 2;
/** RFC 3389; and what it was in drafts of RFC 3551, which gateways still send. */
const COMFORT_NOISE: ReadonlySet<number> = new Set([13, 19]);

export interface RtpReceiverHandlers {
  /** A packet of the far end's audio, comfort noise or keys. */
  onPacket(): void;
  /** Anything else of the far end (RFC 6263 section 4): it lives, though it may have nothing to say. */
  onSign(): void;
  /** A packet of an RTP event: a press has begun, or a key is still down. */
  onKey(digit: string, pressed: boolean): void;
  /** Keys come with a payload type that was not agreed. */
  onUnagreed(payloadType: number): void;
  onAudio(packet: HeardPacket): void;
  /** The stream lay beside our clock by so many samples (below 0: ahead of it) and is placed anew. */
  onSkew(samples: number): void;
}

/** The receiving half of a leg: from datagrams to keys and placed audio. Whatever comes, it drops or counts; it never throws. */
export class RtpReceiver {
  /** Datagrams that are not RTP from our far end. */
  dropped = 0;
  /** Packets behind their time. */
  late = 0;
  readonly #latch: SourceLatch;
  readonly #handlers: RtpReceiverHandlers;
  /** The leg's time, in samples. */
  readonly #position: () => number;
  readonly #view: RtpView = newRtpView();
  readonly #keys = new TelephoneEventReceiver();
  readonly #unagreed = new UnagreedEvents();
  readonly #heard = new CodedPacket();
  readonly #isQuiet = (): boolean => this.#heard.samples.every((sample) => Math.abs(sample) <= QUIET_UP_TO);
  #media: NegotiatedMedia | undefined;
  #codec: Codec | undefined;
  #statistics: ReceptionStatistics | undefined;
  /** Of the stream that is heard. */
  #clockRate: RtpClockHz = TELEPHONE_RATE;
  #timeline = new Timeline();
  /** Behind the newest audio. */
  #end: number | undefined;
  #lastSequence = 0;
  /** Of the newest audio. */
  #lastTimestamp = rtpTicks(0);
  #otherSsrc = 0;
  #otherCount = 0;
  #changed = false;
  #receivedBefore = 0;
  #lostBefore = 0;

  constructor(latch: SourceLatch, position: () => number, handlers: RtpReceiverHandlers) {
    this.#latch = latch;
    this.#position = position;
    this.#handlers = handlers;
  }

  useMedia(media: NegotiatedMedia): void {
    // a phone's clock may have stood still while it was on hold
    if (this.#media?.held === true && !media.held) this.#timeline = new Timeline(this.#clockRate);
    this.#media = media;
    this.#codec = codecOf(media.codec);
    this.#unagreed.reset();
  }

  get received(): number {
    return this.#receivedBefore + (this.#statistics?.received ?? 0);
  }

  get lost(): number {
    return Math.max(0, this.#lostBefore + (this.#statistics?.lost ?? 0));
  }

  get jitterMs(): number {
    return this.#statistics?.jitterMs ?? 0;
  }

  report(now: MonotonicMs): ReportBlock | undefined {
    return this.#statistics?.report(now);
  }

  /** Whether a key is down, by its events. */
  keyHeld(now: MonotonicMs): boolean {
    return this.#keys.pressed(now);
  }

  noteSenderReport(ssrc: number, compactNtp: number, now: MonotonicMs): void {
    if (this.#statistics?.ssrc === ssrc) this.#statistics.noteSenderReport(compactNtp, now);
  }

  /** A datagram of the RTP port. */
  receive(bytes: Buffer, address: string, port: number, now: MonotonicMs): void {
    const media = this.#media;
    const view = this.#view;
    if (media === undefined || !parseRtp(bytes, bytes.length, view)) return this.#other(false, address, port, now);
    const { ssrc, sequence, payloadType } = view;
    const agreed = payloadType === media.payloadType || payloadType === media.offeredType;
    const codec = agreed ? this.#codec : codecOfType(payloadType);
    const holdsMs = codec?.packetMs(bytes, view.payloadStart, view.payloadEnd) ?? 0;
    const kind = this.#unagreed.isKnown(payloadType) ? 'key' : kindOf(view, holdsMs, codec, media.eventTypes);
    const audioMs = kind === 'audio' ? holdsMs : 0;
    const ours = this.#latch.accept(address, port, { ssrc, sequence, kind, audioMs, at: now });
    if (kind === 'other' && !(ours && this.#learns(view, bytes, media))) return this.#other(ours, address, port, now);
    const isKey = kind === 'key' || kind === 'other';
    // keys of some gateways have an SSRC of their own, which is not a new audio stream
    const aside = isKey && this.#statistics !== undefined && this.#statistics.ssrc !== ssrc;
    if (!ours || !(aside || this.#ofStream(view, codec?.clockRate, now) || isKey)) {
      this.dropped++;
      return;
    }
    this.#handlers.onPacket();
    const ahead = (sequence - this.#lastSequence) & 0xffff;
    const newer = ahead > 0 && ahead < 0x8000;
    if (!aside && newer) this.#lastSequence = sequence;
    if (isKey) this.#key(view, bytes, media, now);
    else if (kind === 'audio' && codec !== undefined) this.#audio(bytes, codec, holdsMs, ahead === 1, newer);
  }

  /** Nothing is heard any more. */
  close(): void {
    this.#heard.reset();
  }

  /** Another source is heard from now on. */
  changeSource(): void {
    this.#changed = true;
  }

  #learns(
    { payloadType, payloadStart, payloadEnd }: RtpView,
    bytes: Buffer,
    { otherTypes = [] }: NegotiatedMedia,
  ): boolean {
    const learnt = this.#unagreed.learn(payloadType, bytes.subarray(payloadStart, payloadEnd), otherTypes);
    if (learnt) this.#handlers.onUnagreed(payloadType);
    return learnt;
  }

  #other(ours: boolean, address: string, port: number, now: MonotonicMs): void {
    if (ours || this.#latch.sign(address, port, now)) this.#handlers.onSign();
    else this.dropped++;
  }

  /**
   * Follows the far end from one SSRC to the next, but not a mixture of two.
   *
   * @param clockRate - of the packet's codec, if it has one: with another clock another stream begins (RFC 7160 section 3)
   */
  #ofStream({ ssrc, sequence, timestamp }: RtpView, clockRate: RtpClockHz | undefined, now: MonotonicMs): boolean {
    const known = this.#statistics?.ssrc === ssrc;
    const anotherClock = known && clockRate !== undefined && clockRate !== this.#clockRate;
    if (this.#statistics === undefined || anotherClock || (this.#changed && !known))
      this.#begin(ssrc, sequence, clockRate);
    else if (known) this.#otherCount = 0;
    else {
      this.#otherCount = ssrc === this.#otherSsrc ? this.#otherCount + 1 : 1;
      this.#otherSsrc = ssrc;
      if (this.#otherCount < SSRC_PACKETS) return false;
      this.#begin(ssrc, sequence, clockRate);
    }
    const before = this.#statistics?.received ?? 0;
    const plausible = this.#statistics?.receive(sequence, timestamp, now) ?? false;
    // a source on probation is heard all the same: the latch has judged it
    return plausible || before === 0;
  }

  #begin(ssrc: number, sequence: number, clockRate = this.#codec?.clockRate ?? TELEPHONE_RATE): void {
    this.#clockRate = clockRate;
    this.#receivedBefore += this.#statistics?.received ?? 0;
    this.#lostBefore += this.#statistics?.lost ?? 0;
    this.#statistics = new ReceptionStatistics(ssrc, this.#clockRate);
    this.#timeline = new Timeline(this.#clockRate);
    this.#heard.reset();
    this.#changed = false;
    this.#lastSequence = (sequence - 2) & 0xffff; // nothing is known of what came before
    this.#otherCount = 0;
  }

  #key(view: RtpView, bytes: Buffer, { eventClockRate }: NegotiatedMedia, now: MonotonicMs): void {
    const { ssrc, sequence, timestamp, marker, payloadStart, payloadEnd } = view;
    const payload = bytes.subarray(payloadStart, payloadEnd);
    const clockRate = eventClockRate ?? this.#codec?.clockRate ?? TELEPHONE_RATE;
    const report = this.#keys.receive({ ssrc, sequence, timestamp, clockRate, marker, payload, at: now });
    if (report !== undefined) this.#handlers.onKey(report.digit, report.pressed);
  }

  /**
   * @param follows - no packet was lost before it
   * @param newer - by its sequence number: it was not reordered
   */
  #audio(bytes: Buffer, codec: Codec, durationMs: number, follows: boolean, newer: boolean): void {
    const view = this.#view;
    const payload = bytes.subarray(view.payloadStart, view.payloadEnd);
    const heard = this.#heard;
    heard.load(codec, payload, durationMs);
    const { count } = heard;
    const { timestamp, marker } = view;
    const backwards = newer && ((timestamp - this.#lastTimestamp) | 0) < 0;
    if (newer) this.#lastTimestamp = timestamp;
    const { at, position, ahead, skew } = this.#timeline.place(
      timestamp,
      this.#position(),
      count,
      marker || backwards,
      this.#isQuiet,
    );
    if (skew !== 0) this.#handlers.onSkew(skew);
    if (ahead) {
      this.late++;
      return;
    }
    const gap = this.#end === undefined ? 0 : at - this.#end;
    heard.at = at;
    heard.repeatBefore = gap > 0 && gap <= CORRECTION ? gap : 0;
    heard.quietBefore = gap > CORRECTION && follows ? gap : 0;
    if (-gap > CORRECTION) this.late++;
    heard.sequence = view.sequence;
    heard.timestamp = position >>> 0;
    heard.ssrc = view.ssrc;
    this.#end = this.#end === undefined ? at + count : Math.max(this.#end, at + count);
    this.#handlers.onAudio(heard);
  }
}

function kindOf(
  { payloadType }: RtpView,
  holdsMs: number,
  codec: Codec | undefined,
  eventTypes: readonly number[],
): 'audio' | 'key' | 'comfort-noise' | 'other' {
  if (eventTypes.includes(payloadType)) return 'key';
  if (codec !== undefined) return holdsMs > 0 && holdsMs <= LONGEST_PACKET_MS ? 'audio' : 'other';
  return COMFORT_NOISE.has(payloadType) ? 'comfort-noise' : 'other';
}
