import { expect } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import type { DeskEvent } from '../../src/agents/agent-desk.ts';
import { type ContactContexts, contactContexts, type FollowedContexts } from '../../src/agents/contact-contexts.ts';
import { openAgentDesks } from '../../src/agents/open-agent-desks.ts';
import type { OpenDesks } from '../../src/agents/open-desks.ts';
import type { WrapUp } from '../../src/agents/agent-desk.ts';
import { openCallbackCalls } from '../../src/calls/callback/open-callback-calls.ts';
import type { CallServices } from '../../src/calls/call-services.ts';
import type { LiveCall } from '../../src/calls/live-call.ts';
import type { CallQueues, KeptCallback, KeptCallbacks } from '../../src/calls/queueing/call-queues.ts';
import { openStandingLines } from '../../src/calls/queueing/standing-lines.ts';
import { queuePhrases } from '../../src/language/queue-phrases.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { QueueRules } from '../../src/queues/queue-rules.ts';
import { openQueueService, type QueueService } from '../../src/queues/queue-service.ts';
import { MemoryStore } from '../queues/support/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeDialog } from './fake-dialog.ts';
import { type FakeLine, type FakeLineOptions, openTalkingLine, settled } from './fake-line.ts';

/* A line whose customers wait in a queue for `wei`, who works by the browser. */

export interface QueuedLine extends AsyncDisposable {
  readonly line: FakeLine;
  readonly service: QueueService;
  readonly store: MemoryStore;
  readonly desks: OpenDesks;
  /** What wei's desk was told. */
  readonly events: DeskEvent[];
  readonly wrapUps: WrapUp[];
  /** Its page is closed. */
  readonly stopDesk: () => void;
  last<T extends DeskEvent['type']>(type: T): Extract<DeskEvent, { readonly type: T }> | undefined;
  /** Wei's browser answers the call that is made to it, and is heard. */
  browserAnswers(): Promise<FakeDialog>;
  signIn(): Promise<FakeDialog>;
  /** The customer asks for a person. */
  asks(): Promise<void>;
  time(ms: number): Promise<void>;
  /** Of customers who were called back. */
  readonly callbacks: readonly LiveCall[];
  /** No call can be made at present; nobody may have a number called any more. */
  readonly refusing: { calls: boolean; numbers: boolean };
  readonly kept: ReadonlyMap<string, KeptCallback>;
  readonly contexts: FollowedContexts;
}

/** All that follows of itself has happened. */
export async function calm(): Promise<void> {
  for (let n = 0; n < 12; n++) await settled();
}

