import { setMaxListeners } from 'node:events';

/**
 * An AbortController whose signal any number of waits may listen to at once: all clips that are being made, all commands on one
 * connection. Each takes its listener back when it is over; Node.js warns of a leak from the eleventh on.
 */
export function sharedAborter(): AbortController {
  const aborter = new AbortController();
  setMaxListeners(0, aborter.signal);
  return aborter;
}
