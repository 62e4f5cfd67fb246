import { type Milliseconds, type SharedMs, sharedMs, type MonotonicMs, type WallMs, wallMs } from '../domain/units.ts';

export type CancelTimer = () => void;

/** Time as the product sees it, so that tests can hold it in their hands. */
export interface Clock {
  now(): MonotonicMs;
  wall(): WallMs;
  /** The monotonic clock that all threads share, ms: what events that cross threads are stamped with. */
  shared(): SharedMs;
  after(delay: Milliseconds, run: () => void): CancelTimer;
}

export const systemClock: Clock = {
  now: () => performance.now() as Milliseconds,
  wall: () => wallMs(Date.now()),
  shared: () => sharedNow(),
  after(delay, run) {
    const timer = setTimeout(run, delay);
    return () => clearTimeout(timer);
  },
};

/** `Clock.shared` for workers, which are handed no clock. */
export const sharedNow = (): SharedMs => sharedMs(performance.timeOrigin + performance.now());
