/*
 * Our registration with a trunk (RFC 3261 section 10.2, RFC 5626 section 4.5): as a value. It asks anew before it is over,
 * answers challenges, and waits longer and longer after failures.
 */

export interface Registration {
  readonly at: 'registering' | 'registered' | 'waiting' | 'leaving' | 'left';
  /** What we ask for. */
  readonly seconds: number;
  /** Challenges answered since the last that was accepted: a second one in a row means that the password is wrong. */
  readonly answered: number;
  /** Failures in a row. */
  readonly failures: number;
}

export type RegistrationEvent =
  /** 2xx: our contact is bound for so long. */
  | { readonly type: 'accepted'; readonly seconds: number }
  /** 401 or 407 that we can answer; `stale`: what we said before was right, and too old. */
  | { readonly type: 'challenged'; readonly stale: boolean }
  /** 423. */
  | { readonly type: 'too-brief'; readonly minSeconds: number }
  | { readonly type: 'refused'; readonly status: number; readonly retryAfter: number | undefined }
  | { readonly type: 'unreachable' }
  /** The way by which we are registered is broken. */
  | { readonly type: 'way-broken' }
  | { readonly type: 'timer-fired' }
  | { readonly type: 'leave-wanted' };

export type RegistrationEffect =
  /** REGISTER; 0 seconds: takes the registration back. */
  | { readonly do: 'register'; readonly seconds: number }
  /** A time between the two is drawn, so that all lines of a town do not come at once. */
  | { readonly do: 'start-timer'; readonly atLeast: number; readonly atMost: number }
  | { readonly do: 'stop-timer' }
  | { readonly do: 'report'; readonly up: true }
  /** `status` is undefined when nothing answered. */
  | { readonly do: 'report'; readonly up: false; readonly status: number | undefined }
  | { readonly do: 'done' };

type Step = readonly [Registration, ...RegistrationEffect[]];

/** RFC 5626 section 4.5: the first wait, doubled after each failure, and the longest. */
const BASE_WAIT = 30;
const LONGEST_WAIT = 1_800;
const MOST_DOUBLINGS = 6;
/** Before the end of the registration, so that a lost request may be repeated. */
const AHEAD = 60;
const LONGEST_SECONDS = 86_400;

export const startRegistration = (seconds: number): Step => [
  { at: 'registering', seconds, answered: 0, failures: 0 },
  { do: 'register', seconds },
];

export function stepRegistration(now: Registration, event: RegistrationEvent): Step {
  if (now.at === 'left') return [now];
  if (now.at === 'leaving') return stepLeaving(now, event);
  if (event.type === 'leave-wanted') {
    if (now.at === 'waiting') return [{ ...now, at: 'left' }, { do: 'stop-timer' }, { do: 'done' }];
    return [{ ...now, at: 'leaving', answered: 0 }, { do: 'stop-timer' }, { do: 'register', seconds: 0 }];
  }
  if (event.type === 'timer-fired')
    return now.at === 'registering' ? [now] : [{ ...now, at: 'registering', answered: 0 }, again(now)];
  if (event.type === 'way-broken')
    return now.at === 'registered'
      ? [{ ...now, at: 'registering', answered: 0 }, { do: 'stop-timer' }, again(now)]
      : [now];
  return now.at === 'registering' ? stepRegistering(now, event) : [now];
}

function stepRegistering(
  now: Registration,
  event: Exclude<RegistrationEvent, { readonly type: 'leave-wanted' | 'timer-fired' | 'way-broken' }>,
): Step {
  switch (event.type) {
    case 'accepted': {
      const renewal = event.seconds > 2 * AHEAD ? event.seconds - AHEAD : event.seconds / 2;
      return [
        { ...now, at: 'registered', answered: 0, failures: 0 },
        { do: 'report', up: true },
        { do: 'start-timer', atLeast: renewal * 0.9, atMost: renewal },
      ];
    }
    case 'challenged':
      if (now.answered > 0 && !(event.stale && now.answered < 2)) return failed(now, 401, undefined);
      return [{ ...now, answered: now.answered + 1 }, again(now)];
    case 'too-brief':
      if (event.minSeconds <= now.seconds || event.minSeconds > LONGEST_SECONDS) return failed(now, 423, undefined);
      return [
        { ...now, seconds: event.minSeconds, answered: 0 },
        { do: 'register', seconds: event.minSeconds },
      ];
    case 'refused':
      return failed(now, event.status, event.retryAfter);
    case 'unreachable':
      return failed(now, undefined, undefined);
  }
}

/** Whatever comes now, we go; only a challenge is answered, once. */
function stepLeaving(now: Registration, event: RegistrationEvent): Step {
  if (event.type === 'challenged' && now.answered === 0)
    return [
      { ...now, answered: 1 },
      { do: 'register', seconds: 0 },
    ];
  if (event.type === 'leave-wanted' || event.type === 'timer-fired' || event.type === 'way-broken') return [now];
  return [{ ...now, at: 'left' }, { do: 'done' }];
}

const again = ({ seconds }: Registration): RegistrationEffect => ({ do: 'register', seconds });

function failed(now: Registration, status: number | undefined, retryAfter: number | undefined): Step {
  const wait = Math.min(LONGEST_WAIT, BASE_WAIT * 2 ** Math.min(now.failures, MOST_DOUBLINGS));
  const atMost = Math.max(wait, Math.min(retryAfter ?? 0, LONGEST_WAIT));
  return [
    { ...now, at: 'waiting', answered: 0, failures: now.failures + 1 },
    { do: 'report', up: false, status },
    { do: 'start-timer', atLeast: Math.max(wait / 2, Math.min(retryAfter ?? 0, LONGEST_WAIT)), atMost },
  ];
}
