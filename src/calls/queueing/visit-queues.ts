import type { AttendedEntry, TalkCommand, TalkState } from '../../agents/attended-entry.ts';
import type { TransferOutcome } from '../../domain/call-event.ts';
import { type ContactContext, newContactContext } from '../../domain/contact-context.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { uuidV7 } from '../../domain/ids.ts';
import { seconds, wallMs } from '../../domain/units.ts';
import type { QueuePhrases } from '../../language/queue-wording.ts';
import { deferred } from '../../lib/deferred.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import { type NamedTimers, openNamedTimers } from '../conversation/named-timers.ts';
import type { Transferred } from '../transfer/transfer-request.ts';
import { AgentSide } from './agent-side.ts';
import { whispered, wordsOf } from './announcement-words.ts';
import type { QueueingServices } from './call-queues.ts';
import { type CustomerAudio, customerAudio } from './customer-audio.ts';
import { putThrough } from './put-through.ts';
import { type QueueTeller, queueTeller } from './queue-teller.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import { needsOf, queueOf, refusalOf, strandedIn } from './visit-context.ts';
import {
  newVisit,
  type Visit,
  type VisitContext,
  type VisitEffect,
  type VisitEvent,
  type VisitTimer,
} from './visit-state.ts';
import { step } from './visit-step.ts';

