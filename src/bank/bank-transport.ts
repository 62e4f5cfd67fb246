import type { OperationName, Refusal } from './operations.ts';

/** What came back over a wire, before it is believed. */
export type WireAnswer =
  | { readonly outcome: 'answered'; readonly body: unknown }
  | { readonly outcome: 'refused'; readonly because: Refusal };

/** PORT to the wire that the bank's core system is reached by: one request, one answer, no repeats. */
export interface BankTransport extends AsyncDisposable {
  /**
   * @param key - makes a repeat of the same request the same request
   * @throws IvrError BANK_UNREACHABLE (nobody knows whether it was done), BANK_REFUSED (it was not), BANK_ANSWER_INVALID, CANCELLED
   */
  send(operation: OperationName, request: object, key: string | undefined, signal: AbortSignal): Promise<WireAnswer>;
}
