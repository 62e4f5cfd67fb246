import { type ErrorCode, IvrError } from '../../domain/error.ts';

/** Why a customer cannot be passed on, or nobody be consulted; the console has the words for each in the reader's language. */
export const REFUSALS = {
  closed: 'the queue is closed',
  emergency: 'the queue is in emergency',
  full: 'the queue is full',
  unstaffed: 'nobody of the queue is at work',
  'unknown-queue': 'there is no such queue',
  'no-route': 'no route leads to that number',
  'talking-already': 'you talk to the customer already',
  'agent-signed-out': 'the agent is not signed in',
  'agent-busy': 'the agent is not free',
  'two-at-a-time': 'the media of this server joins two at a time: nobody can be consulted',
  'callback-pending': 'the customer is to be called back at that number already',
  'called-often': 'no more callbacks to that number, or to other numbers of the customer, today',
  consulted: 'you are being consulted',
  consulting: 'you are already consulting somebody',
  'in-consultation': 'end the consultation before that',
  'not-heard': 'you are not heard at present',
  verifying: 'the bot verifies the customer',
  'no-verification': 'the dialplan has no way to verify the customer again',
} as const;

export type RefusedBecause = keyof typeof REFUSALS;

/** The error of a command that cannot be done. */
export const refusedWith = ({
  code,
  text,
  because,
}: {
  readonly code: ErrorCode;
  readonly text: string;
  readonly because?: RefusedBecause;
}): IvrError => new IvrError(code, text, because === undefined ? {} : { because });
