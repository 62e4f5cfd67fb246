import type { AttendedEntry, TalkCommand, TalkState } from '../../agents/attended-entry.ts';
import type { TransferOutcome } from '../../domain/call-event.ts';
import type { ContactContext } from '../../domain/contact-context.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { uuidV7 } from '../../domain/ids.ts';
import type { QueuePhrases } from '../../language/queue-wording.ts';
import { deferred } from '../../lib/deferred.ts';
import { type NamedTimers, openNamedTimers } from '../conversation/named-timers.ts';
import type { Transferred } from '../transfer/transfer-request.ts';
import type { Conference } from '../conference/conference.ts';
import { AgentSide } from './agent-side.ts';
import { appointCallback } from './appoint-callback.ts';
import { bookCallback } from './book-callback.ts';
import type { QueueingServices } from './call-queues.ts';
import { type CustomerAudio, customerAudio } from './customer-audio.ts';
import { OthersInTalk } from './others-in-talk.ts';
import { putThrough } from './put-through.ts';
import { type QueueTeller, queueTeller } from './queue-teller.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import { conferenceOf, contextOf, learnOf, needsOf, surroundingsOf } from './visit-context.ts';
import { talkOf } from './visit-consult.ts';
import { carryOut } from './visit-effects.ts';
import {
  newVisit,
  type Visit,
  type VisitContext,
  type VisitEffect,
  type VisitEvent,
  type VisitTimer,
} from './visit-state.ts';
import { step } from './visit-step.ts';

/**
 * Brings the caller an agent of a queue and comes back when that is over. Never rejects for what people do.
 *
 * @param signal - the caller has left
 */
export const visitQueues = (
  request: QueueVisitRequest,
  services: QueueingServices,
  signal: AbortSignal,
): Promise<Transferred> => new QueueVisit(request, services, signal).run();

