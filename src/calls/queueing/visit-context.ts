import type { TransferTarget } from '../../agents/agent-desk.ts';
import { admit, staffOf } from '../../queues/admit.ts';
import { hasRoom } from '../../queues/pending-callback.ts';
import type { AgentId, Needs, QueueName, Refusal } from '../../queues/queue-fact.ts';
import type { QueueService } from '../../queues/queue-service.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';
import { type ContactContext, newContactContext } from '../../domain/contact-context.ts';
import type { ContactId, LegId } from '../../domain/ids.ts';
import { asError } from '../../domain/error.ts';
import { wallMs, type WallMs } from '../../domain/units.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { Conference } from '../conference/conference.ts';
import type { CallQueues, QueueingServices } from './call-queues.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import type { RefusedBecause } from './refusals.ts';
import type { Stranded, Visit, VisitContext } from './visit-state.ts';

/** What the customer needs of an agent, by what the dialogue knows. */
export function needsOf(
  { context, because, behalf }: Pick<QueueVisitRequest, 'context' | 'because' | 'behalf'>,
  customer: string | undefined,
  { queues, dialogue }: QueueingServices,
): Needs {
  const { rules } = queues.service;
  const problem = [context['problem'], context['intent'], because].find(
    (each) => each !== undefined && rules.problems[each] !== undefined,
  );
  const value = context['value-class'];
  const last = behalf?.agent ?? (customer === undefined ? undefined : queues.lastAgentOf(customer));
  return {
    skills: {},
    language: primaryLanguage(dialogue.language),
    ...(value === undefined || rules.classes[value] === undefined ? {} : { value_class: value }),
    ...(problem === undefined ? {} : { problem }),
    ...(last === undefined ? {} : { last_agent: last }),
  };
}

/** All who take part in a call. */
export const conferenceOf = (
  { caller, pause, recording }: QueueVisitRequest,
  { media, logger }: QueueingServices,
): Conference => new Conference({ customer: caller, pause, recording, mixes: media.mixes, logger });

/** Why nobody can come to somebody who waits in that queue; undefined: somebody may. */
export function strandedIn(
  name: QueueName,
  { healthy, rules, floor }: Pick<QueueService, 'healthy' | 'rules' | 'floor'>,
): Stranded | undefined {
  if (!healthy) return 'not-written';
  const queue = rules.queues.get(name);
  if (queue === undefined) return 'unknown-queue'; // it was taken out of the file meanwhile
  return queue.waitUnstaffed || staffOf(floor, name) > 0 ? undefined : 'unstaffed';
}

/** Why a customer cannot be passed on there; undefined: they can. @param from - the agent who passes them on, in the queue `now` */
export function refusalOf(
  target: TransferTarget,
  from: AgentId | undefined,
  now: QueueName,
  { outboundWays }: Pick<QueueingServices, 'outboundWays'>,
  { service }: Pick<CallQueues, 'service'>,
  parties: TransferRequest['parties'],
  at: WallMs,
): RefusedBecause | undefined {
  if ('number' in target) {
    const ways = outboundWays?.(`tel:${target.number}`, parties) ?? [];
    return ways.length === 0 ? 'no-route' : undefined;
  }
  if ('agent' in target) {
    const agent = service.floor.agents.get(target.agent);
    if (target.agent === from) return 'talking-already';
    if (agent === undefined || agent.state === 'signed-out') return 'agent-signed-out';
    if (agent.state !== 'available' || !agent.reachable) return 'agent-busy';
  }
  const queue = queueOf(target, now, { service });
  const admitted = queue === undefined ? undefined : admit(service.floor, queue, service.rules, at);
  if (admitted === undefined) return 'unknown-queue';
  return 'refused' in admitted ? admitted.refused : undefined;
}

/** The queue in which the customer waits for whom they are passed on to. */
export function queueOf(
  target: TransferTarget,
  now: QueueName,
  { service }: Pick<CallQueues, 'service'>,
): QueueName | undefined {
  if ('queue' in target) return target.queue;
  if ('number' in target) return undefined;
  const own = service.floor.agents.get(target.agent)?.profile.queues ?? {};
  return own[now] === undefined ? Object.keys(own)[0] : now;
}

