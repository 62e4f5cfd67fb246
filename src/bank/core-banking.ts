import type { BankCounts } from './guarded.ts';
import type { AnswerOf, OperationName, Refusal, RequestOf } from './operations.ts';

/** What the bank did, or why it does not. */
export type BankResult<T> =
  | { readonly outcome: 'done'; readonly answer: T }
  | { readonly outcome: 'refused'; readonly because: Refusal };

/**
 * PORT to the bank's core system: customers, accounts, balances, transactions, cards, limits, transfers and tickets (operations.ts). What
 * the bank refuses is a value; what breaks is an error.
 */
export interface CoreBanking extends AsyncDisposable {
  /**
   * @param key - for what must happen once however often it is sent: the same key for the same intention, also when the line dropped and
   * the caller asks for it again. Wanted for operations that are `keyed`.
   * @throws IvrError BANK_UNREACHABLE (time-out, outage, or left alone after failures), BANK_REFUSED, BANK_ANSWER_INVALID, CANCELLED
   */
  ask<N extends OperationName>(
    operation: N,
    request: RequestOf<N>,
    signal: AbortSignal,
    key?: string,
  ): Promise<BankResult<AnswerOf<N>>>;
  /** Whether it answered last: for probes. */
  readonly reachable: boolean;
  readonly counts: BankCounts;
}
