import { canonicalNeeds } from './canonical-needs.ts';
import type { AgentProfile, Needs, QueueName } from './queue-fact.ts';
import type { OpeningHours } from '../routing/opening-hours.ts';

/** One ring of the bull's eye: who may be offered an entry that has waited so long. Later rings only relax. */
export interface Ring {
  readonly afterMs: number;
  /** Of the agent's level in the queue. */
  readonly leastLevel: number;
  /** What is taken off each skill's level that is asked for. */
  readonly skillsLess: number;
  /** Whoever speaks another language may be offered it as well. */
  readonly anyLanguage: boolean;
}

export interface Overflow {
  readonly to: QueueName;
  /** After so long a wait; undefined: not by time. */
  readonly afterMs: number | undefined;
  readonly when: readonly ('full' | 'closed' | 'emergency' | 'unstaffed')[];
}

/** When somebody who waits, or is not let in, is offered to be called back. */
export interface CallbackOffer {
  /** After so long a wait; undefined: not by time. */
  readonly afterMs: number | undefined;
  /** At once, where the expected wait is at least that; undefined: whatever it is. */
  readonly expectedMs: number | undefined;
  /** Who is not let in for one of these reasons is offered it. */
  readonly when: readonly ('full' | 'closed' | 'unstaffed')[];
}

export interface CallbackRules {
  /** Undefined: nobody is offered it. */
  readonly offer: CallbackOffer | undefined;
  /** Who is called first: an agent takes the callback, and then the customer is called; or the customer is, and waits in front for the agent who is free. */
  readonly first: 'agent' | 'customer';
  /** Callbacks that may wait at the same time. */
  readonly most: number;
  /** How long the customer's telephone rings. */
  readonly ringMs: number;
  readonly attempts: number;
  readonly retryMs: number;
}

/** Who was called first and answers says within that time that they are there. */
export const PROOF_MS = 20_000;

/** What the configuration says of a queue. All durations are milliseconds. */
export interface QueueRules {
  readonly name: QueueName;
  readonly priority: number;
  /** Added to an entry's priority for each minute that it waits. */
  readonly ageingPerMinute: number;
  /** The first begins at 0. */
  readonly rings: readonly Ring[];
  /** Among those who may be offered an entry; the last agent goes before either. */
  readonly strategy: 'most-skilled' | 'longest-idle';
  /** Entries that may wait at the same time. */
  readonly capacity: number;
  /** Undefined: always open. */
  readonly hours: { readonly of: OpeningHours; readonly name: string } | undefined;
  readonly overflow: Overflow | undefined;
  /** Whether somebody is let in while no agent of the queue is signed in. */
  readonly waitUnstaffed: boolean;
  readonly offerMs: number;
  /** How long an agent who declined is not offered anything. */
  readonly declinedMs: number;
  /** How long after a missed offer; 0: until the agent says that they are there. */
  readonly notAnsweringMs: number;
  readonly wrapUpMs: number;
  /** How long a customer who gave up, or was cut off, keeps the place. */
  readonly keepPlaceMs: number;
  /** How long an entry waits for the agent whom the customer talked to last, while that agent works. */
  readonly lastAgentMs: number;
  readonly callback: CallbackRules;
  /** Of the service level: 20 s by the standard of remote banking. */
  readonly answerWithinMs: number;
  /** Of a conversation with its wrap-up, until enough of them were measured. */
  readonly handlingMs: number;
}

export interface AgentRules extends AgentProfile {
  /** SIP address of a desk telephone; undefined: the one that is registered by the agent's name, or the desk in the browser. */
  readonly telephone: string | undefined;
}

/** All that the configuration says of queues. Changing it moves no agent, no place and no wrap-up. */
export interface QueueSet {
  readonly queues: ReadonlyMap<QueueName, QueueRules>;
  /** What a value class adds to the priority. */
  readonly classes: Readonly<Record<string, number>>;
  /** What a kind of problem adds, and the skills that it asks for. */
  readonly problems: Readonly<
    Record<string, { readonly priority: number; readonly skills: Readonly<Record<string, number>> }>
  >;
  readonly agents: ReadonlyMap<string, AgentRules>;
  /** An agent whose desk or telephone was not heard of for so long is signed out, unless in a conversation. */
  readonly signOutMs: number;
}

/** @returns what the entry needs with what its kind of problem adds */
export function completeNeeds(needs: Needs, { problems }: Pick<QueueSet, 'problems'>): Needs {
  const { skills: more = {} } = problems[needs.problem ?? ''] ?? {};
  const skills: Record<string, number> = { ...needs.skills };
  for (const [skill, level] of Object.entries(more)) skills[skill] = Math.max(skills[skill] ?? 0, level);
  return { ...needs, skills };
}

export const priorityOf = (
  queue: QueueRules,
  { value_class, problem }: Needs,
  { classes, problems }: Pick<QueueSet, 'classes' | 'problems'>,
): number => queue.priority + (classes[value_class ?? ''] ?? 0) + (problems[problem ?? '']?.priority ?? 0);

/** Names the order that an entry stands in: the same text, the same order. */
export const rulesText = (queue: QueueName, priority: number, needs: Needs): string =>
  `${queue} p${priority} ${canonicalNeeds(needs)}`;

/** The ring that an entry has come to. */
export function ringAfter(queue: QueueRules, waitedMs: number): number {
  let ring = 0;
  for (const [n, { afterMs }] of queue.rings.entries()) if (waitedMs >= afterMs) ring = n;
  return ring;
}
