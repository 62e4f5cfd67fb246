import type { CodecName } from '../../domain/codec.ts';
import { IvrError } from '../../domain/error.ts';
import type { LegId } from '../../domain/ids.ts';
import { Secret } from '../../domain/secret.ts';
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

/** The half of an endpoint that is its leg in a media worker, the same for both front ends: commands down, facts up. */
export abstract class WorkerEndpoint implements Endpoint {
  readonly leg: LegId;
  readonly #place: EndpointPlace;
  readonly #kept: EndpointEvent[] = [];
  readonly #released = deferred<void>();
  #listener: ((event: EndpointEvent) => void) | undefined;
  #secure = false;
  #closing: Promise<void> | undefined;
  #failed = false;

  constructor(place: EndpointPlace) {
    this.#place = place;
    this.leg = place.leg;
  }

  abstract get localSdp(): string;
  abstract get codec(): CodecName | undefined;
  abstract get telephoneEvent(): boolean;
  abstract get held(): boolean;
  abstract modify(remoteSdp: string, signalling?: string): Promise<string>;
  abstract bridge(other: Endpoint): void;

  get worker(): WorkerHost {
    return this.#place.worker;
  }

  get key(): EndpointKey {
    return this.#place.key;
  }

  consent(): void {
    this.post({ type: 'consent' });
  }

  play(request: PlayRequest): PlaybackId {
    const playback = this.#place.nextPlayback();
    const { turn, clips, bargeIn, loop = false } = request;
    // who waits for the end of a playback is told, even when there is nothing left to play it
    if (this.over)
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
    else this.post({ type: 'play', playback, turn, clips: [...clips], bargeIn, loop });
    return playback;
  }

  stop(playback?: PlaybackId): void {
    this.post({ type: 'stop', playback });
  }

  resume(playback: PlaybackId): void {
    this.post({ type: 'resume', playback });
  }

  infoKey(digit: string): void {
    this.post({ type: 'key', digit, via: 'info' });
  }

  sendDigits(digits: string): void {
    this.post({ type: 'send-digits', digits });
  }

  listen(policy: TurnPolicy | undefined): void {
    this.post({ type: 'listen', policy });
  }

  endUtterance(utterance: UtteranceId): void {
    this.post({ type: 'end-utterance', utterance });
  }

  submit(utterance: UtteranceId, job: number): void {
    this.post({ type: 'submit', utterance, job });
  }

  secure(on: boolean): void {
    this.#secure = on;
    this.post({ type: 'secure', on });
  }

  unbridge(): void {
    this.post({ type: 'unbridge' });
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
  take(notice: Exclude<Notice, { readonly type: 'trouble' | 'ready' }>): void {
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

  protected get over(): boolean {
    return this.#failed || this.#closing !== undefined;
  }

  protected post(command: Command): void {
    if (!this.over) this.#place.worker.post({ ...command, endpoint: this.#place.key });
  }

  /** What an adapter holds besides the leg. Never rejects. */
  protected release(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws IvrError ENDPOINT_CLOSED */
  protected demandOpen(): void {
    if (this.over) throw new IvrError('ENDPOINT_CLOSED', 'the endpoint is closed');
  }

  async #close(): Promise<void> {
    this.#place.worker.post({ type: 'close', endpoint: this.#place.key });
    if (!this.#place.worker.alive) this.#released.resolve();
    await Promise.all([
      this.release(),
      within(this.#released.promise, CLOSE_LIMIT, 'closing an endpoint').catch(() => undefined),
    ]);
    this.#place.onReleased();
  }

  #onMedia(event: MediaEvent): void {
    if (event.type === 'failed') return this.fail(event.code);
    if (event.type !== 'digit') return this.#deliver(event);
    const { digit, secret, via, at, stopped } = event;
    this.#deliver({ type: 'digit', digit: secret || this.#secure ? new Secret(digit) : digit, via, at, stopped });
  }

  #deliver(event: EndpointEvent): void {
    if (this.#listener !== undefined) this.#listener(event);
    else if (this.#kept.length < EVENTS_KEPT) this.#kept.push(event);
  }
}