/** What the machine of a visit takes from its surroundings, as they are. */
export function surroundingsOf(
  visit: Visit,
  { parties, behalf, bot, callback }: QueueVisitRequest,
  { agentLeg, customer }: { readonly agentLeg: LegId | undefined; readonly customer: string | undefined },
  services: QueueingServices,
): VisitContext {
  const { queues, dialogue, clock, media } = services;
  const { place, entry, queue, contact } = visit;
  const agent = 'agent' in place ? place.agent : undefined;
  const none = media.mixes ? undefined : 'two-at-a-time';
  return {
    at: clock.wall(),
    incarnation: queues.service.incarnation,
    customer,
    standing: () => queues.service.standing(entry),
    agentLeg,
    flow: dialogue.name,
    flowVersion: dialogue.version,
    stranded: () => strandedIn(queue, queues.service),
    refusalOf: (to) => refusalOf(to, agent, queue, services, queues, parties, clock.wall()),
    behalf: behalf !== undefined,
    canVerify: bot !== undefined && behalf === undefined,
    verified: () => queues.contexts.of(contact)?.verifiedAgain?.outcome === 'verified',
    consultRefusal: behalf === undefined ? none : 'consulted',
    queueOf: (to) => queueOf(to, queue, queues),
    offersCallback: (because) => behalf === undefined && offersCallback(because, visit, services),
    ownNumber: mayCall(parties.caller, services, parties) ? parties.caller : undefined,
    mayCall: (number) => mayCall(number, services, parties) && queues.callbacks.allows(customer, number),
    calledBack: callback,
  };
}

/** Why somebody is offered a callback at this moment; or is not. */
function offersCallback(
  because: Refusal | 'missed' | undefined,
  { entry, queue: name, askedAt }: Pick<Visit, 'entry' | 'queue' | 'askedAt'>,
  { queues: { service }, clock, outboundWays }: QueueingServices,
): boolean {
  const queue = service.rules.queues.get(name);
  const offer = queue?.callback.offer;
  if (queue === undefined || offer === undefined || outboundWays === undefined) return false;
  if (!hasRoom(service.floor, queue)) return false;
  if (because === 'missed') return true;
  if (because !== undefined) return offer.when.some((each) => each === because);
  if (offer.afterMs !== undefined && clock.wall() - askedAt >= offer.afterMs) return true;
  const expected = service.standing(entry)?.expectedWaitMs;
  return offer.expectedMs !== undefined && expected !== undefined && expected >= offer.expectedMs;
}

/** Only numbers that a route of the configuration leads to are called. */
export const mayCall = (
  number: string,
  { outboundWays }: Pick<QueueingServices, 'outboundWays'>,
  parties: TransferRequest['parties'],
): boolean => /^\+?\d{3,15}$/.test(number) && (outboundWays?.(`tel:${number}`, parties) ?? []).length > 0;

/** What is known of the contact; when the journal has told nothing of it so far: when it came. */
export const contextOf = (
  contact: ContactId,
  since: WallMs,
  { queues, dialogue }: Pick<QueueingServices, 'queues' | 'dialogue'>,
): ContactContext =>
  queues.contexts.of(contact) ??
  newContactContext({
    contact,
    since,
    caller: '',
    called: '',
    language: dialogue.language,
    dialplan: { id: dialogue.name, version: String(dialogue.version) },
  });

/** Puts into the record of the contact what is known of the customer from before. */
export function learnOf(
  { contact, callback }: Pick<QueueVisitRequest, 'contact' | 'callback'>,
  customer: string | undefined,
  { queues, dialogue, logger }: Pick<QueueingServices, 'queues' | 'dialogue' | 'logger'>,
): void {
  const before = customer === undefined ? [] : queues.pastContactsOf(customer, contact);
  const pastContacts =
    callback === undefined
      ? before
      : [{ contact: callback.earlier, at: wallMs(callback.askedAt), outcome: 'callback' }, ...before];
  queues.contexts.learn(contact, {
    language: dialogue.language,
    ...(pastContacts.length === 0 ? {} : { pastContacts }),
  });
  // of the customer of the first call: whose the call back is no row says
  queues.ticketsOf(callback?.earlier ?? contact).then(
    (tickets) => queues.contexts.learn(contact, { tickets }),
    (thrown: unknown) => logger.warn({ contact }, 'the tickets of a customer could not be read', asError(thrown)),
  );
}
