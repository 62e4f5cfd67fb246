import type { Milliseconds } from './units.ts';

/** Why a new call is not taken now. */
export type RefusalReason =
  /** The server has been told to stop. */
  | 'draining'
  /** A part is missing without which no call can be served: a SIP server, a media server, the application itself. */
  | 'not-ready'
  /** A thread that calls depend on runs late. */
  | 'overloaded'
  /** The address is in none of the networks that may call at all. */
  | 'not-allowed'
  /** The address calls more often than its share. */
  | 'source-rate'
  /** The address has as many calls without an ACK as it may. */
  | 'source-pending'
  /** All addresses that are not trusted have, together. */
  | 'strangers-pending'
  /** New calls come faster than they are taken. */
  | 'rate'
  /** As many calls as may be are under way. */
  | 'full'
  /** The trunk that the call comes from, or is to go to, has as many as it may. */
  | 'trunk-full'
  /** Its calls come faster than it may set them up. */
  | 'trunk-rate'
  /** No such number may be dialled over that trunk. */
  | 'destination-not-allowed'
  /** Calls to such numbers have used up what that trunk allows. */
  | 'destination-limit'
  /** The call was begun, and what it needed could not be had: a port, a media worker, the recordings' disk. */
  | 'failed';

export interface Refusal {
  readonly take: false;
  readonly because: RefusalReason;
  /** Seconds after which trying again makes sense: the `Retry-After` of the 503 (RFC 3261 section 20.33). */
  readonly retryAfter: number;
  /** What is missing, for operators; safe to show to anybody. */
  readonly detail?: string;
}

/** What became of the question whether a new call is taken. */
export type Admission = { readonly take: true } | Refusal;

/** What is known where the question is asked; what is not known there is left out. */
export interface AdmissionFacts {
  /** What another thread, which knows more of the line, said last. */
  readonly line?: Admission;
  readonly draining?: boolean;
  /** What is missing, of those things without which no call can be served. */
  readonly missing?: string | undefined;
  /** How late the event loop runs, and how late it may. */
  readonly lag?: { readonly now: Milliseconds; readonly most: Milliseconds };
  /** Calls under way or being set up, and how many there may be. */
  readonly calls?: { readonly live: number; readonly most: number };
  /** How many set-ups the rate still allows at this moment. */
  readonly setups?: number;
}

/**
 * Trouble that passes by itself is over in seconds; a restart, or a server that has to come back, takes longer. A caller
 * whose own call failed because of us is served by another attempt at once, elsewhere or here.
 */
const RETRY_AFTER_SECONDS: Readonly<Record<RefusalReason | 'guessing', number>> = {
  draining: 10,
  'not-ready': 10,
  overloaded: 5,
  'not-allowed': 0,
  'source-rate': 5,
  'source-pending': 5,
  'strangers-pending': 5,
  rate: 5,
  full: 5,
  'trunk-full': 5,
  'trunk-rate': 5,
  'destination-not-allowed': 0,
  'destination-limit': 60,
  failed: 5,
  // no call: an address that gets passwords of telephones wrong
  guessing: 60,
};

const TAKE: Admission = { take: true };

/** A refusal for this reason. Every `Retry-After` of our 503 responses is made here. */
export const refusal = (because: RefusalReason, detail?: string): Refusal => ({
  take: false,
  because,
  retryAfter: RETRY_AFTER_SECONDS[because],
  ...(detail === undefined ? {} : { detail }),
});

/** Whether a new call is taken. The first reason counts that no waiting here would mend. */
export function admit({ line = TAKE, draining = false, missing, lag, calls, setups = 1 }: AdmissionFacts): Admission {
  if (!line.take) return line;
  if (draining) return refusal('draining');
  if (missing !== undefined) return refusal('not-ready', missing);
  if (lag !== undefined && lag.now > lag.most) return refusal('overloaded');
  if (calls !== undefined && calls.live >= calls.most) return refusal('full');
  if (setups < 1) return refusal('rate');
  return TAKE;
}

/** Who may not call at all is told so; everybody else may come again. */
export const statusOf = ({ because }: Refusal): 403 | 503 =>
  because === 'not-allowed' || because === 'destination-not-allowed' ? 403 : 503;

/** The header of a 503 to a REGISTER from an address that guesses. */
export const retryAfterGuessing = { 'Retry-After': String(RETRY_AFTER_SECONDS.guessing) } as const;

/** The header that tells a refused caller when to come again. */
export const retryAfterHeader = ({ retryAfter }: Refusal): { readonly 'Retry-After': string } => ({
  'Retry-After': String(retryAfter),
});
