import { randomBytes } from 'node:crypto';
import type { CodecName } from '../../domain/codec.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { NegotiatedMedia } from '../engine/media-protocol.ts';
import { type EndpointPlace, WorkerEndpoint } from '../engine/worker-endpoint.ts';
import type { Notice } from '../engine/worker-host.ts';
import type { Endpoint, PlaybackId, PlayRequest } from '../media-server.ts';
import { agreedMedia } from './agreed-media.ts';
import { formatForkMetadata } from './fork-metadata.ts';
import type { LegChannel } from './leg-channel.ts';
import { narrowSdp, plainOffer, widenAnswer } from './narrow-sdp.ts';
import { RtpWatch } from './rtp-watch.ts';

const CONNECT_LIMIT = ms(2_000);
const ATTEMPTS = 2;
/** Forks that break more often than this in a minute will not hold. */
const MOST_BREAKS = 5;
const MINUTE = 60_000;

export interface EndpointSurroundings {
  readonly codecs: readonly CodecName[];
  readonly rtpTimeoutMs: number;
  /** Where FreeSWITCH's WebSocket for that token comes to. */
  readonly forkUrl: (token: string) => string;
  /** Set on a channel before its fork starts: what FreeSWITCH shows when it connects. */
  readonly variables: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onReattached: () => void;
}

/**
 * A leg whose RTP is FreeSWITCH's: its channel there, its fork's end in a media worker. Without a fork (an agent, whom
 * FreeSWITCH joins with the caller by itself) it can be bridged, held, and sent digits; the fork starts with the first
 * `play`.
 */
export class FreeswitchEndpoint extends WorkerEndpoint {
  readonly #around: EndpointSurroundings;
  #channel: LegChannel;
  #localSdp: string;
  /** FreeSWITCH's offer, while it has no answer. */
  #offered: string | undefined;
  #media: NegotiatedMedia | undefined;
  /** 'none': it works without, so far. */
  #fork: 'none' | 'starting' | 'up' = 'none';
  #connected: Deferred<void> | undefined;
  readonly #breaks: number[] = [];
  #bridged: FreeswitchEndpoint | undefined;
  /** Commands of the channel whose order matters. */
  #order: Promise<void> = Promise.resolve();
  readonly #rtp: RtpWatch;
  /** Handed out: until then a channel that ends is not its end, it may get another one. */
  #made = false;

