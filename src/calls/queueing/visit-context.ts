import type { TransferTarget } from '../../agents/agent-desk.ts';
import { admit } from '../../queues/admit.ts';
import type { AgentId, Needs, QueueName } from '../../queues/queue-fact.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';
import type { CallQueues, QueueingServices } from './call-queues.ts';

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

/** Why a customer cannot be passed on there; undefined: they can. @param from - the agent who passes them on */
export function refusalOf(
  target: TransferTarget,
  from: AgentId | undefined,
  { outboundWays }: Pick<QueueingServices, 'outboundWays'>,
  { service }: Pick<CallQueues, 'service'>,
  parties: TransferRequest['parties'],
  at: number,
): string | undefined {
  if ('number' in target) {
    const ways = outboundWays?.(`tel:${target.number}`, parties) ?? [];
    return ways.length === 0 ? 'no route leads to that number' : undefined;
  }
  if ('queue' in target) {
    const admitted = admit(service.floor, target.queue, service.rules, at);
    return 'refused' in admitted ? REFUSALS[admitted.refused] : undefined;
  }
  const agent = service.floor.agents.get(target.agent);
  if (target.agent === from) return 'you talk to the customer already';
  if (agent === undefined || agent.state === 'signed-out') return 'the agent is not signed in';
  return agent.state === 'available' && agent.reachable ? undefined : 'the agent is not free';
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
