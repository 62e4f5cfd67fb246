import { asError, IvrError } from '../../domain/error.ts';
import { maskNumber } from '../../domain/secret.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { CallbackMiss, QueueRow } from '../../queues/queue-fact.ts';
import { PROOF_MS } from '../../queues/queue-rules.ts';
import { followDialog } from '../follow-dialog.ts';
import { DIALOG_LOST } from '../forced-endings.ts';
import { journalLegEvent } from '../journal-leg.ts';
import { beginCall, type CallInProgress, type LiveCall } from '../live-call.ts';
import type { QueueingServices } from '../queueing/call-queues.ts';
import { type QueueTeller, queueTeller } from '../queueing/queue-teller.ts';
import { visitQueues } from '../queueing/visit-queues.ts';
import type { AskedCallback } from './asked-callback.ts';
import { dialCustomer, type ReachedCustomer } from './dial-customer.ts';
import { provePerson, sayTo } from './prove-person.ts';

/** For words after which the call goes on, or ends. */
const WORDS_MS = 10_000;
/** Of the lease, for what is said after the proof, and for telling the queues. */
const MARGIN_MS = 4_000;
const CONNECTING_MS = 3_000;

type Told = CallbackMiss | 'not-needed';

/**
 * One call to a customer who is called before an agent is, from the lease to the sealed recording: whoever answers and keys that they are there
 * waits in the place of the callback, as any caller does. Whatever else happens is told to the queues, which decide about another try.
 *
 * @param onReleased - its line and media are free; its recording is still to be sealed
 */
export function runCallback(asked: AskedCallback, services: QueueingServices, onReleased: () => void): LiveCall {
  const { line: caller, number: called } = asked.kept;
  const { call, ending } = beginCall({ direction: 'outbound', parties: { caller, called }, sipCallId: '' }, services);
  const calling = new CallbackCall(asked, services, call);
  const { contact, scope, recording, end, note, pause } = call;
  const { clock, settings } = services;

  async function run(): Promise<void> {
    const done = calling.run();
    const { because, error } = await ending;
    const duration = clock.now() - call.began;
    const closing = scope.close();
    await done;
    await closing;
    onReleased();
    await recording.end();
    note({ type: 'call-ended', because, duration_ms: Math.round(duration), ...(error === undefined ? {} : { error }) });
  }

  return {
    contact,
    pause,
    recordingTrouble: (failing, code) => recording.trouble(failing, code),
    recordingUnsynced(failing, unsynced) {
      if (!unsynced || failing !== recording.origin.recording) return;
      recording.trouble(failing, 'RECORDING_UNSYNCED');
      if (settings.onUnsynced === 'end') end('recording-lost');
    },
    shutDown(limit) {
      if (!calling.waits) return calling.halt('shutdown');
      scope.defer(clock.after(limit, () => end('shutdown')));
    },
    ended: run(),
  };
}

class CallbackCall {
  /** They are there, and in the queue. */
  waits = false;
  readonly #asked: AskedCallback;
  readonly #services: QueueingServices;
  readonly #call: CallInProgress;
  readonly #listeners = new Set<(event: EndpointEvent) => void>();
  readonly #teller: QueueTeller;
  #talking = false;
  /** Their telephone has been called: what failed before that is our own trouble, and no try. */
  #dialled = false;
  /** What follows is this call's own doing. */
  #told = false;
  /** Nobody wants the call any more, or this server goes down. */
  #halted: 'withdrawn' | 'shutdown' | undefined;

  constructor(asked: AskedCallback, services: QueueingServices, call: CallInProgress) {
    this.#asked = asked;
    this.#services = services;
    this.#call = call;
    this.#teller = queueTeller(services.queues.service, services, () => undefined);
  }

  async run(): Promise<void> {
    const { logger, queues } = this.#services;
    const { contact, end } = this.#call;
    const stopHearing = queues.service.subscribe((row) => (this.#withdraws(row) ? this.halt('withdrawn') : undefined));
    await this.#callBack().catch((thrown: unknown) => {
      if (!this.#call.over()) {
        const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
        logger.error({ contact, code }, 'a customer could not be called back', asError(thrown));
        end('failed', code);
      }
      if (!this.waits) this.#missed(this.#dialled ? 'failed' : 'not-called');
    });
    stopHearing();
    await this.#teller.settled();
  }

