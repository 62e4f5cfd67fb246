/** The delay is looked for in every fourth loud frame of a sound, and after its first 640 ms every half second. */
const EVERY = 4;
const SELDOM = 24;
/** The caller's own sound, on a line that has shown no echo: after its first 640 ms every other second. */
const RARELY = 96;
/** Frames of a sound after which it is no longer taken back that it is the caller's. */
export const RETRACTABLE = 32;

/**
 * Loud frames from one look for the delay to the next.
 *
 * @param count - loud frames of the sound so far
 * @param callers - the sound is the caller's, on a line that has shown no echo
 */
export function searchInterval(count: number, callers = false): number {
  if (count > RETRACTABLE) return callers ? RARELY : SELDOM;
  return callers ? SELDOM : EVERY;
}
