import type { ContactId } from '../domain/ids.ts';
import type { Milliseconds, WallMs } from '../domain/units.ts';

/** What the journal knows of a call, for the comparison with its recording. All but `offered` are since the offer, by the monotonic clock. */
export interface CallTimes {
  readonly offered: WallMs;
  /** Undefined: it was never answered. */
  readonly answered: Milliseconds | undefined;
  /** Its end or, of a call that has none yet, the last that was heard of it. */
  readonly ended: Milliseconds;
  /** How long the bot's prompts played, all together. */
  readonly prompted: Milliseconds;
}

/** PORT to the journal. Undefined: it does not know the call. Rejects when the journal cannot be read. */
export type CallTimesOf = (contact: ContactId) => Promise<CallTimes | undefined>;

/** The same on the recording's clock, ms since sample 0; part of the manifest. */
export interface CallSpan {
  readonly answered_ms?: number;
  readonly ended_ms: number;
  readonly prompted_ms: number;
}

/** @param origin - wall clock of sample 0 */
export function callSpan({ offered, answered, ended, prompted }: CallTimes, origin: number): CallSpan {
  const since = (time: number): number => Math.max(0, Math.round(offered + time - origin));
  return {
    ...(answered === undefined ? {} : { answered_ms: since(answered) }),
    ended_ms: since(ended),
    prompted_ms: Math.round(prompted),
  };
}
