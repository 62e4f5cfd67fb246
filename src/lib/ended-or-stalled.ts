import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from './clock.ts';
import { deferred } from './deferred.ts';

/**
 * Waits for work that tells when it moves on, and no longer when it has stalled.
 *
 * @param begin - begins the work, which never rejects; it calls `moved` after each of its steps
 * @param limit - that one step may take
 * @returns undefined: the work has ended; else what is still to come of it, for which nobody waits any more
 */
export async function endedOrStalled(
  begin: (moved: () => void) => Promise<void>,
  limit: Milliseconds,
  clock: Pick<Clock, 'after'>,
): Promise<{ readonly rest: Promise<void> } | undefined> {
  const stalled = deferred<'stalled'>();
  let over = false;
  let stop = (): void => undefined;
  const moved = (): void => {
    stop();
    if (!over) stop = clock.after(limit, () => stalled.resolve('stalled'));
  };
  moved();
  const rest = begin(moved);
  const outcome = await Promise.race([rest, stalled.promise]);
  over = true;
  stop();
  return outcome === 'stalled' ? { rest } : undefined;
}
