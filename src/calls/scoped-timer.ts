import type { Milliseconds } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import type { Scope } from '../lib/scope.ts';

/** Runs one thing at a time after a delay, and nothing once the scope is closed. */
export function scopedTimer(clock: Clock, scope: Scope): (delay: Milliseconds, run: () => void) => void {
  let cancel: CancelTimer = () => undefined;
  scope.defer(() => cancel());
  return (delay, run) => {
    cancel();
    if (!scope.closed) cancel = clock.after(delay, run);
  };
}
