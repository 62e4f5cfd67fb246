import type { Milliseconds } from '../../domain/units.ts';
import { ABSORBS_FOR, doubled, GIVES_UP_AFTER, RINGS_AT_MOST, T1, type TimerName } from './timers.ts';
import { start, stop, type TransactionEffect, type TransactionStep } from './transaction-machine.ts';

/** Our INVITE: RFC 3261 section 17.1.1 with RFC 6026's Accepted state. */
export interface InviteClient {
  readonly at: 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';
  /** TCP repeats by itself. */
  readonly reliable: boolean;
  /** Timer A's next interval. */
  readonly interval: Milliseconds;
  readonly cancel: 'not-wanted' | 'wanted' | 'sent';
}

export type InviteClientEvent =
  | { readonly type: 'response-received'; readonly status: number }
  | { readonly type: 'cancel-wanted' }
  | { readonly type: 'transport-failed' }
  | { readonly type: 'timer-fired'; readonly timer: TimerName };

type Step = TransactionStep<InviteClient>;

export function startInviteClient(reliable: boolean): Step {
  const state: InviteClient = { at: 'calling', reliable, interval: T1, cancel: 'not-wanted' };
  const retransmission = reliable ? [] : [start('A', T1)];
  return [state, { do: 'send-request' }, ...retransmission, start('B', GIVES_UP_AFTER)];
}

export function stepInviteClient(now: InviteClient, event: InviteClientEvent): Step {
  if (now.at === 'terminated') return [now];
  switch (event.type) {
    case 'response-received':
      return onResponse(now, event.status);
    case 'cancel-wanted':
      return onCancelWanted(now);
    case 'transport-failed':
      if (now.at === 'accepted') return [now];
      if (now.at === 'completed') return [ended(now), { do: 'end' }]; // the user has its answer; only the ACK failed
      return [ended(now), { do: 'report-transport-error' }, { do: 'end' }];
    case 'timer-fired':
      return onTimer(now, event.timer);
  }
}

const ended = (now: InviteClient): InviteClient => ({ ...now, at: 'terminated' });

function onResponse(now: InviteClient, status: number): Step {
  if (now.at === 'completed') return status >= 300 ? [now, { do: 'resend-ack' }] : [now];
  if (now.at === 'accepted') return status >= 200 && status < 300 ? [now, { do: 'deliver' }] : [now];
  if (status < 200) return onProvisional(now);
  const quiet: TransactionEffect[] = [stop('A'), stop('B'), stop('cancelled'), stop('unanswered')];
  if (status < 300) return [{ ...now, at: 'accepted' }, ...quiet, start('M', GIVES_UP_AFTER), { do: 'deliver' }];
  if (now.reliable) return [ended(now), { do: 'send-ack' }, { do: 'deliver' }, { do: 'end' }];
  return [{ ...now, at: 'completed' }, ...quiet, start('D', ABSORBS_FOR), { do: 'send-ack' }, { do: 'deliver' }];
}

function onProvisional(now: InviteClient): Step {
  if (now.at === 'proceeding') return [now, { do: 'deliver' }];
  const waiting: TransactionEffect[] = [stop('A'), stop('B'), start('unanswered', RINGS_AT_MOST)];
  if (now.cancel !== 'wanted') return [{ ...now, at: 'proceeding' }, ...waiting, { do: 'deliver' }];
  const cancelling: TransactionEffect[] = [{ do: 'send-cancel' }, start('cancelled', GIVES_UP_AFTER)];
  return [{ ...now, at: 'proceeding', cancel: 'sent' }, ...waiting, ...cancelling, { do: 'deliver' }];
}

/** A CANCEL may not overtake its INVITE: it waits for a provisional response (RFC 3261 section 9.1). */
function onCancelWanted(now: InviteClient): Step {
  if (now.cancel !== 'not-wanted') return [now];
  if (now.at === 'calling') return [{ ...now, cancel: 'wanted' }];
  if (now.at !== 'proceeding') return [now];
  return [{ ...now, cancel: 'sent' }, { do: 'send-cancel' }, start('cancelled', GIVES_UP_AFTER)];
}

function onTimer(now: InviteClient, timer: TimerName): Step {
  switch (timer) {
    case 'A': {
      if (now.at !== 'calling') return [now];
      const interval = doubled(now.interval);
      return [{ ...now, interval }, { do: 'resend-request' }, start('A', interval)];
    }
    case 'B':
    case 'cancelled':
    case 'unanswered':
      if (now.at !== 'calling' && now.at !== 'proceeding') return [now];
      return [ended(now), { do: 'report-timeout' }, { do: 'end' }];
    case 'D':
    case 'M':
      return [ended(now), { do: 'end' }];
    default:
      return [now];
  }
}
