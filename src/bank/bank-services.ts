import type { LookUpResult } from '../dialogue/dialogue.ts';
import type { Service } from '../dialogue/service.ts';
import type { Secret } from '../domain/secret.ts';

/*
 * PORT: what dialplans look up at the bank. A dialplan names a service and its arguments; the adapter answers with values or a
 * refusal that the dialplan knows. What breaks (time-out, outage) rejects; the call turns that into `failed`.
 */
export interface BankServices {
  /** As they are declared: what a dialplan may ask for, and what a call has to have passed before. */
  readonly services: readonly Service[];
  call(service: string, args: ServiceArguments, signal: AbortSignal): Promise<LookUpResult>;
}

export type ServiceArguments = Readonly<Record<string, string | Secret>>;

/** An argument that is no secret; empty where there is none. */
export function textIn(args: ServiceArguments, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}
