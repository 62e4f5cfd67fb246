import type { Flow } from './flow.ts';

/** A far end's sign of life. */
export interface KeepAliveAnswer {
  /** `host:port` as the far end sees us; undefined: it does not say. */
  readonly seenAs: string | undefined;
}

/**
 * Asks whether the way to a far end is open (RFC 5626 section 4.4): by STUN over UDP; by CRLF CRLF on the connection that a
 * message would go out on, which is ended when it stays silent.
 *
 * @param heard - called once; undefined: no answer in time
 */
export type KeepAlive = (to: Flow, heard: (answer: KeepAliveAnswer | undefined) => void) => void;
