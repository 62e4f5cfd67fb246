import type { Milliseconds } from '../../domain/units.ts';
import { doubledToT2, GIVES_UP_AFTER, T1, T2, T4, type TimerName } from './timers.ts';
import { start, stop, type TransactionStep } from './transaction-machine.ts';

/** Any other request that we send: RFC 3261 section 17.1.2. */
export interface NonInviteClient {
  readonly at: 'trying' | 'proceeding' | 'completed' | 'terminated';
  readonly reliable: boolean;
  /** Timer E's next interval. */
  readonly interval: Milliseconds;
}

export type NonInviteClientEvent =
  | { readonly type: 'response-received'; readonly status: number }
  | { readonly type: 'transport-failed' }
  | { readonly type: 'timer-fired'; readonly timer: TimerName };

type Step = TransactionStep<NonInviteClient>;

export function startNonInviteClient(reliable: boolean): Step {
  const state: NonInviteClient = { at: 'trying', reliable, interval: T1 };
  const retransmission = reliable ? [] : [start('E', T1)];
  return [state, { do: 'send-request' }, ...retransmission, start('F', GIVES_UP_AFTER)];
}

export function stepNonInviteClient(now: NonInviteClient, event: NonInviteClientEvent): Step {
  if (now.at === 'terminated') return [now];
  switch (event.type) {
    case 'response-received':
      return onResponse(now, event.status);
    case 'transport-failed':
      if (now.at === 'completed') return [now];
      return [ended(now), { do: 'report-transport-error' }, { do: 'end' }];
    case 'timer-fired':
      return onTimer(now, event.timer);
  }
}

const ended = (now: NonInviteClient): NonInviteClient => ({ ...now, at: 'terminated' });

function onResponse(now: NonInviteClient, status: number): Step {
  if (now.at === 'completed') return [now];
  if (status < 200) return [{ ...now, at: 'proceeding' }, { do: 'deliver' }];
  if (now.reliable) return [ended(now), { do: 'deliver' }, { do: 'end' }];
  return [{ ...now, at: 'completed' }, stop('E'), stop('F'), start('K', T4), { do: 'deliver' }];
}

function onTimer(now: NonInviteClient, timer: TimerName): Step {
  switch (timer) {
    case 'E': {
      if (now.at === 'completed') return [now];
      const interval = now.at === 'proceeding' ? T2 : doubledToT2(now.interval);
      return [{ ...now, interval }, { do: 'resend-request' }, start('E', interval)];
    }
    case 'F':
      if (now.at === 'completed') return [now];
      return [ended(now), { do: 'report-timeout' }, { do: 'end' }];
    case 'K':
      return [ended(now), { do: 'end' }];
    default:
      return [now];
  }
}
