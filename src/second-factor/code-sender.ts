import type { Secret } from '../domain/secret.ts';
import type { Operation } from './operation.ts';

/** PORT to whatever brings a one-time code to the customer's telephone. */
export interface CodeSender {
  /**
   * @param phone - E.164, as the bank knows it: never the number that the caller calls from
   * @param language - the customer's, ISO 639-1: what comes with the code is written in it
   * @throws IvrError CODE_NOT_SENT, CANCELLED; nothing in it tells the code or the number
   */
  send(phone: string, code: Secret, operation: Operation, signal: AbortSignal, language?: string): Promise<void>;
}
