import type { CodecName } from '../../domain/codec.ts';
import { asError, type ErrorCode, IvrError } from '../../domain/error.ts';
import type { LegId } from '../../domain/ids.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import { type Milliseconds, ms, samples } from '../../domain/units.ts';
import { sharedNow } from '../../lib/clock.ts';
import { deferred } from '../../lib/deferred.ts';
import type {
  Endpoint,
  EndpointEvent,
  EndpointOptions,
  PlaybackId,
  PlayRequest,
  UtteranceId,
} from '../../media/media-server.ts';
import type { Dialog } from '../../signalling/signalling.ts';
import type { CallServices } from '../call-services.ts';
import { untilAborted } from '../until-aborted.ts';
import { outstandingPlaybacks } from './outstanding-playbacks.ts';
import { reAnchor } from './re-anchor.ts';

/** Failures of a place, not of the leg: the leg can go on elsewhere. */
const OF_THE_PLACE: ReadonlySet<string> = new Set<ErrorCode>(['MEDIA_WORKER_LOST', 'MEDIA_SERVER_LOST']);
/** A leg that outlives so many places may be what kills them. */
const MOST_MOVES = 3;
const EVENTS_KEPT = 256;

export type LegMove =
  /** Its media is gone, what was playing with it; other media is being sought, and nothing said now is heard. */
  | { readonly type: 'lost' }
  /** It has other media. `because`: what it lost. */
  | { readonly type: 'moved'; readonly because: string; readonly after: Milliseconds };

export interface AnchoredLegOptions {
  readonly media: Omit<EndpointOptions, 'near'>;
  /** The leg beside which its media has to be. */
  readonly near?: AnchoredLeg;
  /** The call is over when it aborts: no other media is sought any more. */
  readonly over: AbortSignal;
}

type Services = Pick<CallServices, 'media' | 'clock' | 'logger'>;

/** @throws what `createEndpoint` throws */
export async function openAnchoredLeg(
  options: AnchoredLegOptions,
  services: Services,
  signal: AbortSignal,
): Promise<AnchoredLeg> {
  return new AnchoredLeg(await endpointFor(options, options.media, services, signal), options, services);
}

/** Beside whatever the other leg's media is by now. */
async function endpointFor(
  { near }: AnchoredLegOptions,
  asked: EndpointOptions,
  { media }: Services,
  signal: AbortSignal,
): Promise<Endpoint> {
  return media.createEndpoint(near === undefined ? asked : { ...asked, near: await near.anchored() }, signal);
}

/**
 * A leg that outlives its media: to the call one endpoint from beginning to end. When its media worker or media server
 * dies it gets another endpoint, offered to the far end by re-INVITE, with the same recording. It fails only when that
 * cannot be done.
 */
export class AnchoredLeg implements Endpoint {
  readonly leg: LegId;
  readonly #options: AnchoredLegOptions;
  readonly #services: Services;
  readonly #closed = new AbortController();
  /** Aborts when it is closed, has failed, or the call is over. */
  readonly #over: AbortSignal;
  readonly #dialog = deferred<Dialog>();
  readonly #watching = new Set<(move: LegMove) => void>();
  readonly #kept: EndpointEvent[] = [];
  readonly #playing = outstandingPlaybacks();
  /** Places that it has left, until they are closed. */
  readonly #left = new Set<Promise<void>>();
  #listener: ((event: EndpointEvent) => void) | undefined;
  #endpoint: Endpoint;
  /** Never rejects. */
  #moving: Promise<void> | undefined;
  /** The place that it has just found is gone as well. */
  #dead: ErrorCode | undefined;
  #died: (code: ErrorCode) => void = () => undefined;
  #moves = 0;
  #failed: IvrError | undefined;
  #secure = false;
  /** There was a secure entry: its last key may still be held, or under way. */
  #wasSecure = false;
  #policy: TurnPolicy | undefined;
  #unheard = 0;
  #closing: Promise<void> | undefined;

  constructor(endpoint: Endpoint, options: AnchoredLegOptions, services: Services) {
    this.leg = options.media.leg;
    this.#options = options;
    this.#services = services;
    this.#endpoint = endpoint;
    this.#over = AbortSignal.any([this.#closed.signal, options.over]);
    this.#watch(endpoint);
  }

