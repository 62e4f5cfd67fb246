import { Value } from 'typebox/value';
import { IvrError } from '../domain/error.ts';
import type { Clock } from '../lib/clock.ts';
import type { BankTransport } from './bank-transport.ts';
import type { BankResult, CoreBanking } from './core-banking.ts';
import { type BankPolicy, guarded } from './guarded.ts';
import { type AnswerOf, type Operation, type OperationName, OPERATIONS, type RequestOf } from './operations.ts';

/** The bank over a wire, whatever the wire: time-outs, retries where they do no harm, a circuit breaker, and no answer believed unchecked. */
export function openCoreBanking(transport: BankTransport, policy: BankPolicy, clock: Clock): CoreBanking {
  const guard = guarded(policy, clock);
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
      const send = async (until: AbortSignal) => {
        const answer = await transport.send(name, request, key, until);
        if (answer.outcome === 'answered') believe(name, request, answer.body);
        return answer;
      };
      const answer = await guard.ask(name, repeat !== 'counted', send, signal);
      return answer.outcome === 'refused' ? answer : { outcome: 'done', answer: answer.body as AnswerOf<N> };
    },
    get reachable() {
      return guard.reachable;
    },
    counts: guard.counts,
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