  /** @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED */
  constructor(place: EndpointPlace, channel: LegChannel, remoteSdp: string | undefined, around: EndpointSurroundings) {
    super(place);
    this.#around = around;
    this.#channel = channel;
    this.#localSdp = '';
    this.#takeDescriptions(remoteSdp);
    this.#rtp = new RtpWatch({
      clock: around.clock,
      timeout: around.rtpTimeoutMs,
      count: () => this.#channel.packetsReceived(),
      emit: (event) => {
        if (!this.over) super.take({ type: 'event', endpoint: this.key, event });
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
        if (current() && /^[0-9*#A-D]$/.test(digit)) this.post({ type: 'key', digit, via: 'rfc4733' });
      },
      onForkRefused: () => {
        if (current()) this.#connected?.reject(new IvrError('MEDIA_SERVER_LOST', 'FreeSWITCH cannot connect its fork'));
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

  /**
   * Starts the fork; what is played meanwhile waits in the media worker.
   *
   * @throws IvrError MEDIA_SERVER_LOST when FreeSWITCH does not connect, CANCELLED
   */
  async attach(signal?: AbortSignal): Promise<void> {
    this.#fork = 'starting';
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#attachOnce(signal);
        this.#fork = 'up';
        return;
      } catch (thrown) {
        if (signal?.aborted === true || this.over || this.#channel.gone) throw thrown;
        await this.#channel.stopFork().catch(() => undefined);
        if (attempt >= ATTEMPTS || this.over) throw thrown;
        this.#around.logger.warn(
          { leg: this.leg, because: asError(thrown).message },
          'a fork did not connect; once more',
        );
      }
    }
  }

  async modify(remoteSdp: string): Promise<string> {
    this.demandOpen();
    const { codecs } = this.#around;
    const answer = await this.#channel.modify(narrowSdp(remoteSdp, codecs));
    const media = agreedMedia(remoteSdp, answer, codecs, this.#offered);
    this.#offered = undefined;
    this.#localSdp = widenAnswer(answer, remoteSdp, codecs);
    this.#media = media;
    this.#useMedia();
    return this.#localSdp;
  }

  override play(request: PlayRequest): PlaybackId {
    if (this.#fork === 'none' && !this.over) this.#attachLate();
    return super.play(request);
  }

  override sendDigits(digits: string): void {
    if (this.over || !/^[0-9*#A-D]+$/.test(digits)) return;
    this.#inOrder('sending digits', () => this.#channel.sendDigits(digits));
  }

  /** @throws IvrError INTERNAL when the two are not on one FreeSWITCH: the second must be made `near` the first */
  bridge(other: Endpoint): void {
    if (!(other instanceof FreeswitchEndpoint) || other.#channel.server !== this.#channel.server)
      throw new IvrError('INTERNAL', 'only endpoints of one FreeSWITCH can be bridged');
    if (this.over) return;
    this.#bridged = other;
    other.#bridged = this;
    this.post({ type: 'bridge', other: other.key });
    this.#inOrder('bridging', async () => {
      if (this.#bridged !== other || other.over) return;
      await this.#channel.bridge(other.#channel).catch((thrown: unknown) => {
        if (!other.over) other.fail('MEDIA_SERVER_LOST');
        throw thrown;
      });
    });
  }

  override unbridge(): void {
    super.unbridge();
    const other = this.#bridged;
    this.#part();
    if (other === undefined || this.over) return;
    this.#inOrder('parting', async () => {
      // who was left is parked already
      if (!other.over && !other.#channel.gone) await this.#channel.unbridge();
    });
  }

  override take(notice: Exclude<Notice, { readonly type: 'trouble' | 'ready' }>): void {
    if (notice.type === 'event' && notice.event.type === 'rtp-began') return this.#rtp.heard();
    if (notice.type !== 'fork') return super.take(notice);
    if (notice.state === 'connected') this.#connected?.resolve();
    else if (this.#fork === 'starting')
      this.#connected?.reject(new IvrError('MEDIA_SERVER_LOST', 'the fork broke at once'));
    else if (this.#fork === 'up' && !this.over) void this.#reattach();
  }

  protected override async release(): Promise<void> {
    this.#rtp.close();
    this.#connected?.reject(new IvrError('CANCELLED', 'the endpoint is closed'));
    this.#part();
    await this.#channel.hangUp();
  }

  async #attachOnce(signal: AbortSignal | undefined): Promise<void> {
    const { forkUrl, variables } = this.#around;
    const token = randomBytes(24).toString('base64url');
    const connected = deferred<void>();
    connected.promise.catch(() => undefined);
    this.#connected = connected;
    this.post({ type: 'expect-fork', token });
    // one packet: FreeSWITCH runs one event socket's commands in their order
    const variablesSet = this.#channel.setVariables(variables);
    variablesSet.catch(() => undefined);
    await this.#channel.startFork({
      url: forkUrl(token),
      metadata: formatForkMetadata(this.key),
    });
    await variablesSet;
    await within(connected.promise, CONNECT_LIMIT, 'the WebSocket of a fork', signal);
  }

  #attachLate(): void {
    this.attach().catch((thrown: unknown) => this.#lose('a fork did not connect', thrown));
  }

  /** The WebSocket broke while the channel lives: another one, and the media worker marks the gap. */
  async #reattach(): Promise<void> {
    const { clock, logger, onReattached } = this.#around;
    const now = clock.now();
    this.#breaks.push(now);
    while ((this.#breaks[0] ?? now) < now - MINUTE) this.#breaks.shift();
    try {
      await this.#channel.stopFork().catch(() => undefined);
      if (this.over || this.#channel.gone) return;
      if (this.#breaks.length > MOST_BREAKS) throw new IvrError('MEDIA_SERVER_LOST', 'its fork breaks again and again');
      await this.attach();
      logger.warn({ leg: this.leg }, 'a fork broke and was connected again');
      onReattached();
    } catch (thrown) {
      this.#lose('a fork broke', thrown);
    }
  }

  #lose(what: string, thrown: unknown): void {
    if (this.over) return;
    this.#around.logger.error({ leg: this.leg }, what, asError(thrown));
    this.fail('MEDIA_SERVER_LOST');
  }

  /** MEDIA_TIMEOUT: its dialplan sets `media_timeout`. We don't: it ends channels on hold as well. */
  #onGone(reason: string | undefined): void {
    this.#connected?.reject(new IvrError('MEDIA_SERVER_LOST', 'the channel has ended'));
    if (!this.#made) return;
    this.#rtp.close();
    this.#part();
    if (this.over) return;
    const { logger, rtpTimeoutMs } = this.#around;
    logger.warn({ leg: this.leg, reason: reason ?? 'event socket ended' }, 'FreeSWITCH ended a leg');
    if (reason === 'MEDIA_TIMEOUT')
      super.take({ type: 'event', endpoint: this.key, event: { type: 'rtp-lost', silent: ms(rtpTimeoutMs) } });
    this.fail('MEDIA_SERVER_LOST');
  }

  #useMedia(): void {
    const media = this.#media;
    if (media === undefined) return;
    this.post({ type: 'negotiated', media });
    this.#rtp.expect(media.receive && !media.held);
  }

  #part(): void {
    const other = this.#bridged;
    if (other !== undefined && other.#bridged === this) other.#bridged = undefined;
    this.#bridged = undefined;
  }

  #inOrder(what: string, run: () => Promise<void>): void {
    this.#order = this.#order.then(async () => {
      if (this.over) return;
      try {
        await run();
      } catch (thrown) {
        if (!this.over) this.#around.logger.warn({ leg: this.leg, what }, 'FreeSWITCH refused', asError(thrown));
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
