import type { QueueSet } from '../../src/queues/queue-rules.ts';
import { queueOf, setOf } from './queue-set.ts';

/** Two queues with everything in small, so that minutes show what days do. @param handlingMs - mean of a conversation */
export const chaosRules = (handlingMs: number): QueueSet =>
  setOf(
    queueOf('cards', {
      capacity: 10_000,
      wrapUpMs: handlingMs / 5,
      offerMs: 2_000,
      declinedMs: 500,
      notAnsweringMs: 1_000,
      keepPlaceMs: 60_000,
      lastAgentMs: 300,
      overflow: { to: 'loans', afterMs: 4 * handlingMs, when: [] },
      callback: { offer: undefined, first: 'agent', most: 200, ringMs: 1_500, attempts: 3, retryMs: 1_000 },
      rings: [
        { afterMs: 0, leastLevel: 2, skillsLess: 0, anyLanguage: false },
        { afterMs: handlingMs, leastLevel: 1, skillsLess: 1, anyLanguage: true },
      ],
    }),
    queueOf('loans', {
      capacity: 10_000,
      wrapUpMs: handlingMs / 10,
      offerMs: 2_000,
      declinedMs: 500,
      notAnsweringMs: 1_000,
      keepPlaceMs: 60_000,
      strategy: 'most-skilled',
      callback: { offer: undefined, first: 'agent', most: 200, ringMs: 1_500, attempts: 3, retryMs: 1_000 },
    }),
  );
