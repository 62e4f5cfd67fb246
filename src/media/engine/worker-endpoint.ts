import type { CodecName } from '../../domain/codec.ts';
import { IvrError } from '../../domain/error.ts';
import type { LegId } from '../../domain/ids.ts';
import { Secret } from '../../domain/secret.ts';
import type { SrtpSuite } from '../../domain/srtp.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import { ms, samples } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Endpoint, EndpointEvent, PlaybackId, PlayRequest, UtteranceId } from '../media-server.ts';
import type { EndpointKey, MediaEvent, ToMediaWorker } from './media-protocol.ts';
import type { Notice, WorkerHost } from './worker-host.ts';

const EVENTS_KEPT = 256;
const CLOSE_LIMIT = ms(3_000);

type WithoutKey<T> = T extends { readonly endpoint: EndpointKey } ? Omit<T, 'endpoint'> : never;
type Command = Exclude<WithoutKey<ToMediaWorker>, { readonly type: 'open' }>;

export interface EndpointPlace {
  readonly key: EndpointKey;
  readonly leg: LegId;
  readonly worker: WorkerHost;
  readonly nextPlayback: () => PlaybackId;
  /** Once, when it is closed and its worker has let go of it (or died). */
  readonly onReleased: () => void;
}

/** An endpoint's leg in its media worker, as the adapter sees it. */
export interface EndpointLeg {
  readonly leg: LegId;
  readonly key: EndpointKey;
  readonly worker: WorkerHost;
  /** It is closed, or has failed: nothing is sent or told any more. */
  readonly over: boolean;
  post(command: Command): void;
  /** As if the worker had told it. */
  tell(event: MediaEvent): void;
  /** It is gone without our asking. */
  fail(code: string): void;
}

/** What an endpoint's front end adds to its leg: what is agreed with the far end, and how that is reached and joined. */
export interface EndpointAdapter {
  readonly localSdp: string;
  readonly codec: CodecName | undefined;
  readonly telephoneEvent: boolean;
  readonly srtp?: SrtpSuite | undefined;
  readonly held: boolean;
  readonly overWebrtc?: boolean;
  modify(remoteSdp: string, signalling?: string): Promise<string>;
  alternativeOffer?(): string | undefined;
  /** Instead of the leg. */
  consent?(): void;
  /** @param other - the adapter of the other endpoint; undefined: not an endpoint of a media worker */
  bridge(other: EndpointAdapter | undefined): void;
  /** @param others - as of `bridge` */
  hear(others: readonly (EndpointAdapter | undefined)[]): void;
  /** After the leg has parted. */
  unbridge?(): void;
  /** Before the leg plays. */
  prepareToPlay?(): void;
  /** Instead of the leg. */
  sendDigits?(digits: string): void;
  /** @returns whether what the worker told is dealt with */
  take?(notice: EndpointNotice): boolean;
  /** What it holds besides the leg. Never rejects. */
  release?(): Promise<void>;
}

export type EndpointNotice = Exclude<Notice, { readonly type: 'trouble' | 'ready' }>;

/** A leg in a media worker with its front end's adapter: commands down, facts up. */
export class WorkerEndpoint<Adapter extends EndpointAdapter = EndpointAdapter> implements Endpoint {
  readonly leg: LegId;
  readonly adapter: Adapter;
  readonly #place: EndpointPlace;
  readonly #kept: EndpointEvent[] = [];
  readonly #released = deferred<void>();
  #listener: ((event: EndpointEvent) => void) | undefined;
  #secure = false;
  #paused = false;
  #closing: Promise<void> | undefined;
  #failed = false;

  /** @throws what `adapt` throws */
  constructor(place: EndpointPlace, adapt: (leg: EndpointLeg) => Adapter) {
    this.#place = place;
    this.leg = place.leg;
    const over = (): boolean => this.#over;
    this.adapter = adapt({
      leg: place.leg,
      key: place.key,
      worker: place.worker,
      get over() {
        return over();
      },
      post: (command) => this.#post(command),
      tell: (event) => this.#onMedia(event),
      fail: (code) => this.fail(code),
    });
  }

  get localSdp(): string {
    return this.adapter.localSdp;
  }

  get codec(): CodecName | undefined {
    return this.adapter.codec;
  }

  get telephoneEvent(): boolean {
    return this.adapter.telephoneEvent;
  }

  get srtp(): SrtpSuite | undefined {
    return this.adapter.srtp;
  }

  get held(): boolean {
    return this.adapter.held;
  }

