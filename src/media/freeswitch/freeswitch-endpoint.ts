import type { CodecName } from '../../domain/codec.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { NegotiatedMedia } from '../engine/media-protocol.ts';
import type { EndpointAdapter, EndpointLeg, EndpointNotice } from '../engine/worker-endpoint.ts';
import { agreedMedia } from './agreed-media.ts';
import { ForkAttachment, type ForkSurroundings } from './fork-attachment.ts';
import type { LegChannel } from './leg-channel.ts';
import { narrowSdp, plainOffer, widenAnswer } from './narrow-sdp.ts';
import { RtpWatch } from './rtp-watch.ts';

export interface EndpointSurroundings extends ForkSurroundings {
  readonly codecs: readonly CodecName[];
  readonly rtpTimeoutMs: number;
}

/**
 * A leg whose RTP is FreeSWITCH's: its channel there, its fork's end in a media worker. Without a fork (an agent, whom
 * FreeSWITCH joins with the caller by itself) it can be bridged, held, and sent digits; the fork starts with the first
 * `play`.
 */
export class FreeswitchEndpoint implements EndpointAdapter {
  readonly #leg: EndpointLeg;
  readonly #around: EndpointSurroundings;
  readonly #fork: ForkAttachment;
  readonly #rtp: RtpWatch;
  #channel: LegChannel;
  #localSdp: string;
  /** FreeSWITCH's offer, while it has no answer. */
  #offered: string | undefined;
  #media: NegotiatedMedia | undefined;
  #bridged: FreeswitchEndpoint | undefined;
  /** Commands of the channel whose order matters. */
  #order: Promise<void> = Promise.resolve();
  /** Handed out: until then a channel that ends is not its end, it may get another one. */
  #made = false;

