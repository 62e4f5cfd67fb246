import type { CodecName } from '../../domain/codec.ts';
import { IvrError } from '../../domain/error.ts';
import type { LegId } from '../../domain/ids.ts';
import type { SrtpSuite } from '../../domain/srtp.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import { samples } from '../../domain/units.ts';
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
import { Anchor, type AnchorServices, endpointFor, type LegMove } from './anchor.ts';
import { outstandingPlaybacks } from './outstanding-playbacks.ts';

const EVENTS_KEPT = 256;

export interface AnchoredLegOptions {
  readonly media: Omit<EndpointOptions, 'near'>;
  /** The leg beside which its media has to be. */
  readonly near?: AnchoredLeg;
  /** The call is over when it aborts: no other media is sought any more. */
  readonly over: AbortSignal;
}

/** @throws what `createEndpoint` throws */
export async function openAnchoredLeg(
  options: AnchoredLegOptions,
  services: AnchorServices,
  signal: AbortSignal,
): Promise<AnchoredLeg> {
  return new AnchoredLeg(await endpointFor(options.near, options.media, services, signal), options, services);
}

/**
 * A leg that outlives its media: to the call one endpoint from beginning to end. When its media worker or media server
 * dies it gets another endpoint, offered to the far end by re-INVITE, with the same recording. It fails only when that
 * cannot be done. While it has no media, what it is told to do is not done.
 */
export class AnchoredLeg implements Endpoint {
  readonly leg: LegId;
  readonly #anchor: Anchor;
  readonly #closed = new AbortController();
  /** Aborts when it is closed, has failed, or the call is over. */
  readonly #over: AbortSignal;
  readonly #dialog = deferred<Dialog>();
  readonly #watching = new Set<(move: LegMove) => void>();
  readonly #kept: EndpointEvent[] = [];
  readonly #playing = outstandingPlaybacks();
  #listener: ((event: EndpointEvent) => void) | undefined;
  #secure = false;
  #paused = false;
  /** There was a secure entry: its last key may still be held, or under way. */
  #wasSecure = false;
  #policy: TurnPolicy | undefined;
  #unheard = 0;
  #closing: Promise<void> | undefined;

  constructor(endpoint: Endpoint, options: AnchoredLegOptions, services: AnchorServices) {
    this.leg = options.media.leg;
    this.#over = AbortSignal.any([this.#closed.signal, options.over]);
    this.#anchor = new Anchor(
      endpoint,
      { media: options.media, near: options.near, over: this.#over, dialog: this.#dialog.promise },
      services,
      {
        onEvent: (event) => this.#onEvent(event),
        onMove: (move) => this.#onMove(move),
        prepare: (next) => this.#prepare(next),
        onFailed: (error, code) => this.#onFailed(error, code),
      },
    );
  }

  get localSdp(): string {
    return this.#anchor.endpoint.localSdp;
  }

  get codec(): CodecName | undefined {
    return this.#anchor.endpoint.codec;
  }

  get telephoneEvent(): boolean {
    return this.#anchor.endpoint.telephoneEvent;
  }

  get srtp(): SrtpSuite | undefined {
    return this.#anchor.endpoint.srtp;
  }

  get held(): boolean {
    return this.#anchor.endpoint.held;
  }

  get overWebrtc(): boolean {
    return this.#anchor.endpoint.overWebrtc;
  }

  /** It has no media at present. */
  get lost(): boolean {
    return this.#anchor.lost;
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
        await this.#anchor.endpoint.modify(answer, dialog.address);
      } catch (thrown) {
        if (!this.lost) throw thrown; // else it died under the answer
      }
    await this.anchored();
  }

  /** Resolves with its endpoint as soon as it has one. @throws IvrError when it has failed, CANCELLED when it is closed */
  anchored(): Promise<Endpoint> {
    return this.#anchor.anchored();
  }

  /** The leg beside which it has to be has moved: it does the same, unless it is on its way already. */
  follow(because: string): void {
    if (!this.lost && !this.#over.aborted) this.#anchor.lose(because);
  }

  /** @throws IvrError ENDPOINT_CLOSED while it has no media: the far end keeps what it had */
  modify(remoteSdp: string, signalling?: string): Promise<string> {
    if (this.lost) return Promise.reject(new IvrError('ENDPOINT_CLOSED', 'the leg currently has no media'));
    return this.#anchor.endpoint.modify(remoteSdp, signalling);
  }

  alternativeOffer(): string | undefined {
    return this.#present?.alternativeOffer?.();
  }

  consent(): void {
    this.#present?.consent();
  }

  play(request: PlayRequest): PlaybackId {
    const endpoint = this.#present;
    if (endpoint === undefined) return this.#playNowhere(request);
    const playback = endpoint.play(request);
    this.#playing.queued(playback, request.turn);
    return playback;
  }

  stop(playback?: PlaybackId): void {
    this.#present?.stop(playback);
  }

  resume(playback: PlaybackId): void {
    this.#present?.resume(playback);
  }

  infoKey(digit: string): void {
    this.#present?.infoKey(digit);
  }

  sendDigits(digits: string): void {
    this.#present?.sendDigits(digits);
  }

  listen(policy: TurnPolicy | undefined): void {
    this.#policy = policy;
    this.#present?.listen(policy);
  }

  endUtterance(utterance: UtteranceId): void {
    this.#present?.endUtterance(utterance);
  }

  submit(utterance: UtteranceId, job: number): void {
    this.#present?.submit(utterance, job);
  }

  secure(on: boolean): void {
    this.#secure = on;
    this.#wasSecure ||= on;
    this.#anchor.endpoint.secure(on);
  }

  pauseRecording(on: boolean): void {
    this.#paused = on;
    this.#anchor.endpoint.pauseRecording(on);
  }

  bridge(other: Endpoint): void {
    this.#present?.bridge(other instanceof AnchoredLeg ? other.#anchor.endpoint : other);
  }

  hear(others: readonly Endpoint[]): void {
    this.#present?.hear(others.map((other) => (other instanceof AnchoredLeg ? other.#anchor.endpoint : other)));
  }

  unbridge(): void {
    this.#present?.unbridge();
  }

  onEvent(listener: (event: EndpointEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#kept.splice(0)) listener(event);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return (this.#closing ??= this.#anchor.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #present(): Endpoint | undefined {
    return this.lost ? undefined : this.#anchor.endpoint;
  }

  #onEvent(event: EndpointEvent): void {
    this.#playing.follow(event);
    this.#deliver(event);
  }

  #onMove(move: LegMove): void {
    for (const listener of this.#watching) listener(move);
    if (move.type === 'lost') for (const event of this.#playing.lose(sharedNow())) this.#deliver(event);
  }

  #prepare(endpoint: Endpoint): void {
    if (this.#wasSecure) endpoint.secure(true);
    if (this.#wasSecure && !this.#secure) endpoint.secure(false);
    if (this.#paused) endpoint.pauseRecording(true);
    endpoint.listen(this.#policy);
  }

  #onFailed(error: IvrError, code: string): void {
    this.#closed.abort(error);
    this.#deliver({ type: 'failed', code });
  }

  #deliver(event: EndpointEvent): void {
    if (this.#listener !== undefined) this.#listener(event);
    else if (this.#kept.length < EVENTS_KEPT) this.#kept.push(event);
  }

  #playNowhere({ turn }: PlayRequest): PlaybackId {
    const playback = -++this.#unheard as PlaybackId;
    const none = samples(0);
    queueMicrotask(() =>
      this.#deliver({ type: 'playback-finished', playback, turn, played: none, error: none, because: 'failed' }),
    );
    return playback;
  }
}