/** @param more - `telephone`: the address of wei's desk telephone */
export async function openQueuedLine(
  rules: Partial<QueueRules> = {},
  more: FakeLineOptions & { readonly telephone?: string } = {},
): Promise<QueuedLine> {
  const store = new MemoryStore();
  const clock = new ManualClock();
  const agents = new Map([
    ['wei', { queues: { service: 1 }, skills: {}, languages: ['en'], telephone: undefined }],
    ['lin', { queues: { cards: 1 }, skills: {}, languages: ['en'], telephone: undefined }],
  ]);
  const set = { ...setOf(queueOf('service', rules), queueOf('cards')), agents };
  const service = await openQueueService(store, { node: 'node', rules: set, clock, logger: silentLogger });
  const contexts = contactContexts({ sentimentOf: () => undefined, redact: (text) => text });
  const wrapUps: WrapUp[] = [];
  const kept = new Map<string, KeptCallback>();
  const refusing = { calls: false, numbers: false };
  const desks = desksOf(service, contexts, wrapUps, clock, more);
  const events: DeskEvent[] = [];
  let stopCalling = (): void => undefined;
  const callbacks: LiveCall[] = [];
  const line = await openTalkingLine({
    ...more,
    clock,
    settings: { queues: true },
    queues(services): CallQueues {
      const lines = openStandingLines((agent) => `sip:browser~${agent}@bank`, services);
      desks.use(lines);
      const queues: CallQueues = {
        service,
        desks,
        contexts,
        lines,
        callbacks: inMemory(kept, refusing),
        bank: () => 'Example Bank',
        defaultQueue: () => 'service',
        phrases: queuePhrases,
        customerOf: () => 'hash',
        telephoneOf: () => more.telephone,
        supervisorWays: (name) => [{ uri: `sip:browser~${name}@bank`, browser: true }],
        lastAgentOf: () => undefined,
        pastContactsOf: () => [],
        ticketsOf: () => Promise.resolve([]),
      };
      stopCalling = callsBack(services, queues, { callbacks, refusing });
      return queues;
    },
  });
  const stopDesk = desks.subscribe('wei', (event) => void events.push(event));
  let answered = 0;

  async function browserAnswers(): Promise<FakeDialog> {
    await calm();
    const dialog = new FakeDialog('browser answer');
    const call = line.dialled[answered++];
    if (call === undefined) throw new Error('the browser was not called');
    expect(call.request).toMatchObject({ uri: 'sip:browser~wei@bank', headers: { 'X-Agent-Line': 'standing' } });
    line.endpoints.findLast(({ options }) => options.overWebrtc === true)?.emit({ type: 'rtp-began' });
    call.outcome.resolve({ outcome: 'answered', dialog });
    await calm();
    return dialog;
  }

  return {
    line,
    service,
    store,
    desks,
    events,
    wrapUps,
    stopDesk,
    last: (type) => events.findLast((event): event is Extract<DeskEvent, { type: typeof type }> => event.type === type),
    browserAnswers,
    async signIn() {
      const signing = desks.signIn('wei', 'browser');
      const dialog = await browserAnswers();
      await signing;
      await calm();
      return dialog;
    },
    async asks() {
      line.at().finish();
      line.at().key('0');
      await calm();
    },
    async time(ms) {
      clock.advance(ms);
      await calm();
    },
    callbacks,
    refusing,
    kept,
    contexts,
    async [Symbol.asyncDispose]() {
      stopCalling();
      await desks[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

const inMemory = (kept: Map<string, KeptCallback>, refusing: { readonly numbers: boolean }): KeptCallbacks => ({
  keep: (entry, callback) => Promise.resolve(void kept.set(entry, callback)),
  forget: (entry) => Promise.resolve(void kept.delete(entry)),
  of: (entry) => Promise.resolve(kept.get(entry)),
  allows: () => !refusing.numbers,
});

const callsBack = (
  services: CallServices,
  queues: CallQueues,
  { callbacks, refusing }: { readonly callbacks: LiveCall[]; readonly refusing: { readonly calls: boolean } },
): (() => void) =>
  openCallbackCalls(
    { ...services, queues, dialogueOf: () => services.dialogue },
    {
      place(start) {
        if (!refusing.calls) callbacks.push(start(() => undefined));
        return !refusing.calls;
      },
    },
  );

const desksOf = (
  service: QueueService,
  contexts: ContactContexts,
  wrapUps: WrapUp[],
  clock: ManualClock,
  { mixes, telephone }: { readonly mixes?: boolean; readonly telephone?: string },
): OpenDesks =>
  openAgentDesks({
    queues: service,
    choices: () => ({
      breakReasons: ['lunch'],
      wrapUpReasons: ['resolved'],
      departments: [{ name: 'disputes', slaMs: 1 }],
    }),
    devicesOf: () => [telephone === undefined ? 'browser' : 'telephone'],
    canConsult: mixes === true,
    contexts,
    tickets: { open: () => Promise.resolve({ id: 't1' }), of: () => Promise.resolve([]) },
    wrappedUp: (_agent, wrapUp) => Promise.resolve(void wrapUps.push(wrapUp)),
    clock,
    logger: silentLogger,
  });
