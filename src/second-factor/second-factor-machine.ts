import type { Secret } from '../domain/secret.ts';
import { type Milliseconds, type MonotonicMs, ms } from '../domain/units.ts';
import { type Operation, sameOperation } from './operation.ts';

/*
 * One approval of one operation: by a one-time code that the caller keys, or in the bank's app. Pure: codes are made and sent by effects, time
 * comes with the events. A code is good for one operation, three tries and five minutes; whatever ends it, ends it for good.
 */

export const CODE_DIGITS = 6;
export const CODE_TRIES = 3;
export const CODE_LIFE: Milliseconds = ms(5 * 60_000);

export type SecondFactorState =
  | { readonly at: 'idle' }
  | { readonly at: 'making-code'; readonly operation: Operation }
  | {
      readonly at: 'sending' | 'waiting-for-code';
      readonly operation: Operation;
      readonly code: Secret;
      readonly expires: MonotonicMs;
      readonly triesLeft: number;
    }
  | {
      readonly at: 'waiting-for-app';
      readonly operation: Operation;
      readonly approval: string;
      readonly expires: MonotonicMs;
    }
  | { readonly at: 'over' };

export type SecondFactorEvent =
  | {
      readonly type: 'approval-requested';
      readonly operation: Operation;
      readonly by: 'code';
      readonly now: MonotonicMs;
    }
  /** `approval`: an unguessable id, made by the adapter. */
  | {
      readonly type: 'approval-requested';
      readonly operation: Operation;
      readonly by: 'app';
      readonly approval: string;
      readonly now: MonotonicMs;
    }
  | { readonly type: 'code-made'; readonly code: Secret; readonly now: MonotonicMs }
  | { readonly type: 'message-sent' }
  | { readonly type: 'message-failed' }
  | { readonly type: 'code-keyed'; readonly code: Secret; readonly operation: Operation; readonly now: MonotonicMs }
  | { readonly type: 'app-answered'; readonly approval: string; readonly approved: boolean; readonly now: MonotonicMs }
  | { readonly type: 'time-passed'; readonly now: MonotonicMs }
  | { readonly type: 'caller-gave-up' };

export type SecondFactorOutcome =
  | 'approved'
  | 'declined'
  | 'too-many-tries'
  | 'expired'
  | 'not-sent'
  /** Amount or payee are no longer those that the code was sent for. */
  | 'operation-changed'
  | 'given-up';

export type SecondFactorEffect =
  | { readonly do: 'make-code'; readonly digits: number }
  | { readonly do: 'send-code'; readonly code: Secret; readonly operation: Operation }
  | { readonly do: 'push-approval'; readonly approval: string; readonly operation: Operation }
  | { readonly do: 'wake-at'; readonly at: MonotonicMs }
  | { readonly do: 'ask-code'; readonly operation: Operation; readonly triesLeft: number }
  | { readonly do: 'conclude'; readonly outcome: SecondFactorOutcome };

type Step = readonly [SecondFactorState, ...SecondFactorEffect[]];

const over = (outcome: SecondFactorOutcome): Step => [{ at: 'over' }, { do: 'conclude', outcome }];

/** Total: an event that means nothing in a state leaves it as it was. */
export function step(state: SecondFactorState, event: SecondFactorEvent): Step {
  if (event.type === 'caller-gave-up') return state.at === 'over' ? [state] : over('given-up');
  switch (state.at) {
    case 'idle':
      return event.type === 'approval-requested' ? requested(event) : [state];
    case 'making-code': {
      if (event.type !== 'code-made') return [state];
      const { operation } = state;
      const expires = ms(event.now + CODE_LIFE);
      return [
        { at: 'sending', operation, code: event.code, expires, triesLeft: CODE_TRIES },
        { do: 'send-code', code: event.code, operation },
        { do: 'wake-at', at: expires },
      ];
    }
    case 'sending':
      if (event.type === 'message-sent')
        return [
          { ...state, at: 'waiting-for-code' },
          { do: 'ask-code', operation: state.operation, triesLeft: state.triesLeft },
        ];
      if (event.type === 'message-failed') return over('not-sent');
      return event.type === 'time-passed' && event.now >= state.expires ? over('expired') : [state];
    case 'waiting-for-code':
      if (event.type === 'time-passed' && event.now >= state.expires) return over('expired');
      return event.type === 'code-keyed' ? keyed(state, event) : [state];
    case 'waiting-for-app':
      if (event.type === 'message-failed') return over('not-sent');
      if ((event.type === 'time-passed' || event.type === 'app-answered') && event.now >= state.expires)
        return over('expired');
      if (event.type !== 'app-answered' || event.approval !== state.approval) return [state];
      return over(event.approved ? 'approved' : 'declined');
    case 'over':
      return [state];
  }
}

function requested(event: Extract<SecondFactorEvent, { readonly type: 'approval-requested' }>): Step {
  const { operation } = event;
  if (event.by === 'code')
    return [
      { at: 'making-code', operation },
      { do: 'make-code', digits: CODE_DIGITS },
    ];
  const expires = ms(event.now + CODE_LIFE);
  return [
    { at: 'waiting-for-app', operation, approval: event.approval, expires },
    { do: 'push-approval', approval: event.approval, operation },
    { do: 'wake-at', at: expires },
  ];
}

function keyed(
  state: Extract<SecondFactorState, { readonly code: Secret }>,
  event: Extract<SecondFactorEvent, { readonly type: 'code-keyed' }>,
): Step {
  // a code that is keyed as it expires has expired
  if (event.now >= state.expires) return over('expired');
  if (!sameOperation(event.operation, state.operation)) return over('operation-changed');
  if (sameDigits(state.code.reveal(), event.code.reveal())) return over('approved');
  const triesLeft = state.triesLeft - 1;
  if (triesLeft <= 0) return over('too-many-tries');
  return [
    { ...state, triesLeft },
    { do: 'ask-code', operation: state.operation, triesLeft },
  ];
}

/** In a time that does not depend on where they differ. */
function sameDigits(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ (b.charCodeAt(at) || 0);
  return difference === 0;
}
