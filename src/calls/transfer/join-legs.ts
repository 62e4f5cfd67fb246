import { asError } from '../../domain/error.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';

export interface Joined {
  /** Resolves when they cannot be joined. */
  readonly apart: Promise<'lost'>;
  /** They are not joined any more when their media moves. */
  readonly stop: () => void;
}

/** Joins the two, and again whenever their media has moved. */
export function joinLegs(caller: AnchoredLeg, agent: AnchoredLeg, logger: Logger): Joined {
  const apart = deferred<'lost'>();
  const join = (): void => {
    if (caller.lost || agent.lost) return; // until both are somewhere again
    try {
      caller.bridge(agent);
    } catch (thrown) {
      logger.error({ leg: agent.leg }, 'two legs cannot be joined', asError(thrown));
      apart.resolve('lost');
    }
  };
  const stop = agent.onMove((move) => (move.type === 'moved' ? join() : undefined));
  join();
  return { apart: apart.promise, stop };
}
