import { Value } from 'typebox/value';
import { asError, IvrError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { pause } from '../lib/pause.ts';
import type { BankTransport, WireAnswer } from './bank-transport.ts';
import { type BreakerLimits, CLOSED, step } from './circuit-breaker.ts';
import type { BankResult, CoreBanking } from './core-banking.ts';
import { type AnswerOf, type Operation, type OperationName, OPERATIONS, type RequestOf } from './operations.ts';

export interface BankPolicy {
  /** For one try. */
  readonly timeout: Milliseconds;
  /** Tries after the first, where a repeat does no harm. */
  readonly retries: number;
  readonly pause: Milliseconds;
  readonly breaker: BreakerLimits;
}

export const DEFAULT_BANK_POLICY: BankPolicy = {
  timeout: ms(2500),
  retries: 1,
  pause: ms(200),
  breaker: { failures: 5, rest: ms(10_000) },
};

/** The bank over a wire, whatever the wire: time-outs, retries where they do no harm, a circuit breaker, and no answer believed unchecked. */
export function openCoreBanking(transport: BankTransport, policy: BankPolicy, clock: Clock): CoreBanking {
  let breaker = CLOSED;
  const tell = (event: Parameters<typeof step>[1]): string | undefined => {
    const [next, effect] = step(breaker, event, policy.breaker);
    breaker = next;
    return effect?.do;
  };

  async function once(
    name: OperationName,
    request: object,
    key: string | undefined,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    if (tell({ type: 'request-wanted', now: clock.now() }) === 'reject')
      throw new IvrError('BANK_UNREACHABLE', 'the bank failed repeatedly; no requests are sent to it for a while', {
        operation: name,
      });
    const limit = new AbortController();
    const cancel = clock.after(policy.timeout, () => limit.abort());
    try {
      const answer = await transport.send(name, request, key, AbortSignal.any([signal, limit.signal]));
      if (answer.outcome === 'answered') believe(name, request, answer.body);
      tell({ type: 'request-succeeded' });
      return answer;
    } catch (thrown) {
      const late = limit.signal.aborted;
      if (signal.aborted && !late) {
        tell({ type: 'request-cancelled' });
        throw new IvrError('CANCELLED', 'the request to the bank was cancelled', { operation: name });
      }
      // a request of ours that it refuses says that the bank is there
      if (thrown instanceof IvrError && thrown.code === 'BANK_REFUSED') tell({ type: 'request-succeeded' });
      else tell({ type: 'request-failed', now: clock.now() });
      if (thrown instanceof IvrError && !late) throw thrown;
      const why = late ? `did not answer within ${policy.timeout} ms` : 'failed';
      throw new IvrError('BANK_UNREACHABLE', `the bank ${why}`, { operation: name }, asError(thrown));
    } finally {
      cancel();
    }
  }

  return {
    async ask<N extends OperationName>(
      name: N,
      request: RequestOf<N>,
      signal: AbortSignal,
      key?: string,
    ): Promise<BankResult<AnswerOf<N>>> {
      const { repeat }: Operation = OPERATIONS[name];
      if (repeat === 'keyed' && key === undefined)
        throw new IvrError('INTERNAL', `${name} needs an idempotency key`, { operation: name });
      const most = repeat === 'counted' ? 0 : policy.retries;
      for (let tries = 0; ; tries++) {
        try {
          const answer = await once(name, request, key, signal);
          return answer.outcome === 'refused' ? answer : { outcome: 'done', answer: answer.body as AnswerOf<N> };
        } catch (thrown) {
          const again = thrown instanceof IvrError && thrown.code === 'BANK_UNREACHABLE' && breaker.until === undefined;
          if (!again || tries >= most || signal.aborted) throw thrown;
          await pause(policy.pause, clock, signal);
        }
      }
    },
    get reachable() {
      return breaker.until === undefined;
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

/** What an answer repeats of its request: an answer about another account is none. */
const ECHOED = ['account', 'card', 'from', 'to', 'amount', 'currency', 'limit'] as const;

function believe(name: OperationName, request: object, body: unknown): void {
  const { answer }: Operation = OPERATIONS[name];
  if (!Value.Check(answer, body)) {
    const [first] = Value.Errors(answer, body);
    throw invalid(name, first?.instancePath ?? '');
  }
  const [asked, answered] = [request as Readonly<Record<string, unknown>>, body as Readonly<Record<string, unknown>>];
  for (const field of ECHOED)
    if (field in asked && field in answered && asked[field] !== answered[field]) throw invalid(name, `/${field}`);
}

/** The place alone: what stands there is a customer's. */
const invalid = (operation: OperationName, place: string): IvrError =>
  new IvrError('BANK_ANSWER_INVALID', `the bank's answer to ${operation} is not what its contract says at '${place}'`, {
    operation,
    place,
  });
