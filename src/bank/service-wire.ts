/*
 * PORT to a server of the bank's that carries out services which the configuration declares: one request, one answer, no repeats. Arguments and
 * values are texts by name, so that a service needs no code of ours.
 */

export type ServiceAnswer =
  | { readonly outcome: 'answered'; readonly body: unknown }
  | { readonly outcome: 'refused'; readonly because: string };

export interface ServiceRequest {
  readonly service: string;
  /** In a URL. */
  readonly path: string;
  readonly args: Readonly<Record<string, string>>;
  /** Makes a repeat of the same request the same request. */
  readonly key: string;
}

export interface ServiceWire extends AsyncDisposable {
  /** @throws IvrError BANK_UNREACHABLE (nobody knows whether it was done), BANK_REFUSED (it was not), BANK_ANSWER_INVALID, CANCELLED */
  send(request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer>;
}