  halt(because: 'withdrawn' | 'shutdown'): void {
    this.#halted ??= because;
    this.#call.end(because === 'shutdown' ? 'shutdown' : 'not-answered');
  }

  /** Until they wait: the customer has called in, it was cancelled, or the lease is over. */
  #withdraws(row: QueueRow): boolean {
    if (this.waits || this.#told || !('entry' in row) || row.entry !== this.#asked.entry) return false;
    return row.type === 'entry-ended' || row.type === 'callback-unreached';
  }

  /** Told once. */
  #missed(miss: Told): void {
    if (this.#told) return;
    const { entry, fence } = this.#asked;
    const because = this.#halted === 'shutdown' ? 'not-called' : miss;
    const withdrawn = this.#halted === 'withdrawn';
    this.#call.note({ type: 'callback-ended', entry, because: withdrawn ? 'withdrawn' : because });
    this.#told = true;
    if (withdrawn) return;
    if (because === 'not-needed') this.#teller.tell({ type: 'customer-left', entry, because: 'cancelled' });
    else this.#teller.tell({ type: 'customer-unreached', entry, fence, because });
  }

  readonly #onEvent = (listener: (event: EndpointEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async #callBack(): Promise<void> {
    const { clock, dialogue, queues } = this.#services;
    const { until } = this.#asked;
    const call = this.#call;
    const ringMs = Math.max(1_000, until - PROOF_MS - clock.wall());
    const reached = await dialCustomer(call, this.#asked, ringMs, {
      onDialling: () => (this.#dialled = true),
      onLegEvent: (event) => {
        journalLegEvent(call, event);
        for (const listener of this.#listeners) listener(event);
      },
    });
    if (typeof reached === 'string') {
      this.#missed(reached);
      return call.end('not-answered');
    }
    const { customer, dialog } = reached;
    followDialog(call, dialog, customer, {
      conversation: () => undefined,
      onLost: () => (this.#talking ? 'kept' : call.end('failed', DIALOG_LOST)),
    });
    const said = { customer, onEvent: this.#onEvent };
    const { callback } = queues.phrases(dialogue.language);
    const greeting = callback.greeting(queues.bank(dialogue.language));
    const proof = await provePerson(said, greeting, call, until - MARGIN_MS - clock.wall());
    if (proof === 'there' && !call.over()) return this.#waitInPlace(reached);
    this.#missed(proof === 'not-needed' ? 'not-needed' : 'unproved');
    if (proof === 'not-needed') await sayTo(said, callback.notNeeded, call, WORDS_MS);
    call.end('bot-hung-up');
  }

  async #waitInPlace({ customer, dialog, recording }: ReachedCustomer): Promise<void> {
    const { dialogue, queues } = this.#services;
    const { entry, kept, queue } = this.#asked;
    const { contact, note, pause, scope, end } = this.#call;
    this.waits = true;
    note({ type: 'callback-ended', entry, because: 'reached' });
    const { intents, slots, customer: known, tickets, transcript } = kept.context;
    const more = known === undefined ? {} : { customer: known };
    queues.contexts.learn(contact, { caller: maskNumber(kept.number), intents, slots, tickets, transcript, ...more });
    const { connecting } = queues.phrases(dialogue.language).callback;
    await sayTo({ customer, onEvent: this.#onEvent }, connecting, this.#call, CONNECTING_MS);
    const { outcome, gone } = await visitQueues(
      {
        contact,
        caller: customer,
        dialog,
        recording,
        pause,
        ringMs: 0,
        context: {},
        parties: { caller: kept.number, called: kept.line, divertedFrom: undefined, asserted: false, private: false },
        onTalking: () => (this.#talking = true),
        queue,
        because: 'callback',
        callback: this.#asked,
        onCustomerEvent: this.#onEvent,
      },
      this.#services,
      scope.signal,
    );
    if (gone) return end('transferred');
    end(outcome === 'caller-hung-up' ? 'caller-hung-up' : 'bot-hung-up');
  }
}