  /** @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED */
  constructor(leg: EndpointLeg, channel: LegChannel, remoteSdp: string | undefined, around: EndpointSurroundings) {
    this.#leg = leg;
    this.#around = around;
    this.#channel = channel;
    this.#localSdp = '';
    this.#takeDescriptions(remoteSdp);
    this.#fork = new ForkAttachment(leg, () => this.#channel, around);
    this.#rtp = new RtpWatch({
      clock: around.clock,
      timeout: around.rtpTimeoutMs,
      count: () => this.#channel.packetsReceived(),
      emit: (event) => {
        if (!leg.over) leg.tell(event);
      },
    });
  }

  get channel(): LegChannel {
    return this.#channel;
  }

  get localSdp(): string {
    return this.#localSdp;
  }

  get codec(): CodecName | undefined {
    return this.#media?.codec;
  }

  get telephoneEvent(): boolean {
    return this.#media?.telephoneEvent !== undefined;
  }

  get held(): boolean {
    return this.#media?.held === true;
  }

  /** What the channel says goes to this endpoint from now on. */
  begin(): void {
    const channel = this.#channel;
    const current = (): boolean => channel === this.#channel;
    channel.listen({
      onKey: (digit) => {
        if (current() && /^[0-9*#A-D]$/.test(digit)) this.#leg.post({ type: 'key', digit, via: 'rfc4733' });
      },
      onForkRefused: () => {
        if (current()) this.#fork.refuse(new IvrError('MEDIA_SERVER_LOST', 'FreeSWITCH cannot connect the audio fork'));
      },
      onGone: (reason) => {
        if (current()) this.#onGone(reason);
      },
    });
    this.#useMedia();
  }

  /** It has what it needs: from now on it ends with its channel. */
  made(): void {
    this.#made = true;
    if (this.#channel.gone) this.#onGone(undefined);
  }

  /** Another channel in place of one that would not do, before anybody was told of that. */
  replace(channel: LegChannel, remoteSdp: string | undefined): void {
    this.#channel = channel;
    this.#takeDescriptions(remoteSdp);
    this.begin();
  }

  /** @throws as ForkAttachment.attach */
  attach(signal?: AbortSignal): Promise<void> {
    return this.#fork.attach(signal);
  }

  async modify(remoteSdp: string): Promise<string> {
    const { codecs } = this.#around;
    const answer = await this.#channel.modify(narrowSdp(remoteSdp, codecs));
    const media = agreedMedia(remoteSdp, answer, codecs, this.#offered);
    this.#offered = undefined;
    this.#localSdp = widenAnswer(answer, remoteSdp, codecs);
    this.#media = media;
    this.#useMedia();
    return this.#localSdp;
  }

  prepareToPlay(): void {
    this.#fork.attachLate();
  }

  sendDigits(digits: string): void {
    if (/^[0-9*#A-D]+$/.test(digits)) this.#inOrder('sending digits', () => this.#channel.sendDigits(digits));
  }

  /** @throws IvrError INTERNAL when the two are not on one FreeSWITCH: the second must be made `near` the first */
  bridge(other: EndpointAdapter | undefined): void {
    if (!(other instanceof FreeswitchEndpoint) || other.#channel.server !== this.#channel.server)
      throw new IvrError('INTERNAL', 'only endpoints of one FreeSWITCH can be bridged');
    if (this.#leg.over) return;
    this.#bridged = other;
    other.#bridged = this;
    this.#leg.post({ type: 'bridge', other: other.#leg.key });
    this.#inOrder('bridging', async () => {
      if (this.#bridged !== other || other.#leg.over) return;
      await this.#channel.bridge(other.#channel).catch((thrown: unknown) => {
        if (!other.#leg.over) other.#leg.fail('MEDIA_SERVER_LOST');
        throw thrown;
      });
    });
  }

  /** @throws IvrError INTERNAL unless it is nobody: `mixes` of the media server says so */
  hear(others: readonly (EndpointAdapter | undefined)[]): void {
    if (others.length > 0) throw new IvrError('INTERNAL', 'FreeSWITCH joins two legs at a time');
  }

  unbridge(): void {
    const other = this.#bridged;
    this.#part();
    if (other === undefined || this.#leg.over) return;
    this.#inOrder('parting', async () => {
      // who was left is parked already
      if (!other.#leg.over && !other.#channel.gone) await this.#channel.unbridge();
    });
  }

  take(notice: EndpointNotice): boolean {
    if (notice.type === 'event' && notice.event.type === 'rtp-began') this.#rtp.heard();
    else if (notice.type === 'fork') this.#fork.take(notice.state);
    else return false;
    return true;
  }

  async release(): Promise<void> {
    this.#rtp.close();
    this.#fork.refuse(new IvrError('CANCELLED', 'the endpoint is closed'));
    this.#part();
    await this.#channel.hangUp();
  }

  /** MEDIA_TIMEOUT: its dialplan sets `media_timeout`. We don't: it ends channels on hold as well. */
  #onGone(reason: string | undefined): void {
    this.#fork.refuse(new IvrError('MEDIA_SERVER_LOST', 'the channel has ended'));
    if (!this.#made) return;
    this.#rtp.close();
    this.#part();
    if (this.#leg.over) return;
    const { logger, rtpTimeoutMs } = this.#around;
    logger.warn({ leg: this.#leg.leg, reason: reason ?? 'event socket ended' }, 'FreeSWITCH ended a leg');
    if (reason === 'MEDIA_TIMEOUT') this.#leg.tell({ type: 'rtp-lost', silent: ms(rtpTimeoutMs) });
    this.#leg.fail('MEDIA_SERVER_LOST');
  }

  #useMedia(): void {
    const media = this.#media;
    if (media === undefined) return;
    this.#leg.post({ type: 'negotiated', media });
    this.#rtp.expect(media.receive && !media.held);
  }

  #part(): void {
    const other = this.#bridged;
    if (other !== undefined && other.#bridged === this) other.#bridged = undefined;
    this.#bridged = undefined;
  }

  #inOrder(what: string, run: () => Promise<void>): void {
    this.#order = this.#order.then(async () => {
      if (this.#leg.over) return;
      try {
        await run();
      } catch (thrown) {
        if (!this.#leg.over)
          this.#around.logger.warn({ leg: this.#leg.leg, what }, 'FreeSWITCH refused', asError(thrown));
      }
    });
  }

  #takeDescriptions(remoteSdp: string | undefined): void {
    const { codecs } = this.#around;
    if (remoteSdp === undefined) this.#localSdp = this.#offered = plainOffer(this.#channel.localSdp, codecs);
    else {
      const answer = this.#channel.localSdp;
      this.#localSdp = widenAnswer(answer, remoteSdp, codecs);
      this.#media = agreedMedia(remoteSdp, answer, codecs, undefined);
    }
  }
}
