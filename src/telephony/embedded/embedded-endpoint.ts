import { isIP } from 'node:net';
import { asError, IvrError } from '../../domain/error.ts';
import type { LegId } from '../../domain/ids.ts';
import { Secret } from '../../domain/secret.ts';
import { ms, samples } from '../../domain/units.ts';
import { deferred } from '../../lib/deferred.ts';
import { within } from '../../lib/deadline.ts';
import { type LocalMedia, makeAnswer, makeOffer, type Negotiated, takeAnswer } from '../../sdp/offer-answer.ts';
import type { TurnPolicy } from '../../domain/turn-policy.ts';
import type { Endpoint, EndpointEvent, PlaybackId, PlayRequest, UtteranceId } from '../media-server.ts';
import type { EndpointKey, MediaEvent, ToMediaWorker } from '../media/media-protocol.ts';
import type { WorkerHost } from '../media/worker-host.ts';

const EVENTS_KEPT = 256;
const CLOSE_LIMIT = ms(3_000);
/** What our offers name for telephone-event; far ends may send it even when they answered with another number. */
const OFFERED_EVENT_TYPE = 101;

type WithoutKey<T> = T extends { readonly endpoint: EndpointKey } ? Omit<T, 'endpoint'> : never;
type Command = Exclude<WithoutKey<ToMediaWorker>, { readonly type: 'open' }>;

export interface EndpointPlace {
  readonly key: EndpointKey;
  readonly leg: LegId;
  readonly worker: WorkerHost;
  readonly local: Omit<LocalMedia, 'version'>;
  readonly nextPlayback: () => PlaybackId;
  /** Once, when it is closed and its worker has let go of the sockets (or died). */
  readonly onReleased: () => void;
}

/** An endpoint as the main thread sees it: negotiates, passes commands down and facts up. The leg itself lives in its worker. */
export class EmbeddedEndpoint implements Endpoint {
  readonly leg: LegId;
  readonly #place: EndpointPlace;
  readonly #kept: EndpointEvent[] = [];
  readonly #released = deferred<void>();
  #listener: ((event: EndpointEvent) => void) | undefined;
  #localSdp = '';
  #version = 1;
  /** Our offer stands and wants its answer. */
  #offered = false;
  #negotiated: Negotiated | undefined;
  #secure = false;
  #closing: Promise<void> | undefined;
  #failed = false;

  /** @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED */
  constructor(place: EndpointPlace, remoteSdp: string | undefined) {
    this.#place = place;
    this.leg = place.leg;
    if (remoteSdp !== undefined) this.#answer(remoteSdp);
    else {
      this.#offered = true;
      this.#localSdp = makeOffer(this.#local());
    }
  }

  get worker(): WorkerHost {
    return this.#place.worker;
  }

  get localSdp(): string {
    return this.#localSdp;
  }

  get codec(): string | undefined {
    return this.#negotiated?.codec;
  }

  get telephoneEvent(): boolean {
    return this.#negotiated?.telephoneEvent !== undefined;
  }

  get held(): boolean {
    return this.#negotiated?.held === true;
  }

  modify(remoteSdp: string): Promise<string> {
    if (this.#over) return Promise.reject(new IvrError('ENDPOINT_CLOSED', 'the endpoint is closed'));
    try {
      if (this.#offered) {
        const negotiated = takeAnswer(this.#localSdp, remoteSdp);
        this.#offered = false;
        this.#settle(negotiated, [OFFERED_EVENT_TYPE]);
      } else this.#answer(remoteSdp);
      return Promise.resolve(this.#localSdp);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  play(request: PlayRequest): PlaybackId {
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

  sendDigits(digits: string): void {
    this.#post({ type: 'send-digits', digits });
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

  /** @throws IvrError INTERNAL when the two do not share a media worker: the second must be made `near` the first */
  bridge(other: Endpoint): void {
    if (!(other instanceof EmbeddedEndpoint) || other.worker !== this.worker)
      throw new IvrError('INTERNAL', 'only endpoints of one media worker can be bridged');
    this.#post({ type: 'bridge', other: other.#place.key });
  }

  unbridge(): void {
    this.#post({ type: 'unbridge' });
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
  take(event: MediaEvent): void {
    if (event.type === 'failed') return this.fail(event.code);
    if (event.type !== 'digit') return this.#deliver(event);
    const { digit, secret, via, at, stopped } = event;
    this.#deliver({ type: 'digit', digit: secret || this.#secure ? new Secret(digit) : digit, via, at, stopped });
  }

  /** The worker has let go of it. */
  released(): void {
    this.#released.resolve();
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

  async #close(): Promise<void> {
    this.#place.worker.post({ type: 'close', endpoint: this.#place.key });
    if (!this.#place.worker.alive) this.#released.resolve();
    await within(this.#released.promise, CLOSE_LIMIT, 'closing an endpoint').catch(() => undefined);
    this.#place.onReleased();
  }

  #answer(remoteSdp: string): void {
    const { text, negotiated } = makeAnswer(remoteSdp, this.#local());
    this.#localSdp = text;
    this.#version++;
    this.#settle(negotiated, []);
  }

  #local(): LocalMedia {
    return { ...this.#place.local, version: this.#version };
  }

  #settle(negotiated: Negotiated, alsoEvents: readonly number[]): void {
    this.#negotiated = negotiated;
    const { codec, payloadType, telephoneEvent, remote, direction, held } = negotiated;
    const reachable = isIP(remote.host) !== 0 && !/^(0\.0\.0\.0|::)$/.test(remote.host) && remote.port > 0;
    this.#post({
      type: 'negotiated',
      media: {
        codec,
        payloadType,
        telephoneEvent,
        eventTypes: telephoneEvent === undefined ? [] : [telephoneEvent, ...alsoEvents],
        remote: reachable ? { address: remote.host, port: remote.port, rtcpPort: remote.rtcpPort } : undefined,
        send: direction === 'sendrecv' || direction === 'sendonly',
        receive: direction === 'sendrecv' || direction === 'recvonly',
        held: held || direction === 'inactive',
      },
    });
  }

  #post(command: Command): void {
    if (!this.#over) this.#place.worker.post({ ...command, endpoint: this.#place.key });
  }

  #deliver(event: EndpointEvent): void {
    if (this.#listener !== undefined) this.#listener(event);
    else if (this.#kept.length < EVENTS_KEPT) this.#kept.push(event);
  }
}
