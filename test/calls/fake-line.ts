import { join } from 'node:path';
import type { CallServices, CallSettings } from '../../src/calls/call-services.ts';
import type { LiveCall } from '../../src/calls/live-call.ts';
import { runCall } from '../../src/calls/run-call.ts';
import type { LookUpResult } from '../../src/dialogue/dialogue.ts';
import type { Dialogue } from '../../src/dialogue/dialogue.ts';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import { grammarUnderstanding, type Understanding } from '../../src/dialogue/understanding.ts';
import type { CallFact } from '../../src/domain/call-event.ts';
import type { CodecName } from '../../src/domain/codec.ts';
import { IvrError } from '../../src/domain/error.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ms, samples, sharedMs } from '../../src/domain/units.ts';
import { type Deferred, deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type {
  Endpoint,
  EndpointEvent,
  EndpointOptions,
  PlaybackId,
  PlayRequest,
} from '../../src/media/media-server.ts';
import type { Recording, RecordingOptions } from '../../src/recording/recorder.ts';
import type {
  CallParties,
  DialOutcome,
  Dialog,
  DialRequest,
  IncomingCall,
  ReferOptions,
  ReferOutcome,
} from '../../src/signalling/signalling.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';
import { ManualClock } from '../support/manual-clock.ts';

/* A line whose ports are all in the test's hands: real calls, dialogue and turns; time passes when the test says so. */

export const DIALPLANS = join(import.meta.dirname, '../acceptance/dialplans');

let endpoints = 0;
let playbacks = 0;

export class FakeEndpoint implements Endpoint {
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

export class FakeDialog implements Dialog {
  readonly sipCallId = 'call';
  readonly offers: { readonly sdp: string; readonly answer: Deferred<string> }[] = [];
  readonly referred: {
    readonly uri: string;
    readonly options: ReferOptions;
    readonly outcome: Deferred<ReferOutcome>;
  }[] = [];
  remoteSdp: string;
  /** What re-INVITEs of ours are answered with at once; undefined: when the test says so. */
  answersWith: string | undefined = 'answer';
  ended = false;
  byes = 0;
  /** Its far end answers BYE when this resolves. */
  answersBye: Promise<void> | undefined;
  answerOffer: (sdp: string) => Promise<string> = () => Promise.reject(new Error('nobody'));
  infoDigit: (digit: string) => void = () => undefined;
  #onEnd: ((because: 'bye' | 'no-ack' | 'timed-out' | 'lost') => 'kept' | void) | undefined;

  constructor(remoteSdp = 'remote') {
    this.remoteSdp = remoteSdp;
  }

  onEnd(listener: (because: 'bye' | 'no-ack' | 'timed-out' | 'lost') => 'kept' | void): void {
    this.#onEnd = listener;
  }

  onOffer(answer: (sdp: string) => Promise<string>): void {
    this.answerOffer = answer;
  }

  onInfoDigit(listener: (digit: string) => void): void {
    this.infoDigit = listener;
  }

  reoffer(sdp: string): Promise<string> {
    if (this.ended) return Promise.reject(new IvrError('CANCELLED', 'the call is over'));
    const answer = deferred<string>();
    this.offers.push({ sdp, answer });
    if (this.answersWith !== undefined) answer.resolve(this.answersWith);
    return answer.promise;
  }

  refer(uri: string, options: ReferOptions): Promise<ReferOutcome> {
    const outcome = deferred<ReferOutcome>();
    this.referred.push({ uri, options, outcome });
    return outcome.promise;
  }

  bye(): Promise<void> {
    if (!this.ended) this.byes += 1;
    this.ended = true;
    return this.answersBye ?? Promise.resolve();
  }

  end(because: 'bye' | 'no-ack' | 'timed-out' | 'lost' = 'bye'): void {
    this.ended = true;
    for (const { answer } of this.offers) answer.reject(new IvrError('CANCELLED', 'the call is over'));
    // the owner goes on without it, and says `bye` later
    if (this.#onEnd?.(because) === 'kept') this.ended = false;
  }
}

export interface FakeLineOptions {
  readonly dialplan?: string;
  /** Instead of a dialplan's own: a plan that no check has seen. */
  readonly dialogue?: Dialogue;
  readonly settings?: Partial<CallSettings>;
  readonly understanding?: Understanding;
  /** The caller's INVITE has no SDP. */
  readonly withoutOffer?: boolean;
  readonly parties?: Partial<CallParties>;
  readonly bank?: () => Promise<LookUpResult>;
  /** Who is dialled does not hear of a CANCEL. */
  readonly stubborn?: boolean;
  readonly intendToRecord?: NonNullable<CallServices['intendToRecord']>;
  readonly isExempt?: NonNullable<CallServices['isExempt']>;
}

export interface Dialled {
  readonly request: DialRequest;
  readonly signal: AbortSignal;
  readonly outcome: Deferred<DialOutcome>;
}

export interface FakeLine {
  readonly clock: ManualClock;
  readonly facts: CallFact[];
  readonly recordingNotes: string[];
  readonly call: LiveCall;
  readonly dialog: FakeDialog;
  readonly endpoints: FakeEndpoint[];
  readonly dialled: Dialled[];
  readonly rejected: number[];
  readonly sealed: () => boolean;
  /** What makes endpoints; a test may take its place. */
  media: { create: (options: EndpointOptions) => Promise<Endpoint> };
  readonly answering: Deferred<void>;
  readonly recorderOpens: Deferred<void>;
  /** CANCEL, or the control connection is lost. */
  cancel(reason?: unknown): void;
  /** The newest endpoint of the leg; the caller's is the first leg made. */
  at(leg?: number): FakeEndpoint;
  types(...types: readonly CallFact['type'][]): string[];
  fact<T extends CallFact['type']>(type: T): Extract<CallFact, { readonly type: T }> | undefined;
}

/** Everything that is ready to run has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Offers a call; it is answered when `answering` and `recorderOpens` are resolved. */
export async function openFakeLine(options: FakeLineOptions = {}): Promise<FakeLine> {
  const dialogue =
    options.dialogue ??
    (await loadDialplan(join(DIALPLANS, options.dialplan ?? 'short.yaml'), {
      grammarsDir: DIALPLANS,
      services: ['verify-pin'],
    }));
  const clock = new ManualClock();
  const facts: CallFact[] = [];
  const recordingNotes: string[] = [];
  const made: FakeEndpoint[] = [];
  const dialled: Dialled[] = [];
  const rejected: number[] = [];
  const dialog = new FakeDialog();
  const cancelling = new AbortController();
  const answering = deferred<void>();
  const recorderOpens = deferred<void>();
  let sealed = false;
  const media = {
    create(asked: EndpointOptions): Promise<Endpoint> {
      const endpoint = new FakeEndpoint(asked);
      made.push(endpoint);
      return Promise.resolve(endpoint);
    },
  };
  const recording = (asked: RecordingOptions): Recording => ({
    id: asked.recording,
    origin: asked,
    retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2030-01-01T00:00:00Z' },
    joined: (track) => void recordingNotes.push(`joined ${track}`),
    left: (track) => void recordingNotes.push(`left ${track}`),
    note: (type) => void recordingNotes.push(type),
    discard() {
      recordingNotes.push('discarded');
      return Promise.resolve();
    },
    seal() {
      sealed = true;
      return Promise.resolve({
        recording: asked.recording,
        contact: asked.contact,
        path: '/x',
        manifestPath: '/y',
        sha256: '0',
        duration: ms(1),
        gaps: 0,
        recovered: false,
        problems: [],
      });
    },
  });
  const services = {
    settings: {
      person: 'sip:person@bank',
      personMethod: 'bridge',
      maxCalls: 1,
      onRecordingFailure: 'refuse',
      onUnsynced: 'end',
      speculateAfterMs: 220,
      recognitionDeadlineMs: 4_000,
      ...options.settings,
    } satisfies CallSettings,
    dialogue,
    understanding: options.understanding ?? grammarUnderstanding,
    media: {
      createEndpoint: (asked: EndpointOptions, signal: AbortSignal) =>
        signal.aborted ? Promise.reject(new IvrError('CANCELLED', 'not wanted')) : media.create(asked),
    },
    signalling: {
      dial(request: DialRequest, signal: AbortSignal) {
        const outcome = deferred<DialOutcome>();
        dialled.push({ request, signal, outcome });
        if (options.stubborn !== true)
          signal.addEventListener('abort', () => outcome.resolve({ outcome: 'cancelled', status: 487 }), {
            once: true,
          });
        return outcome.promise;
      },
    },
    speech: {
      say: ({ text }: { readonly text: string }) => text,
      cached: () => true,
      release: () => undefined,
      load: () => ({ queued: 0, expectedWait: ms(0), recognizers: 1 }),
    },
    ...(options.intendToRecord === undefined ? {} : { intendToRecord: options.intendToRecord }),
    ...(options.isExempt === undefined ? {} : { isExempt: options.isExempt }),
    recorder: { open: (asked: RecordingOptions) => recorderOpens.promise.then(() => recording(asked)) },
    bank: { services: [], call: options.bank ?? (() => Promise.resolve({ outcome: 'failed' as const })) },
    holdMusic: 'music' as ClipId,
    note: (_contact: unknown, fact: CallFact) => void facts.push(fact),
    clock,
    logger: silentLogger,
  } as unknown as CallServices;
  const incoming: IncomingCall = {
    sipCallId: 'call',
    parties: {
      caller: '+15550104567',
      called: 'bank',
      divertedFrom: undefined,
      asserted: false,
      private: false,
      ...options.parties,
    },
    remoteSdp: options.withoutOffer === true ? undefined : 'offer',
    receivedAt: 0,
    signal: cancelling.signal,
    header: () => undefined,
    ring: () => undefined,
    async answer(_localSdp, _headers, consented) {
      await Promise.race([
        answering.promise,
        consented ?? new Promise<never>(() => undefined),
        new Promise((_, reject) =>
          cancelling.signal.addEventListener('abort', () => reject(new IvrError('CANCELLED', 'gone'))),
        ),
      ]);
      return dialog;
    },
    reject: (status) => void rejected.push(status),
  };
  const call = runCall(incoming, services, () => undefined);
  return {
    clock,
    facts,
    recordingNotes,
    call,
    dialog,
    endpoints: made,
    dialled,
    rejected,
    sealed: () => sealed,
    media,
    answering,
    recorderOpens,
    cancel: (reason) => cancelling.abort(reason),
    at(leg = 0) {
      const legs = [...new Set(made.map((endpoint) => endpoint.leg))];
      const found = made.findLast((endpoint) => endpoint.leg === legs[leg]);
      if (found === undefined) throw new Error(`there is no leg ${leg}`);
      return found;
    },
    types: (...types) => facts.map(({ type }) => type).filter((type) => types.includes(type)),
    fact: (type) => facts.findLast((fact): fact is Extract<CallFact, { type: typeof type }> => fact.type === type),
  };
}

/** Answered, the notice heard, and the first question asked. */
export async function openTalkingLine(options: FakeLineOptions = {}): Promise<FakeLine> {
  const line = await openFakeLine(options);
  line.recorderOpens.resolve();
  line.answering.resolve();
  await settled();
  line.at().finish();
  return line;
}
