import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import { IGNORED, LiveClient } from './live-client.ts';
import type { ClientHandlers, ClientTransaction } from './transaction.ts';
import type { TransactionContext } from './transaction-context.ts';

/** The client transactions that are alive. Runs their machines. */
export class ClientTransactions {
  readonly #context: TransactionContext;
  readonly #byKey = new Map<string, LiveClient>();
  #number = 0;

  constructor(context: TransactionContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** @param request - as it goes out, with the Via whose branch is given */
  open(request: SipRequest, branch: string, to: Flow, handlers: ClientHandlers): ClientTransaction {
    const key = keyOf(branch, request.method);
    const live = new LiveClient(this.#context, `c${++this.#number}`, request, to, handlers, {
      forget: () => this.#byKey.delete(key),
      sendCancel: (cancel) => this.open(cancel, branch, to, IGNORED),
    });
    this.#byKey.set(key, live);
    return live.begin();
  }

  /** RFC 3261 section 17.1.3. False when the response belongs to none. */
  receive(response: SipResponse, branch: string, method: string, flow: Flow): boolean {
    const live = this.#byKey.get(keyOf(branch, method));
    live?.receive(response, flow);
    return live !== undefined;
  }

  clear(): void {
    this.#byKey.clear();
  }
}

const keyOf = (branch: string, method: string): string => `${branch}|${method}`;
