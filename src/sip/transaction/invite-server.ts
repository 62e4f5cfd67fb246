import type { Milliseconds } from '../../domain/units.ts';
import { doubledToT2, GIVES_UP_AFTER, RINGS_AT_MOST, STRANGER_REPEAT, T1, T4, type TimerName } from './timers.ts';
import { start, stop, type TransactionStep } from './transaction-machine.ts';

/**
 * The far end's INVITE: RFC 3261 section 17.2.1 with RFC 6026's Accepted state. The 2xx, which section 13.3.1.4 leaves to
 * the user, is sent again here until the user says that its ACK came.
 *
 * A stranger's datagram may have been forged to have us send to somebody else. To a stranger goes one response for each
 * INVITE that comes, the 2xx once again, and nothing else (compare RFC 9000 section 8.1); and it has less time for its ACK.
 */
export interface InviteServer {
  readonly at: 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';
  readonly reliable: boolean;
  /** The time in which a stranger over UDP has to acknowledge; undefined: it is none. */
  readonly ackMs: Milliseconds | undefined;
  /** The next interval of timer G or of the 2xx. */
  readonly interval: Milliseconds;
  /** Or given up: no ACK is waited for any more. */
  readonly acknowledged: boolean;
}

export type InviteServerEvent =
  | { readonly type: 'request-retransmitted' }
  | { readonly type: 'response-given'; readonly status: number }
  /** An ACK that belongs to this transaction: that of a failure. */
  | { readonly type: 'ack-received' }
  /** The user has seen the ACK of its 2xx. */
  | { readonly type: 'acknowledged' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'timer-fired'; readonly timer: TimerName };

type Step = TransactionStep<InviteServer>;

export function startInviteServer(reliable: boolean, ackMs?: Milliseconds): Step {
  return [{ at: 'proceeding', reliable, ackMs, interval: T1, acknowledged: false }, start('unanswered', RINGS_AT_MOST)];
}

export function stepInviteServer(now: InviteServer, event: InviteServerEvent): Step {
  switch (`${now.at} ${event.type}` as const) {
    case 'proceeding request-retransmitted':
    case 'completed request-retransmitted':
      return [now, { do: 'resend-response' }];
    case 'proceeding cancelled':
      return [now, start('cancelled', GIVES_UP_AFTER)];
    case 'completed ack-received':
      if (now.reliable) return [ended(now), { do: 'end' }];
      return [{ ...now, at: 'confirmed' }, stop('G'), stop('H'), { do: 'forget-response' }, start('I', T4)];
    case 'accepted acknowledged':
      return [{ ...now, acknowledged: true }, stop('2xx'), stop('proof'), { do: 'forget-response' }];
    case 'accepted request-retransmitted':
      return now.ackMs === undefined || now.acknowledged ? [now] : [now, { do: 'resend-response' }];
    default:
      if (event.type === 'response-given' && now.at === 'proceeding') return onResponse(now, event.status);
      return event.type === 'timer-fired' ? onTimer(now, event.timer) : [now];
  }
}

const ended = (now: InviteServer): InviteServer => ({ ...now, at: 'terminated' });

function onResponse(now: InviteServer, status: number): Step {
  if (status < 200) return [now, { do: 'send-response' }];
  const answered = [stop('unanswered'), stop('cancelled'), { do: 'send-response' }] as const;
  // A 2xx is sent again over TCP too: the far end may be behind a proxy that speaks UDP (RFC 3261 section 13.3.1.4).
  if (status < 300) {
    const { ackMs } = now;
    const repeated = ackMs === undefined ? [start('2xx', T1)] : [start('2xx', STRANGER_REPEAT), start('proof', ackMs)];
    return [{ ...now, at: 'accepted' }, ...answered, ...repeated, start('L', GIVES_UP_AFTER)];
  }
  const retransmission = now.reliable || now.ackMs !== undefined ? [] : [start('G', T1)];
  return [{ ...now, at: 'completed' }, ...answered, ...retransmission, start('H', GIVES_UP_AFTER)];
}

function onTimer(now: InviteServer, timer: TimerName): Step {
  switch (`${now.at} ${timer}` as const) {
    case 'accepted proof':
      return [{ ...now, acknowledged: true }, stop('2xx'), { do: 'report-no-ack' }, { do: 'forget-response' }];
    case 'accepted 2xx':
      if (now.ackMs !== undefined) return [now, { do: 'resend-response' }];
      return repeated(now, timer);
    case 'completed G':
      return repeated(now, timer);
    case 'accepted L':
      if (now.acknowledged) return [ended(now), { do: 'end' }];
      return [ended(now), { do: 'report-no-ack' }, { do: 'end' }];
    case 'completed H':
    case 'confirmed I':
      return [ended(now), { do: 'end' }];
    case 'proceeding cancelled':
      return [now, { do: 'give-up', status: 487 }];
    case 'proceeding unanswered':
      return [now, { do: 'give-up', status: 480 }];
    default:
      return [now];
  }
}

function repeated(now: InviteServer, timer: TimerName): Step {
  const interval = doubledToT2(now.interval);
  return [{ ...now, interval }, { do: 'resend-response' }, start(timer, interval)];
}