  get overWebrtc(): boolean {
    return this.adapter.overWebrtc ?? false;
  }

  async modify(remoteSdp: string, signalling?: string): Promise<string> {
    if (this.#over) throw new IvrError('ENDPOINT_CLOSED', 'the endpoint is closed');
    return this.adapter.modify(remoteSdp, signalling);
  }

  alternativeOffer(): string | undefined {
    return this.#over ? undefined : this.adapter.alternativeOffer?.();
  }

  bridge(other: Endpoint): void {
    this.adapter.bridge(other instanceof WorkerEndpoint ? other.adapter : undefined);
  }

  hear(others: readonly Endpoint[]): void {
    this.adapter.hear(others.map((other) => (other instanceof WorkerEndpoint ? other.adapter : undefined)));
  }

  get worker(): WorkerHost {
    return this.#place.worker;
  }

  get key(): EndpointKey {
    return this.#place.key;
  }

  consent(): void {
    if (this.adapter.consent === undefined) this.#post({ type: 'consent' });
    else if (!this.#over) this.adapter.consent();
  }

  play(request: PlayRequest): PlaybackId {
    if (!this.#over) this.adapter.prepareToPlay?.();
    const playback = this.#place.nextPlayback();
    const { turn, clips, bargeIn, loop = false } = request;
    // who waits for the end of a playback is told, even when there is nothing left to play it
    if (this.#over)
      queueMicrotask(() =>
        this.#deliver({
          type: 'playback-finished',
          playback,
          turn,
          played: samples(0),
          error: samples(0),
          because: 'failed',
        }),
      );
    else this.#post({ type: 'play', playback, turn, clips: [...clips], bargeIn, loop });
    return playback;
  }

  stop(playback?: PlaybackId): void {
    this.#post({ type: 'stop', playback });
  }

  resume(playback: PlaybackId): void {
    this.#post({ type: 'resume', playback });
  }

  infoKey(digit: string): void {
    this.#post({ type: 'key', digit, via: 'info' });
  }

  sendDigits(digits: string): void {
    if (this.adapter.sendDigits === undefined) this.#post({ type: 'send-digits', digits });
    else if (!this.#over) this.adapter.sendDigits(digits);
  }

  listen(policy: TurnPolicy | undefined): void {
    this.#post({ type: 'listen', policy });
  }

  endUtterance(utterance: UtteranceId): void {
    this.#post({ type: 'end-utterance', utterance });
  }

  submit(utterance: UtteranceId, job: number): void {
    this.#post({ type: 'submit', utterance, job });
  }

  secure(on: boolean): void {
    this.#secure = on;
    this.#post({ type: 'secure', on });
  }

  pauseRecording(on: boolean): void {
    this.#paused = on;
    this.#post({ type: 'pause-recording', on });
  }

  unbridge(): void {
    this.#post({ type: 'unbridge' });
    this.adapter.unbridge?.();
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

  /** From the worker. */
  take(notice: EndpointNotice): void {
    if (this.adapter.take?.(notice) === true) return;
    if (notice.type === 'closed') this.#released.resolve();
    else if (notice.type === 'event') this.#onMedia(notice.event);
  }

  /** It is gone without our asking. */
  fail(code: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#released.resolve();
    if (this.#closing === undefined) this.#deliver({ type: 'failed', code });
  }

  get #over(): boolean {
    return this.#failed || this.#closing !== undefined;
  }

  #post(command: Command): void {
    if (!this.#over) this.#place.worker.post({ ...command, endpoint: this.#place.key });
  }

  async #close(): Promise<void> {
    this.#place.worker.post({ type: 'close', endpoint: this.#place.key });
    if (!this.#place.worker.alive) this.#released.resolve();
    await Promise.all([
      this.adapter.release?.(),
      within(this.#released.promise, CLOSE_LIMIT, 'closing an endpoint').catch(() => undefined),
    ]);
    this.#place.onReleased();
  }

  #onMedia(event: MediaEvent): void {
    if (event.type === 'failed') return this.fail(event.code);
    if (event.type !== 'digit') return this.#deliver(event);
    const { digit, secret, via, at, stopped } = event;
    const hidden = secret || this.#secure || this.#paused;
    this.#deliver({ type: 'digit', digit: hidden ? new Secret(digit) : digit, via, at, stopped });
  }

  #deliver(event: EndpointEvent): void {
    if (this.#listener !== undefined) this.#listener(event);
    else if (this.#kept.length < EVENTS_KEPT) this.#kept.push(event);
  }
}
