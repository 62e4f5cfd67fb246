import type { Counters } from '../counters.ts';
import type { MessageObserver } from '../message-observer.ts';
import type { Flow } from '../transport/flow.ts';
import type { TimerWheel } from './timer-wheel.ts';
import type { StackUser } from './transaction.ts';

/** What both kinds of transactions work with. */
export interface TransactionContext {
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  readonly user: StackUser;
  readonly observer: MessageObserver | undefined;
  /** Never throws; `onError` is called later, at most once. */
  send(bytes: Buffer, to: Flow, onError?: (error: Error) => void): void;
  /** Calls into the user's code: what it throws is counted and reported, and false returned. */
  call(run: () => void): boolean;
}