/** Last words that are not heard to their end are given up then. */
const LAST_WORDS_WITHIN = seconds(20);

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
  readonly #request: QueueVisitRequest;
  readonly #services: QueueingServices;
  readonly #signal: AbortSignal;
  readonly #customer: string | undefined;
  readonly #phrases: QueuePhrases;
  readonly #finished = deferred<{ readonly outcome: TransferOutcome; readonly to: string | undefined }>();
  readonly #teller: QueueTeller;
  readonly #audio: CustomerAudio;
  readonly #timers: NamedTimers<VisitTimer | 'last-words'>;
  readonly #agentSide: AgentSide;
  readonly #waiting: VisitEvent[] = [];
  #stepping = false;
  #now: Visit;
  #refused: IvrError | undefined;
  #stopAttending = (): void => undefined;

  constructor(request: QueueVisitRequest, services: QueueingServices, signal: AbortSignal) {
    const { contact, caller, parties } = request;
    const { clock, dialogue, queues } = services;
    this.contact = contact;
    this.#request = request;
    this.#services = services;
    this.#signal = signal;
    this.#customer = queues.customerOf(parties.caller);
    this.#phrases = queues.phrases(dialogue.language);
    this.#teller = queueTeller(queues.service, services, () => this.#dispatch({ type: 'not-written' }));
    this.#audio = customerAudio(
      {
        caller,
        contact,
        language: dialogue.language,
        voice: dialogue.disturbed.voice,
        onHeard: () => this.#dispatch({ type: 'heard' }),
      },
      services,
    );
    this.#timers = openNamedTimers(clock, (timer) =>
      this.#dispatch(timer === 'last-words' ? { type: 'heard' } : { type: 'timer', timer, next: this.#newEntry() }),
    );
    this.#agentSide = new AgentSide(request, services, signal, (event) => this.#dispatch(event));
    this.#now = newVisit({
      contact,
      entry: this.#newEntry(),
      queue: request.queue,
      needs: needsOf(request, request.because, this.#customer, services),
      askedAt: clock.wall(),
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
      this.#request.onCustomerEvent((event) => this.#customerDid(event)),
      this.#request.pause.onChange(() => queues.desks.show(this.#now.entry)),
      () => this.#signal.removeEventListener('abort', customerLeft),
    ];
    this.#learn();
    this.#attend();
    try {
      this.#dispatch({ type: 'began' });
      if (this.#signal.aborted) customerLeft();
      else this.#signal.addEventListener('abort', customerLeft, { once: true });
      const { outcome, to } = await this.#finished.promise;
      if (to === undefined || this.#signal.aborted) return { outcome, gone: false };
      return await putThrough(to, this.#request, this.#services, this.#signal);
    } finally {
      for (const stop of stops) stop();
      this.#stopAttending();
      this.#timers.stopAll();
      this.#audio.quiet();
      await this.#agentSide.close();
    }
  }

  context(): ContactContext {
    const { contexts } = this.#services.queues;
    const { name, version, language } = this.#services.dialogue;
    return (
      contexts.of(this.contact) ??
      newContactContext({
        contact: this.contact,
        since: wallMs(this.#now.askedAt),
        caller: '',
        called: '',
        language,
        dialplan: { id: name, version: String(version) },
      })
    );
  }

  talk(): TalkState | undefined {
    const { place } = this.#now;
    if (place.at !== 'talking') return undefined;
    const { until } = this.#request.pause;
    const paused = until === undefined ? {} : { pausedUntil: until };
    return { since: wallMs(place.since), held: place.held, others: [], ...paused };
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

  /** What is known of the customer from before. */
  #learn(): void {
    const { queues, dialogue, logger } = this.#services;
    const pastContacts = this.#customer === undefined ? [] : queues.pastContactsOf(this.#customer, this.contact);
    queues.contexts.learn(this.contact, { language: dialogue.language, pastContacts });
    queues.ticketsOf(this.contact).then(
      (tickets) => queues.contexts.learn(this.contact, { tickets }),
      (thrown: unknown) =>
        logger.warn({ contact: this.contact }, 'the tickets of a customer could not be read', asError(thrown)),
    );
  }

  #newEntry(): string {
    return uuidV7(this.#services.clock.wall());
  }

  #attend(): void {
    this.#stopAttending();
    this.#stopAttending = this.#services.queues.desks.attend(this.#now.entry, this);
  }

  #customerDid(event: EndpointEvent): void {
    this.#audio.onEvent(event);
    if (event.type === 'digit' && typeof event.digit === 'string')
      this.#dispatch({ type: 'customer-key', key: event.digit });
  }

  #surroundings(): VisitContext {
    const { queues, dialogue, clock } = this.#services;
    const { place, entry, queue } = this.#now;
    const { parties } = this.#request;
    const agent = 'agent' in place ? place.agent : undefined;
    return {
      at: clock.wall(),
      incarnation: queues.service.incarnation,
      customer: this.#customer,
      standing: () => queues.service.standing(entry),
      agentLeg: this.#agentSide.leg?.leg,
      flow: dialogue.name,
      flowVersion: dialogue.version,
      stranded: () => strandedIn(queue, queues.service),
      refusalOf: (to) => refusalOf(to, agent, queue, this.#services, queues, parties, clock.wall()),
      queueOf: (to) => queueOf(to, queue, queues),
    };
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

  #pause(paused: boolean, agent: string): void {
    try {
      if (paused) this.#request.pause.pause(agent);
      else this.#request.pause.resume('asked', agent);
    } catch (thrown) {
      if (!(thrown instanceof IvrError)) throw thrown;
      this.#refused = thrown;
    }
  }

  #carryOut(effect: VisitEffect): void {
    const side = this.#agentSide;
    switch (effect.do) {
      case 'tell':
        return this.#teller.tell(effect.event);
      case 'music':
        return this.#audio.music();
      case 'say':
        this.#audio.say(wordsOf(effect.what, this.#phrases), effect.after);
        return effect.after === 'nothing' ? this.#timers.start('last-words', LAST_WORDS_WITHIN) : undefined;
      case 'quiet':
        this.#timers.stop('last-words');
        return this.#audio.quiet();
      case 'reach':
        return side.reach(effect);
      case 'brief':
        return side.brief(this.#phrases.whisper(whispered(this.context())));
      case 'join': {
        const { place } = this.#now;
        return place.at === 'talking' ? side.join(place.agent, place.fence) : undefined;
      }
      case 'part':
        return side.part();
      case 'release':
        return side.release();
      case 'show':
        return this.#services.queues.desks.show(this.#now.entry);
      case 'start-timer':
        return this.#timers.start(effect.timer, effect.ms);
      case 'stop-timer':
        return this.#timers.stop(effect.timer);
      case 'note':
        return this.#services.note(this.contact, effect.fact);
      case 'pause':
        return this.#pause(effect.paused, effect.agent);
      case 'refuse':
        this.#refused = new IvrError(effect.code, effect.text, {});
        return;
      case 'finish':
        return this.#finished.resolve({ outcome: effect.outcome, to: effect.to });
    }
  }
}
