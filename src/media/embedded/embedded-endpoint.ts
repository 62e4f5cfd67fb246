import { isIP } from 'node:net';
import type { CodecName } from '../../domain/codec.ts';
import type { SrtpSuite } from '../../domain/srtp.ts';
import { IvrError } from '../../domain/error.ts';
import type { Negotiated } from '../../sdp/negotiated.ts';
import { makeAnswer, makeOffer, takeAnswer } from '../../sdp/offer-answer.ts';
import { type LocalMedia, offeredEvents, typeOf } from '../../sdp/our-audio.ts';
import type { EndpointKey } from '../engine/media-protocol.ts';
import type { EndpointAdapter, EndpointLeg } from '../engine/worker-endpoint.ts';
import type { EndpointOptions } from '../media-server.ts';

/**
 * Payload types of our offer: what the far end sends has these, though its answer, which says what we are to send, may name
 * others (RFC 3264 section 6.1). Many send with those of their answer.
 */
interface OfferedTypes {
  readonly audio: number;
  readonly events: readonly number[];
}

/** What is agreed with a far end whose RTP comes to our own ports. The leg itself lives in its worker. */
export class EmbeddedEndpoint implements EndpointAdapter {
  readonly #leg: EndpointLeg;
  #media: Omit<LocalMedia, 'version'>;
  #localSdp = '';
  #version = 1;
  /** Our offer stands and wants its answer. */
  #offered = false;
  #negotiated: Negotiated | undefined;
  #signalling: string | undefined;

  /**
   * @param media - its keys are wiped when the endpoint is released, or refused here
   * @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED
   */
  constructor(
    leg: EndpointLeg,
    media: Omit<LocalMedia, 'version'>,
    { remoteSdp, signalling }: Pick<EndpointOptions, 'remoteSdp' | 'signalling'>,
  ) {
    this.#leg = leg;
    this.#media = media;
    this.#signalling = signalling;
    try {
      if (remoteSdp !== undefined) this.#answer(remoteSdp);
      else {
        this.#offered = true;
        this.#localSdp = makeOffer(this.#local());
      }
    } catch (thrown) {
      this.#wipe();
      throw thrown;
    }
  }

  get localSdp(): string {
    return this.#localSdp;
  }

  get codec(): CodecName | undefined {
    return this.#negotiated?.codec;
  }

  get telephoneEvent(): boolean {
    return this.#negotiated?.telephoneEvent !== undefined;
  }

  get held(): boolean {
    return this.#negotiated?.held === true;
  }

  get srtp(): SrtpSuite | undefined {
    return this.#negotiated?.srtp?.ours.suite;
  }

  /** The leg has its own copy of the keys that it still needs. */
  async release(): Promise<void> {
    this.#wipe();
  }

  async modify(remoteSdp: string, signalling?: string): Promise<string> {
    this.#signalling = signalling ?? this.#signalling;
    if (this.#offered) {
      const negotiated = takeAnswer({ ...this.#media, text: this.#localSdp }, remoteSdp);
      this.#offered = false;
      const { codecs } = this.#media;
      const events = offeredEvents(codecs)
        .map(({ payloadType }) => payloadType)
        .filter((type) => !negotiated.otherTypes.includes(type));
      this.#applyNegotiated(negotiated, { audio: Number(typeOf(negotiated.codec)), events });
    } else this.#answer(remoteSdp);
    return this.#localSdp;
  }

  alternativeOffer(): string | undefined {
    const { srtp } = this.#media;
    if (!this.#offered || srtp?.policy !== 'optional' || srtp.exposed === true) return undefined;
    this.#media = { ...this.#media, srtp: { ...srtp, policy: 'required' } };
    this.#localSdp = makeOffer(this.#local());
    return this.#localSdp;
  }

  /** @throws IvrError INTERNAL when the two do not share a media worker: the second must be made `near` the first */
  bridge(other: EndpointAdapter | undefined): void {
    this.#leg.post({ type: 'bridge', other: this.#beside(other) });
  }

  /** @throws as `bridge` */
  hear(others: readonly (EndpointAdapter | undefined)[]): void {
    this.#leg.post({ type: 'hear', others: others.map((other) => this.#beside(other)) });
  }

  #beside(other: EndpointAdapter | undefined): EndpointKey {
    if (!(other instanceof EmbeddedEndpoint) || other.#leg.worker !== this.#leg.worker)
      throw new IvrError('INTERNAL', 'only endpoints of one media worker can be joined');
    return other.#leg.key;
  }

  #wipe(): void {
    for (const { keying } of this.#media.srtp?.keys ?? []) keying.fill(0);
  }

  #answer(remoteSdp: string): void {
    const { text, negotiated } = makeAnswer(remoteSdp, this.#local());
    this.#localSdp = text;
    this.#version++;
    this.#applyNegotiated(negotiated);
  }

  #local(): LocalMedia {
    return { ...this.#media, version: this.#version };
  }

  #applyNegotiated(negotiated: Negotiated, offered?: OfferedTypes): void {
    this.#negotiated = negotiated;
    const {
      codec,
      payloadType,
      codecParameters,
      telephoneEvent,
      eventClockRate,
      otherTypes,
      remote,
      direction,
      held,
      srtp,
    } = negotiated;
    const reachable = isIP(remote.host) !== 0 && !/^(0\.0\.0\.0|::)$/.test(remote.host) && remote.port > 0;
    this.#leg.post({
      type: 'negotiated',
      media: {
        codec,
        payloadType,
        offeredType: offered?.audio,
        codecParameters,
        telephoneEvent,
        eventClockRate,
        otherTypes,
        eventTypes: telephoneEvent === undefined ? [] : [telephoneEvent, ...(offered?.events ?? [])],
        remote: reachable ? { address: remote.host, port: remote.port, rtcpPort: remote.rtcpPort } : undefined,
        signalling: this.#signalling,
        send: direction === 'sendrecv' || direction === 'sendonly',
        receive: direction === 'sendrecv' || direction === 'recvonly',
        held: held || direction === 'inactive',
        srtp: srtp === undefined ? undefined : { send: srtp.ours, receive: srtp.theirs },
      },
    });
    srtp?.theirs.keying.fill(0);
  }
}
