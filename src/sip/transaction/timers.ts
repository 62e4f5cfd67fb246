import { type Milliseconds, ms } from '../../domain/units.ts';

/** RFC 3261 table 4. */
export const T1 = ms(500);
export const T2 = ms(4_000);
export const T4 = ms(5_000);
/** How long a transaction waits for an answer: 32 s. */
export const GIVES_UP_AFTER = ms(64 * T1);
/** When the 2xx is sent again, once, to a stranger who has not acknowledged it. */
export const STRANGER_REPEAT = ms(1_000);
/** Timer D's least value over UDP. */
export const ABSORBS_FOR = ms(32_000);
/**
 * An INVITE that rings longer is forgotten by us. RFC 3261 sets no bound (a proxy's Timer C is 3 minutes, and callers may
 * hear early media in a queue for long); without one a forgotten call would stay for ever.
 */
export const RINGS_AT_MOST = ms(3_600_000);

/**
 * RFC 3261's letters and RFC 6026's L and M, and two more: `2xx` sends a 2xx again (section 13.3.1.4), `cancelled` waits
 * for the final response after a CANCEL (9.1), `unanswered` for one from our own user, `proof` for the ACK of a stranger.
 */
export type TimerName =
  | 'A'
  | 'B'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | '2xx'
  | 'proof'
  | 'cancelled'
  | 'unanswered';

export const doubled = (interval: Milliseconds): Milliseconds => ms(interval * 2);
export const doubledToT2 = (interval: Milliseconds): Milliseconds => ms(Math.min(interval * 2, T2));
