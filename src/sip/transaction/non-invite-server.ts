import { GIVES_UP_AFTER, type TimerName } from './timers.ts';
import { start, stop, type TransactionStep } from './transaction-machine.ts';

/** Any other request of the far end: RFC 3261 section 17.2.2. */
export interface NonInviteServer {
  readonly at: 'trying' | 'proceeding' | 'completed' | 'terminated';
  readonly reliable: boolean;
}

export type NonInviteServerEvent =
  | { readonly type: 'request-retransmitted' }
  | { readonly type: 'response-given'; readonly status: number }
  | { readonly type: 'timer-fired'; readonly timer: TimerName };

type Step = TransactionStep<NonInviteServer>;

export function startNonInviteServer(reliable: boolean): Step {
  return [{ at: 'trying', reliable }, start('unanswered', GIVES_UP_AFTER)];
}

export function stepNonInviteServer(now: NonInviteServer, event: NonInviteServerEvent): Step {
  if (now.at === 'terminated') return [now];
  switch (event.type) {
    case 'request-retransmitted':
      return now.at === 'trying' ? [now] : [now, { do: 'resend-response' }];
    case 'response-given':
      return onResponse(now, event.status);
    case 'timer-fired':
      if (event.timer === 'J' && now.at === 'completed') return [ended(now), { do: 'end' }];
      // By now the far end has given up; a 408 would only be a stray (RFC 4320 section 4.1).
      if (event.timer === 'unanswered' && now.at !== 'completed')
        return [ended(now), { do: 'give-up', status: undefined }, { do: 'end' }];
      return [now];
  }
}

const ended = (now: NonInviteServer): NonInviteServer => ({ ...now, at: 'terminated' });

function onResponse(now: NonInviteServer, status: number): Step {
  if (now.at === 'completed') return [now];
  if (status < 200) return [{ ...now, at: 'proceeding' }, { do: 'send-response' }];
  if (now.reliable) return [ended(now), { do: 'send-response' }, { do: 'end' }];
  return [{ ...now, at: 'completed' }, stop('unanswered'), { do: 'send-response' }, start('J', GIVES_UP_AFTER)];
}
