import type { CodecName } from '../../src/domain/codec.ts';
import { IvrError } from '../../src/domain/error.ts';
import { Secret } from '../../src/domain/secret.ts';
import { samples, sharedMs } from '../../src/domain/units.ts';
import type {
  Endpoint,
  EndpointEvent,
  EndpointOptions,
  PlaybackId,
  PlayRequest,
} from '../../src/media/media-server.ts';

let endpoints = 0;
let playbacks = 0;

export class FakeEndpoint implements Endpoint {
  readonly overWebrtc = false;
  readonly leg: Endpoint['leg'];
  readonly name = `media ${++endpoints}`;
  readonly options: EndpointOptions;
  /** Commands as they came: 'play Press one.', 'secure on'… */
  readonly told: string[] = [];
  /** What the far end said of itself. */
  readonly taken: string[] = [];
  readonly playing: { readonly id: PlaybackId; readonly request: PlayRequest }[] = [];
  readonly kept: EndpointEvent[] = [];
  held = false;
  closed = false;
  dead = false;
  bridgedWith: Endpoint | undefined;
  /** As it was last told. */
  hears: readonly Endpoint[] = [];
  #listener: ((event: EndpointEvent) => void) | undefined;

  constructor(options: EndpointOptions) {
    this.leg = options.leg;
    this.options = options;
  }

  get localSdp(): string {
    return this.name;
  }

  get codec(): CodecName {
    return 'PCMU';
  }

  get telephoneEvent(): boolean {
    return true;
  }

  modify(remoteSdp: string): Promise<string> {
    if (this.dead) return Promise.reject(new IvrError('ENDPOINT_CLOSED', 'dead'));
    this.taken.push(remoteSdp);
    this.held = remoteSdp.includes('sendonly');
    return Promise.resolve(this.name);
  }

  play(request: PlayRequest): PlaybackId {
    const id = ++playbacks as PlaybackId;
    this.told.push(`play ${request.clips.join(' ')}`);
    this.playing.push({ id, request });
    return id;
  }

  stop(playback?: PlaybackId): void {
    this.told.push('stop');
    for (const one of this.playing)
      if (playback === undefined || one.id === playback) queueMicrotask(() => this.#finish(one.id, 'stopped'));
  }

  consent(): void {
    this.told.push('consent');
  }

  infoKey(digit: string): void {
    const secret = this.told.findLast((each) => each.startsWith('secure')) === 'secure on';
    this.emit({
      type: 'digit',
      digit: secret ? new Secret(digit) : digit,
      via: 'info',
      at: sharedMs(0),
      stopped: undefined,
    });
  }

  resume(): void {}
  sendDigits(): void {}
  listen(policy: unknown): void {
    this.told.push(policy === undefined ? 'deaf' : 'listen');
  }
  endUtterance(): void {}
  submit(): void {}
  pauseRecording(on: boolean): void {
    this.told.push(`recording ${on ? 'paused' : 'goes on'}`);
  }

  secure(on: boolean): void {
    this.told.push(`secure ${on ? 'on' : 'off'}`);
  }

  bridge(other: Endpoint): void {
    if (this.dead || (other instanceof FakeEndpoint && other.dead)) throw new IvrError('INTERNAL', 'not in one place');
    this.bridgedWith = other;
  }

  unbridge(): void {
    this.bridgedWith = undefined;
  }

  hear(others: readonly Endpoint[]): void {
    if (this.dead || others.some((other) => other instanceof FakeEndpoint && other.dead))
      throw new IvrError('INTERNAL', 'not in one place');
    this.bridgedWith = undefined; // a table takes the place of the one of two
    this.hears = others;
  }

  onEvent(listener: (event: EndpointEvent) => void): void {
    this.#listener = listener;
    for (const event of this.kept.splice(0)) listener(event);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  emit(event: EndpointEvent): void {
    if (this.#listener === undefined) this.kept.push(event);
    else this.#listener(event);
  }

  die(code = 'MEDIA_WORKER_LOST'): void {
    this.dead = true;
    this.emit({ type: 'failed', code });
  }

  /** All that plays is heard to its end. */
  finish(): void {
    for (const { id, request } of this.playing.filter((one) => one.request.loop !== true)) {
      this.emit({ type: 'playback-started', playback: id, turn: request.turn, at: sharedMs(0) });
      this.#finish(id, 'end');
    }
  }

  key(digit: string): void {
    this.emit({ type: 'digit', digit, via: 'rfc4733', at: sharedMs(0), stopped: undefined });
  }

  #finish(playback: PlaybackId, because: 'end' | 'stopped'): void {
    const index = this.playing.findIndex(({ id }) => id === playback);
    const [one] = index < 0 ? [] : this.playing.splice(index, 1);
    if (one === undefined || this.dead) return;
    const { turn } = one.request;
    this.emit({ type: 'playback-finished', playback, turn, played: samples(800), error: samples(0), because });
  }
}
