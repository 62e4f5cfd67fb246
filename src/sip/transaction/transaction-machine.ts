import type { Milliseconds } from '../../domain/units.ts';
import type { TimerName } from './timers.ts';

/** What a transaction's machine wants done, in order. */
export type TransactionEffect =
  | { readonly do: 'send-request' }
  | { readonly do: 'resend-request' }
  | { readonly do: 'send-ack' }
  | { readonly do: 'resend-ack' }
  | { readonly do: 'send-cancel' }
  /** The response that this event is about, to the user. */
  | { readonly do: 'deliver' }
  | { readonly do: 'report-timeout' }
  | { readonly do: 'report-transport-error' }
  /** The response that this event is about, to the far end. */
  | { readonly do: 'send-response' }
  | { readonly do: 'resend-response' }
  /** It will never be sent again. */
  | { readonly do: 'forget-response' }
  | { readonly do: 'report-no-ack' }
  /** The user has not answered; `status` goes out in its place, or nothing. */
  | { readonly do: 'give-up'; readonly status: number | undefined }
  | { readonly do: 'start-timer'; readonly timer: TimerName; readonly after: Milliseconds }
  | { readonly do: 'stop-timer'; readonly timer: TimerName }
  /** The last one: every timer stops and the transaction is forgotten. */
  | { readonly do: 'end' };

export type TransactionStep<State> = readonly [State, ...TransactionEffect[]];

export const start = (timer: TimerName, after: Milliseconds): TransactionEffect => ({
  do: 'start-timer',
  timer,
  after,
});
export const stop = (timer: TimerName): TransactionEffect => ({ do: 'stop-timer', timer });