  get localSdp(): string {
    return this.#endpoint.localSdp;
  }

  get codec(): CodecName | undefined {
    return this.#endpoint.codec;
  }

  get telephoneEvent(): boolean {
    return this.#endpoint.telephoneEvent;
  }

  get held(): boolean {
    return this.#endpoint.held;
  }

  /** It has no media at present. */
  get lost(): boolean {
    return this.#moving !== undefined;
  }

  /** @returns the way to stop listening */
  onMove(listener: (move: LegMove) => void): () => void {
    const own = (move: LegMove): void => listener(move);
    this.#watching.add(own);
    return () => this.#watching.delete(own);
  }

  /**
   * Its dialog stands: from now on lost media can be replaced, and what was lost before is.
   *
   * @param answer - of the far end, when the offer was ours
   * @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED; as `anchored`
   */
  async answered(dialog: Dialog, answer?: string): Promise<void> {
    this.#dialog.resolve(dialog);
    this.consent();
    if (answer !== undefined && !this.lost)
      try {
        await this.#endpoint.modify(answer, dialog.address);
      } catch (thrown) {
        if (!this.lost) throw thrown; // else it died under the answer
      }
    await this.anchored();
  }

  /** Resolves with its endpoint as soon as it has one. @throws IvrError when it has failed, CANCELLED when it is closed */
  async anchored(): Promise<Endpoint> {
    while (this.#moving !== undefined) await this.#moving;
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#over.aborted) throw new IvrError('CANCELLED', 'the leg is closed');
    return this.#endpoint;
  }

  /** The leg beside which it has to be has moved: it does the same, unless it is on its way already. */
  follow(because: string): void {
    if (!this.lost && !this.#gone) this.#lose(because);
  }

  /** @throws IvrError ENDPOINT_CLOSED while it has no media: the far end keeps what it had */
  modify(remoteSdp: string, signalling?: string): Promise<string> {
    if (this.lost) return Promise.reject(new IvrError('ENDPOINT_CLOSED', 'the leg has no media at present'));
    return this.#endpoint.modify(remoteSdp, signalling);
  }

  consent(): void {
    if (!this.lost) this.#endpoint.consent();
  }

  play(request: PlayRequest): PlaybackId {
    if (this.lost) return this.#playNowhere(request);
    const playback = this.#endpoint.play(request);
    this.#playing.queued(playback, request.turn);
    return playback;
  }

  stop(playback?: PlaybackId): void {
    if (!this.lost) this.#endpoint.stop(playback);
  }

  resume(playback: PlaybackId): void {
    if (!this.lost) this.#endpoint.resume(playback);
  }

  infoKey(digit: string): void {
    if (!this.lost) this.#endpoint.infoKey(digit);
  }

  sendDigits(digits: string): void {
    if (!this.lost) this.#endpoint.sendDigits(digits);
  }

  listen(policy: TurnPolicy | undefined): void {
    this.#policy = policy;
    if (!this.lost) this.#endpoint.listen(policy);
  }

  endUtterance(utterance: UtteranceId): void {
    if (!this.lost) this.#endpoint.endUtterance(utterance);
  }

  submit(utterance: UtteranceId, job: number): void {
    if (!this.lost) this.#endpoint.submit(utterance, job);
  }

  secure(on: boolean): void {
    this.#secure = on;
    this.#wasSecure ||= on;
    this.#endpoint.secure(on);
  }

  bridge(other: Endpoint): void {
    if (!this.lost) this.#endpoint.bridge(other instanceof AnchoredLeg ? other.#endpoint : other);
  }

  unbridge(): void {
    if (!this.lost) this.#endpoint.unbridge();
  }

  onEvent(listener: (event: EndpointEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#kept.splice(0)) listener(event);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#endpoint.close(), this.#moving]);
    await Promise.all(this.#left);
  }

  get #gone(): boolean {
    return this.#over.aborted;
  }

  #watch(endpoint: Endpoint): void {
    endpoint.onEvent((event) => {
      if (endpoint !== this.#endpoint) return; // the last words of a place that it has left
      if (event.type !== 'failed') this.#take(event);
      else if (this.#gone) return;
      else if (!OF_THE_PLACE.has(event.code)) this.#fail(new IvrError('INTERNAL', event.code), event.code);
      else if (this.lost) this.#diedAgain(codeOf(event.code));
      else this.#lose(event.code);
    });
  }

  #take(event: EndpointEvent): void {
    this.#playing.take(event);
    this.#deliver(event);
  }

  #deliver(event: EndpointEvent): void {
    if (this.#listener !== undefined) this.#listener(event);
    else if (this.#kept.length < EVENTS_KEPT) this.#kept.push(event);
  }

  #tell(move: LegMove): void {
    for (const listener of this.#watching) listener(move);
  }

  #diedAgain(code: ErrorCode): void {
    this.#dead = code;
    this.#died(code);
  }

  #lose(because: string): void {
    this.#moves += 1;
    if (this.#moves > MOST_MOVES)
      return this.#fail(new IvrError(codeOf(because), 'it loses its media again and again'));
    const lostAt = this.#services.clock.now();
    this.#moving = this.#move(because, lostAt);
    this.#tell({ type: 'lost' });
    for (const event of this.#playing.lose(sharedNow())) this.#deliver(event);
  }

  async #move(because: string, lostAt: number): Promise<void> {
    const { clock, logger } = this.#services;
    const { near } = this.#options;
    const { contact, leg } = this.#options.media;
    const signal = this.#over;
    try {
      this.#leave(this.#endpoint);
      const dialog = await untilAborted(this.#dialog.promise, signal);
      if (near !== undefined) await untilAborted(near.anchored(), signal);
      logger.warn({ contact, leg, because }, 'a leg lost its media; it gets other media');
      await reAnchor(
        { create: (stop) => this.#create(stop), adopt: (...one) => this.#adopt(...one) },
        dialog,
        clock,
        signal,
      );
      this.#moving = undefined;
      if (this.#dead !== undefined) return this.#lose(this.#dead);
      this.#tell({ type: 'moved', because, after: ms(clock.now() - lostAt) });
    } catch (thrown) {
      this.#moving = undefined;
      if (signal.aborted) return;
      logger.error({ contact, leg, because }, 'a leg got no other media', asError(thrown));
      this.#fail(thrown instanceof IvrError ? thrown : new IvrError('INTERNAL', 'no other media', {}, thrown), because);
    }
  }

  #create(signal: AbortSignal): Promise<Endpoint> {
    // there is a dialog by now, and so there is consent
    const { remoteSdp: _, awaitConsent: __, ...offering } = this.#options.media;
    return endpointFor(this.#options, offering, this.#services, signal);
  }

  /** What the old place was told the new one is, before anything can be heard there. */
  #adopt(endpoint: Endpoint, died: (code: ErrorCode) => void): void {
    this.#leave(this.#endpoint);
    this.#endpoint = endpoint;
    this.#dead = undefined;
    this.#died = died;
    if (this.#wasSecure) endpoint.secure(true);
    if (this.#wasSecure && !this.#secure) endpoint.secure(false);
    endpoint.listen(this.#policy);
    this.#watch(endpoint);
  }

  #leave(endpoint: Endpoint): void {
    const { logger } = this.#services;
    const closing: Promise<void> = endpoint
      .close()
      .catch((thrown: unknown) => logger.warn({ leg: this.leg }, 'lost media did not close', asError(thrown)))
      .finally(() => this.#left.delete(closing));
    this.#left.add(closing);
  }

  #playNowhere({ turn }: PlayRequest): PlaybackId {
    const playback = -++this.#unheard as PlaybackId;
    const none = samples(0);
    queueMicrotask(() =>
      this.#deliver({ type: 'playback-finished', playback, turn, played: none, error: none, because: 'failed' }),
    );
    return playback;
  }

  #fail(error: IvrError, code: string = error.code): void {
    this.#failed = error;
    this.#closed.abort(error);
    this.#deliver({ type: 'failed', code });
  }
}

const codeOf = (code: string): ErrorCode => (code === 'MEDIA_SERVER_LOST' ? code : 'MEDIA_WORKER_LOST');
