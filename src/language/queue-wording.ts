/* What callers who wait for an agent hear, and what is whispered to an agent's telephone. */

/** Positions are told up to here. */
export const TOLD_POSITIONS = 10;
/** Minutes of waiting as they are told; more than the last: longer than that. */
export const TOLD_MINUTES: readonly number[] = [1, 2, 3, 4, 5, 10, 15, 20, 30];
export const LONGER = 31;

export interface WhisperedContact {
  readonly name: string | undefined;
  readonly verified: boolean;
  readonly topic: string | undefined;
  readonly upset: boolean;
}

/** What is said about being called back, before and in the call. */
export interface CallbackPhrases {
  /** To somebody who waits. */
  readonly offer: string;
  /** To somebody who is not let in. */
  readonly offerInstead: string;
  /** Before the last digits of the number that they call from. */
  readonly own: string;
  /** After them. */
  readonly confirmOwn: string;
  readonly key: string;
  /** Before the digits that they have keyed. */
  readonly keyed: string;
  readonly confirmKeyed: string;
  readonly digit: (digit: string) => string;
  /** No call is made to that number. */
  readonly notCalled: string;
  readonly booked: string;
  readonly pending: string;
  readonly notBooked: string;
  /** To whoever answers the call. @param bank - as it calls itself */
  readonly greeting: (bank: string | undefined) => string;
  readonly connecting: string;
  readonly notNeeded: string;
}

export interface QueuePhrases {
  readonly position: (position: number) => string;
  /** @param minutes - one of TOLD_MINUTES, or LONGER */
  readonly wait: (minutes: number) => string;
  readonly refused: Readonly<Record<'closed' | 'emergency' | 'full' | 'unstaffed' | 'unknown-queue', string>>;
  readonly notWritten: string;
  readonly anotherAgent: string;
  readonly satisfaction: string;
  readonly thanks: string;
  readonly callback: CallbackPhrases;
  /** Takes 8 s at most. */
  readonly whisper: (contact: WhisperedContact) => string;
}

/** The minutes that are told of a wait. @param waitMs - milliseconds */
export const toldMinutes = (waitMs: number): number =>
  TOLD_MINUTES.find((minutes) => waitMs <= minutes * 60_000) ?? LONGER;
