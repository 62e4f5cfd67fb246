import type { QueueRules, QueueSet } from '../../src/queues/queue-rules.ts';

export const queueOf = (name: string, more: Partial<QueueRules> = {}): QueueRules => ({
  name,
  priority: 0,
  ageingPerMinute: 1,
  rings: [{ afterMs: 0, leastLevel: 0, skillsLess: 0, anyLanguage: false }],
  strategy: 'longest-idle',
  capacity: 1_000,
  hours: undefined,
  overflow: undefined,
  waitUnstaffed: true,
  offerMs: 15_000,
  declinedMs: 10_000,
  notAnsweringMs: 0,
  wrapUpMs: 20_000,
  keepPlaceMs: 300_000,
  lastAgentMs: 0,
  callback: { offer: undefined, first: 'agent', most: 200, ringMs: 30_000, attempts: 3, retryMs: 600_000 },
  answerWithinMs: 20_000,
  handlingMs: 240_000,
  ...more,
});

export const setOf = (...queues: readonly QueueRules[]): QueueSet => ({
  queues: new Map(queues.map((queue) => [queue.name, queue])),
  classes: { gold: 20 },
  problems: { 'card-loss': { priority: 50, skills: { cards: 2 } } },
  agents: new Map(),
  signOutMs: 120_000,
});
