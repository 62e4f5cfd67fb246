import type { TransferTarget } from '../../agents/agent-desk.ts';
import { admit, staffOf } from '../../queues/admit.ts';
import type { AgentId, Needs, QueueName } from '../../queues/queue-fact.ts';
import type { QueueService } from '../../queues/queue-service.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';
import type { CallQueues, QueueingServices } from './call-queues.ts';
import type { Stranded } from './visit-state.ts';

/** 'en' of 'en-US'. */
const primary = (language: string): string => language.split('-', 1)[0]?.toLowerCase() ?? '';

/** What the customer needs of an agent, by what the dialogue knows. */
export function needsOf(
  { context }: Pick<TransferRequest, 'context'>,
  because: string,
  customer: string | undefined,
  { queues, dialogue }: QueueingServices,
): Needs {
  const { rules } = queues.service;
  const problem = [context['problem'], context['intent'], because].find(
    (each) => each !== undefined && rules.problems[each] !== undefined,
  );
  const value = context['value-class'];
  const last = customer === undefined ? undefined : queues.lastAgentOf(customer);
  return {
    skills: {},
    language: primary(dialogue.language),
    ...(value === undefined || rules.classes[value] === undefined ? {} : { value_class: value }),
    ...(problem === undefined ? {} : { problem }),
    ...(last === undefined ? {} : { last_agent: last }),
  };
}

const REFUSALS = {
  closed: 'the queue is closed',
  emergency: 'the queue is in emergency',
  full: 'the queue is full',
  unstaffed: 'nobody of the queue is at work',
  'unknown-queue': 'there is no such queue',
} as const;

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
  at: number,
): string | undefined {
  if ('number' in target) {
    const ways = outboundWays?.(`tel:${target.number}`, parties) ?? [];
    return ways.length === 0 ? 'no route leads to that number' : undefined;
  }
  if ('agent' in target) {
    const agent = service.floor.agents.get(target.agent);
    if (target.agent === from) return 'you talk to the customer already';
    if (agent === undefined || agent.state === 'signed-out') return 'the agent is not signed in';
    if (agent.state !== 'available' || !agent.reachable) return 'the agent is not free';
  }
  const queue = queueOf(target, now, { service });
  const admitted = queue === undefined ? undefined : admit(service.floor, queue, service.rules, at);
  if (admitted === undefined) return REFUSALS['unknown-queue'];
  return 'refused' in admitted ? REFUSALS[admitted.refused] : undefined;
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