/** Drives the machine of a visit: what happens to the queues, on the customer's line and at the agent's goes in, one event at a time; what it says follows is done here. */
class QueueVisit implements AttendedEntry {
  readonly contact: AttendedEntry['contact'];
  #request: QueueVisitRequest;
  readonly #services: QueueingServices;
  readonly #signal: AbortSignal;
  readonly #customer: string | undefined;
  readonly #phrases: QueuePhrases;
  readonly #finished = deferred<{
    readonly outcome: TransferOutcome;
    readonly to: string | undefined;
    readonly booked?: boolean | undefined;
  }>();
  readonly #teller: QueueTeller;
  #audio: CustomerAudio;
  readonly #timers: NamedTimers<VisitTimer | 'last-words'>;
  readonly #agentSide: AgentSide;
  readonly #conference: Conference;
  readonly #others: OthersInTalk;
  #stopHearing = (): void => undefined;
  readonly #waiting: VisitEvent[] = [];
  #stepping = false;
  #now: Visit;
  #refused: IvrError | undefined;
  #stopAttending = (): void => undefined;

  constructor(request: QueueVisitRequest, services: QueueingServices, signal: AbortSignal) {
    const { contact, caller, parties, behalf, callback } = request;
    const { clock, dialogue, queues } = services;
    this.contact = contact;
    this.#request = request;
    this.#services = services;
    this.#signal = signal;
    // of a place that is kept, and whom they talked to last: that is the customer's alone
    this.#customer = behalf === undefined ? (callback?.customer ?? queues.customerOf(parties.caller)) : undefined;
    this.#conference = request.conference ?? conferenceOf(request, services);
    this.#phrases = queues.phrases(dialogue.language);
    this.#teller = queueTeller(queues.service, services, () => this.#dispatch({ type: 'not-written' }));
    this.#audio = this.#audioOf(caller);
    this.#timers = openNamedTimers(clock, (timer) =>
      this.#dispatch(timer === 'last-words' ? { type: 'heard' } : { type: 'timer', timer, next: this.#newEntry() }),
    );
    const part = behalf?.part ?? this.#conference.agent;
    this.#agentSide = new AgentSide(request, part, services, signal, (event) => this.#dispatch(event));
    const dispatch = (event: VisitEvent): void => this.#dispatch(event);
    this.#others = new OthersInTalk(
      {
        conference: this.#conference,
        agentSide: this.#agentSide,
        request: () => this.#request,
        dispatch,
        visit(own) {
          const visit = new QueueVisit(own, services, signal);
          const { takeOver, callOff } = visit;
          return { over: visit.run(), gone: visit.#finished.promise, takeOver, callOff };
        },
      },
      services,
      signal,
    );
    this.#now = newVisit({
      contact,
      entry: callback?.entry ?? this.#newEntry(),
      queue: request.queue,
      needs: callback?.needs ?? needsOf(request, this.#customer, services),
      askedAt: callback?.askedAt ?? clock.wall(),
    });
  }

  async run(): Promise<Transferred> {
    const { queues } = this.#services;
    const customerLeft = (): void => this.#dispatch({ type: 'customer-left' });
    const stops = [
      queues.service.subscribe((row) => {
        const own = 'entry' in row ? row.entry === this.#now.entry : row.type === 'entry-refused';
        if (own && (!('contact' in row) || row.contact === this.contact))
          this.#dispatch({ type: 'row', row, next: this.#newEntry() });
      }),
      () => this.#stopHearing(),
      this.#request.pause.onChange(() => queues.desks.show(this.#now.entry)),
      () => this.#signal.removeEventListener('abort', customerLeft),
    ];
    this.#hear();
    learnOf(this.#request, this.#customer, this.#services);
    this.#attend();
    try {
      this.#dispatch({ type: 'began' });
      if (this.#signal.aborted) customerLeft();
      else this.#signal.addEventListener('abort', customerLeft, { once: true });
      const { outcome, to, booked = false } = await this.#finished.promise;
      if (this.#others.handedOver !== undefined) return await this.#others.handedOver.over;
      if (to === undefined || this.#signal.aborted) return { outcome, gone: false, ...(booked ? { booked } : {}) };
      return await putThrough(to, this.#request, this.#services, this.#signal);
    } finally {
      for (const stop of stops) stop();
      this.#stopAttending();
      this.#timers.stopAll();
      this.#audio.quiet();
      await this.#agentSide.close();
      if (this.#request.behalf === undefined && this.#request.conference === undefined) this.#conference.close();
    }
  }

  /** The customer waits for nobody else any more, and talks to whom this visit has found for the agent who consulted; if those have left just now, to nobody. */
  readonly takeOver = (customer: QueueVisitRequest): void => {
    if (this.#now.place.at === 'over') return;
    const { conference = this.#conference } = this.#request;
    this.#audio.quiet();
    this.#request = { ...customer, conference };
    this.#audio = this.#audioOf(customer.caller);
    this.#hear();
    const { place } = this.#now;
    if (place.at !== 'talking' || place.held || place.away) this.#audio.music();
  };

  readonly monitor: AttendedEntry['monitor'] = (supervisor, mode) => this.#others.monitor(supervisor, mode);
  readonly callBack: AttendedEntry['callBack'] = (agent, appointment) =>
    appointCallback(agent, appointment, this.#now, this.#request, this.#customer, this.#services);
  readonly callOff = (): void => this.#dispatch({ type: 'called-off' });
  readonly context = (): ContactContext => contextOf(this.contact, this.#now.askedAt, this.#services);
  talk(): TalkState | undefined {
    const { place } = this.#now;
    if (place.at !== 'talking') return undefined;
    const { bot, behalf, pause } = this.#request;
    const paused = pause.until === undefined ? {} : { pausedUntil: pause.until };
    return { ...talkOf(place, bot !== undefined && behalf === undefined), ...paused };
  }

  async do(command: TalkCommand): Promise<void> {
    this.#refused = undefined;
    this.#dispatch({ type: 'commanded', command, next: this.#newEntry() });
    const refused: IvrError | undefined = this.#refused;
    if (refused !== undefined) throw refused as IvrError;
    await this.#teller.settled();
    if (command.type !== 'accept') return;
    // whoever accepted too late has answered nothing
    const { place } = this.#now;
    if (place.at !== 'talking' && !(place.at === 'offered' && place.accepted && place.line === 'reaching'))
      throw new IvrError('OFFER_OVER', 'the offer is over', {});
  }

  #newEntry(): string {
    return uuidV7(this.#services.clock.wall());
  }

  #attend(): void {
    this.#stopAttending();
    this.#stopAttending = this.#services.queues.desks.attend(this.#now.entry, this);
  }

  #audioOf(caller: QueueVisitRequest['caller']): CustomerAudio {
    const { dialogue } = this.#services;
    const { language, disturbed } = dialogue;
    const onHeard = (): void => this.#dispatch({ type: 'heard' });
    return customerAudio({ caller, contact: this.contact, language, voice: disturbed.voice, onHeard }, this.#services);
  }

  #hear(): void {
    this.#stopHearing();
    this.#stopHearing = this.#request.onCustomerEvent((event) => {
      this.#audio.onEvent(event);
      if (event.type === 'digit' && typeof event.digit === 'string')
        this.#dispatch({ type: 'customer-key', key: event.digit });
    });
  }

  #surroundings(): VisitContext {
    const agentLeg = this.#agentSide.leg?.leg;
    return surroundingsOf(this.#now, this.#request, { agentLeg, customer: this.#customer }, this.#services);
  }

  #dispatch(event: VisitEvent): void {
    this.#waiting.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const before = this.#now.entry;
        const [then, ...effects] = step(this.#surroundings(), this.#now, next);
        this.#now = then;
        if (then.entry !== before) this.#attend();
        for (const effect of effects) this.#carryOut(effect);
      }
    } catch (thrown) {
      this.#giveUp(asError(thrown));
    } finally {
      this.#stepping = false;
    }
  }

  /** A defect ends this visit alone: the queues have no entry of it any more, and the bot goes on. */
  #giveUp(error: Error): void {
    this.#services.logger.error({ contact: this.contact }, 'a visit of the queues ended because of a defect', error);
    this.#waiting.length = 0;
    const { entry } = this.#now;
    this.#now = { ...this.#now, place: { at: 'over' } };
    this.#teller.tell({ type: 'customer-left', entry, because: 'cancelled' });
    this.#finished.resolve({ outcome: 'failed', to: undefined });
  }

  #carryOut(effect: VisitEffect): void {
    carryOut(effect, {
      visit: this.#now,
      request: this.#request,
      services: this.#services,
      phrases: this.#phrases,
      teller: this.#teller,
      audio: this.#audio,
      timers: this.#timers,
      side: this.#agentSide,
      others: this.#others,
      context: this.context,
      cameBack: () => this.#dispatch({ type: 'bot-came-back', next: this.#newEntry() }),
      book: (asked) => void this.#book(asked),
      refuse: (refused) => (this.#refused = refused),
      finish: ({ outcome, to, booked }) => this.#finished.resolve({ outcome, to, booked }),
    });
  }

  async #book(asked: Extract<VisitEffect, { readonly do: 'book' }>): Promise<void> {
    const booked = await bookCallback(asked, this.#now, this.#request, this.#surroundings(), this.#services);
    if (!booked) this.#dispatch({ type: 'not-booked' });
  }
}
