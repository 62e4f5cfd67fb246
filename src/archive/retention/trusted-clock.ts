import { type SharedMs, type WallMs, wallMs } from '../../domain/units.ts';

/*
 * A clock that is never ahead of the true time, for what can never be undone. A wall clock can be set; so this one goes on by
 * the lesser of what the wall clock and the monotonic clock say has passed, and stands still while nobody looks. What it lags
 * behind a time that somebody else vouches for (a database server, a time-stamping authority, the store) it makes up at once.
 */

export interface TrustedClock {
  /** What may be reckoned with. */
  readonly at: WallMs;
  /** At the last look of this process; undefined: it has not looked yet. */
  readonly seen: { readonly wall: WallMs; readonly shared: SharedMs } | undefined;
}

export interface ClockReading {
  readonly wall: WallMs;
  readonly shared: SharedMs;
  /** The time by another's clock; undefined: nobody could be asked. */
  readonly reference: WallMs | undefined;
}

export type ClockAlarm = 'set-forward' | 'set-back' | 'reference-differs';

/** Clocks drift; a leap second or a slew raises no alarm. */
const TOLERANCE_MS = 5_000;
const REFERENCE_TOLERANCE_MS = 60_000;

export function lookAtClock(
  { at, seen }: TrustedClock,
  { wall, shared, reference }: ClockReading,
): readonly [TrustedClock, ClockAlarm | undefined] {
  const passed = seen === undefined ? 0 : shared - seen.shared;
  const shown = seen === undefined ? 0 : wall - seen.wall;
  const own = at + Math.max(0, Math.min(passed, shown));
  // a reference that lies in our future is believed no further than our own clock, and the other way round
  const vouched = reference === undefined ? 0 : Math.min(reference, wall);
  const alarm =
    reference !== undefined && Math.abs(reference - wall) > REFERENCE_TOLERANCE_MS
      ? 'reference-differs'
      : shown - passed > TOLERANCE_MS
        ? 'set-forward'
        : passed - shown > TOLERANCE_MS || (seen === undefined && wall < at - TOLERANCE_MS)
          ? 'set-back'
          : undefined;
  // whole milliseconds, as databases keep them, and never rounded up
  return [{ at: wallMs(Math.floor(Math.max(own, alarm === undefined ? vouched : 0))), seen: { wall, shared } }, alarm];
}
