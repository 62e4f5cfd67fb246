import { type Milliseconds, ms } from '../domain/units.ts';
import type { Secret } from '../domain/secret.ts';
import type { Clock } from '../lib/clock.ts';
import type { CodeSender } from '../second-factor/code-sender.ts';
import { makeCode } from '../second-factor/make-code.ts';
import { type Operation, sameOperation } from '../second-factor/operation.ts';
import { type SecondFactorEffect, type SecondFactorState, step } from '../second-factor/second-factor-machine.ts';
import { Remembered } from './remembered.ts';

/*
 * Who approved what by a one-time code, call by call. Codes live here, in memory, and nowhere else; an approval counts for the operation that the
 * code was sent for, and until it is used.
 */

export type CodeSent = 'sent' | 'not-sent' | 'too-many-codes';
export type CodeVerdict = 'approved' | 'wrong-code' | 'too-many-tries' | 'expired' | 'operation-changed' | 'no-code';

/** The customer's telephone, as the bank knows it, and the language that they read. */
export interface Recipient {
  readonly phone: string;
  readonly language: string;
}

export interface Approvals {
  /** @throws IvrError CANCELLED */
  send(operation: Operation, to: Recipient, signal: AbortSignal): Promise<CodeSent>;
  check(operation: Operation, code: Secret): CodeVerdict;
  isApproved(operation: Operation): boolean;
  /** By other means than a code of ours: a service of the bank's own has said so. */
  approved(operation: Operation): void;
  /** What was approved has been done. */
  used(operation: Operation): void;
}

/** An approval that is not used in this time has to be given again. */
const LIFE: Milliseconds = ms(10 * 60_000);
/** Nobody is sent more of them in one call. */
const MOST_CODES = 3;

interface Asked {
  readonly state: SecondFactorState;
  readonly sent: number;
  readonly approved: Operation | undefined;
}

/** @param newCode - by default a random one of six digits */
export function openApprovals(
  sender: CodeSender,
  clock: Pick<Clock, 'now'>,
  newCode: () => Secret = () => makeCode(6),
): Approvals {
  const byContact = new Remembered<Asked>(() => clock.now(), LIFE);
  const take = (contact: string, asked: Asked, event: Parameters<typeof step>[1]): readonly SecondFactorEffect[] => {
    const [state, ...effects] = step(asked.state, event);
    byContact.set(contact, { ...asked, state });
    return effects;
  };

  return {
    async send(operation, { phone, language }, signal) {
      const { contact } = operation;
      const sent = byContact.get(contact)?.sent ?? 0;
      if (sent >= MOST_CODES) return 'too-many-codes';
      const asked: Asked = { state: { at: 'idle' }, sent: sent + 1, approved: undefined };
      const now = clock.now();
      take(contact, asked, { type: 'approval-requested', operation, by: 'code', now });
      const code = newCode();
      take(contact, byContact.get(contact) ?? asked, { type: 'code-made', code, now });
      const outcome = await sender.send(phone, code, operation, signal, language).then(
        () => 'message-sent' as const,
        () => 'message-failed' as const,
      );
      signal.throwIfAborted();
      take(contact, byContact.get(contact) ?? asked, { type: outcome });
      return outcome === 'message-sent' ? 'sent' : 'not-sent';
    },
    check(operation, code) {
      const asked = byContact.get(operation.contact);
      if (asked === undefined || asked.state.at !== 'waiting-for-code') return 'no-code';
      const [effect] = take(operation.contact, asked, { type: 'code-keyed', code, operation, now: clock.now() });
      if (effect?.do === 'ask-code') return 'wrong-code';
      if (effect?.do !== 'conclude') return 'no-code';
      if (effect.outcome === 'approved') {
        byContact.set(operation.contact, { ...asked, state: { at: 'over' }, approved: operation });
        return 'approved';
      }
      return effect.outcome === 'too-many-tries' || effect.outcome === 'expired' ? effect.outcome : 'operation-changed';
    },
    isApproved(operation) {
      const approved = byContact.get(operation.contact)?.approved;
      return approved !== undefined && sameOperation(approved, operation);
    },
    approved(operation) {
      const asked = byContact.get(operation.contact) ?? { state: { at: 'over' }, sent: 0, approved: undefined };
      byContact.set(operation.contact, { ...asked, approved: operation });
    },
    used(operation) {
      const asked = byContact.get(operation.contact);
      if (asked !== undefined) byContact.set(operation.contact, { ...asked, approved: undefined });
    },
  };
}
