import { randomUUID } from 'node:crypto';
import { IvrError } from '../domain/error.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { expectEndpoint } from '../lib/endpoint.ts';
import { isSigned } from '../lib/signed-request.ts';
import { describeOperation, type Operation } from './operation.ts';
import { postSigned, type SignedEndpoint } from './post-signed.ts';

/*
 * Approval in the bank's app: the bank's push service is told what is to be approved, and answers later by a signed webhook. An approval has
 * an unguessable id, is answered once, and is forgotten after its time.
 */

export interface AppApprovalOptions extends SignedEndpoint {
  readonly timeout: Milliseconds;
}
export type AppAnswer = (approved: boolean) => void;

export interface AppApprovals {
  /** @returns the approval's id, which goes into the machine */
  expect(onAnswer: AppAnswer, life: Milliseconds): string;
  /** @throws IvrError CODE_NOT_SENT when the push service does not take it */
  push(approval: string, customer: string, operation: Operation, signal: AbortSignal): Promise<void>;
  /** A webhook came. @returns the HTTP status to answer with: 204, 401 (not signed), 400 or 404 (nobody waits for it) */
  answered(body: string, signatureHeader: string): 204 | 400 | 401 | 404;
  readonly waiting: number;
}

/** @throws IvrError CONFIG_INVALID: what is to be approved goes over verified TLS, or not at all */
export function openAppApprovals(options: AppApprovalOptions, clock: Pick<Clock, 'wall' | 'after'>): AppApprovals {
  expectEndpoint(options.url, 'the URL of the push service');
  const expected = new Map<string, { readonly onAnswer: AppAnswer; readonly cancel: () => void }>();
  return {
    expect(onAnswer, life) {
      const approval = randomUUID();
      expected.set(approval, { onAnswer, cancel: clock.after(life, () => expected.delete(approval)) });
      return approval;
    },
    async push(approval, customer, operation, signal) {
      const body = JSON.stringify({ approval, customer, operation: describeOperation(operation) });
      const sent = await postSigned(options, body, options.timeout, clock, signal).catch(() => undefined);
      if (sent?.ok !== true)
        throw new IvrError('CODE_NOT_SENT', 'the push service did not accept the approval', {
          status: sent?.status ?? 0,
        });
    },
    answered(body, header) {
      if (!isSigned(body, header, options.secret, clock.wall())) return 401;
      const answer = answerIn(body);
      if (answer === undefined) return 400;
      const waiting = expected.get(answer.approval);
      if (waiting === undefined) return 404;
      expected.delete(answer.approval);
      waiting.cancel();
      waiting.onAnswer(answer.approved);
      return 204;
    },
    get waiting() {
      return expected.size;
    },
  };
}

function answerIn(body: string): { readonly approval: string; readonly approved: boolean } | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null || !('approval' in answer) || !('approved' in answer))
      return undefined;
    const { approval, approved } = answer;
    return typeof approval === 'string' && typeof approved === 'boolean' ? { approval, approved } : undefined;
  } catch {
    return undefined;
  }
}
