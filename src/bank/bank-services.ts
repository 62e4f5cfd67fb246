import type { LookUpResult } from '../dialogue/dialogue.ts';
import type { Secret } from '../domain/secret.ts';

/*
 * PORT: what dialplans look up at the bank. A dialplan names a service and its arguments; the adapter answers with values or a
 * refusal that the dialplan knows. What breaks (time-out, outage) rejects; the call turns that into `failed`.
 */
export interface BankServices {
  readonly services: readonly string[];
  call(service: string, args: Readonly<Record<string, string | Secret>>, signal: AbortSignal): Promise<LookUpResult>;
}
