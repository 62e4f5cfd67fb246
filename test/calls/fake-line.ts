import { join } from 'node:path';
import type { CallServices, CallSettings, CallToRecord, OutboundWays } from '../../src/calls/call-services.ts';
import type { LiveCall } from '../../src/calls/live-call.ts';
import type { CallQueues } from '../../src/calls/queueing/call-queues.ts';
import { runCall } from '../../src/calls/run-call.ts';
import type { Dialogue, LookUpResult } from '../../src/dialogue/dialogue.ts';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import { grammarUnderstanding, type Understanding } from '../../src/dialogue/understanding.ts';
import type { CallFact } from '../../src/domain/call-event.ts';
import { IvrError } from '../../src/domain/error.ts';
import { ms, seconds, wallMs } from '../../src/domain/units.ts';
import { type Deferred, deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Endpoint, EndpointOptions } from '../../src/media/media-server.ts';
import type { Recording, RecordingOptions } from '../../src/recording/recorder.ts';
import type { CallParties, DialOutcome, DialRequest, IncomingCall } from '../../src/signalling/signalling.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeDialog } from './fake-dialog.ts';
import { FakeEndpoint } from './fake-endpoint.ts';
import { BUILT_IN_SERVICES } from '../../src/services/open-services.ts';

/* A line whose ports are all in the test's hands: real calls, dialogue and turns; time passes when the test says so. */

export const DIALPLANS = join(import.meta.dirname, '../acceptance/dialplans');

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
  /** Beside the offer in the journal. */
  readonly intendToRecord?: (call: CallToRecord) => Promise<unknown>;
  /** The media joins more than two; default: two. */
  readonly mixes?: boolean;
  /** Default: one of its own. */
  readonly clock?: ManualClock;
  /** Opened on the line's own media and signalling. */
  readonly queues?: (services: CallServices) => CallQueues;
  readonly isExempt?: NonNullable<CallServices['isExempt']>;
  readonly outboundWays?: OutboundWays;
  readonly mayRefer?: NonNullable<CallServices['mayRefer']>;
  /** Whether an address is reached over TLS; default: none is. */
  readonly isConfidential?: (uri: string) => boolean;
  /** Of the caller's INVITE, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
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

/** A recording that notes what it is told. */
const fakeRecording = (asked: RecordingOptions, notes: string[], onSeal: () => void): Recording => ({
  id: asked.recording,
  origin: asked,
  retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2030-01-01T00:00:00Z' },
  joined: (track) => void notes.push(`joined ${track}`),
  left: (track) => void notes.push(`left ${track}`),
  note: (type) => void notes.push(type),
  discard() {
    notes.push('discarded');
    return Promise.resolve();
  },
  seal() {
    onSeal();
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

interface Made {
  readonly dialogue: Dialogue;
  readonly clock: ManualClock;
  readonly facts: CallFact[];
  readonly media: FakeLine['media'];
  readonly dialled: Dialled[];
  readonly openRecording: (asked: RecordingOptions) => Promise<Recording>;
}

const fakeServices = (
  options: FakeLineOptions,
  { dialogue, clock, facts, media, dialled, openRecording }: Made,
): CallServices =>
  ({
    settings: {
      person: 'sip:person@bank',
      personMethod: 'bridge',
      queues: false,
      maxCalls: 1,
      onRecordingFailure: 'refuse',
      onUnsynced: 'end',
      recordingPause: seconds(60),
      recordingPauses: seconds(300),
      speculateAfterMs: 220,
      speechDeadlineMs: 4_000,
      ...options.settings,
    } satisfies CallSettings,
    dialogue,
    understanding: options.understanding ?? grammarUnderstanding,
    media: {
      mixes: options.mixes === true,
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
      isConfidential: (uri: string) => options.isConfidential?.(uri) === true,
    },
    speech: {
      say: ({ text }: { readonly text: string }) => text,
      cached: () => true,
      release: () => undefined,
      load: () => ({ queued: 0, expectedWait: ms(0), recognizers: 1 }),
    },
    announce(offer: CallFact, call: CallToRecord) {
      facts.push(offer);
      return options.intendToRecord?.(call) ?? Promise.resolve();
    },
    ...(options.isExempt === undefined ? {} : { isExempt: options.isExempt }),
    ...(options.outboundWays === undefined ? {} : { outboundWays: options.outboundWays }),
    ...(options.mayRefer === undefined ? {} : { mayRefer: options.mayRefer }),
    recorder: { open: openRecording },
    bank: { services: [], call: options.bank ?? (() => Promise.resolve({ outcome: 'failed' as const })) },
    holdMusic: 'music' as ClipId,
    note: (_contact: unknown, fact: CallFact) => void facts.push(fact),
    clock,
    logger: silentLogger,
  }) as unknown as CallServices;

const fakeIncoming = (
  options: FakeLineOptions,
  {
    answering,
    rejected,
    dialog,
    signal,
  }: {
    readonly answering: Deferred<void>;
    readonly rejected: number[];
    readonly dialog: FakeDialog;
    readonly signal: AbortSignal;
  },
): IncomingCall => ({
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
  receivedAt: wallMs(0),
  signal,
  header: (name) => options.headers?.[name],
  ring: () => undefined,
  async answer(_localSdp, _headers, consented) {
    await Promise.race([
      answering.promise,
      consented ?? new Promise<never>(() => undefined),
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new IvrError('CANCELLED', 'gone')))),
    ]);
    return dialog;
  },
  reject: (status) => void rejected.push(status),
});

/** Offers a call; it is answered when `answering` and `recorderOpens` are resolved. */
export async function openFakeLine(options: FakeLineOptions = {}): Promise<FakeLine> {
  const dialogue =
    options.dialogue ??
    (await loadDialplan(join(DIALPLANS, options.dialplan ?? 'short.yaml'), {
      grammarsDirectory: DIALPLANS,
      services: BUILT_IN_SERVICES,
    }));
  const clock = options.clock ?? new ManualClock();
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
  const openRecording = async (asked: RecordingOptions): Promise<Recording> => {
    await recorderOpens.promise;
    return fakeRecording(asked, recordingNotes, () => (sealed = true));
  };
  const services = fakeServices(options, { dialogue, clock, facts, media, dialled, openRecording });
  const incoming = fakeIncoming(options, { answering, rejected, dialog, signal: cancelling.signal });
  const queues = options.queues?.(services);
  const call = runCall(incoming, queues === undefined ? services : { ...services, queues }, () => undefined);
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
