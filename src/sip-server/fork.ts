import { type Milliseconds, ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import type { SipHeaders } from '../sip/message/headers.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { ClientHandlers, ClientTransaction, Flow } from '../sip/stack.ts';

/** Sends the request to one target. */
export type SendTo = (handlers: ClientHandlers) => ClientTransaction;

/** When the next targets are tried. */
export interface ForkPolicy {
  /** How long one may be silent, without even a 100. */
  readonly silence: Milliseconds;
  /** How long a group may ring; undefined: as long as whoever asked waits. */
  readonly rings: Milliseconds | undefined;
  /** Whether a failure is one of that target alone. @param status - undefined: it did not answer */
  readonly goesOn: (status: number | undefined) => boolean;
  /** Where a 3xx leads, in the order in which to try; empty: nowhere that may be followed. Absent: it is an answer like others. */
  readonly redirect?: (response: SipResponse, flow: Flow) => readonly (readonly SendTo[])[];
}

/** The telephones of one name: somebody else may answer whatever one of them says, a 6xx apart (RFC 3261 section 16.7). */
export const TELEPHONES: ForkPolicy = { silence: ms(20_000), rings: ms(20_000), goesOn: (status = 0) => status < 600 };

/** The servers of one far end: what one says of the call holds for all, unless it says that it cannot serve (RFC 3263 section 4.3). */
export const SERVERS: ForkPolicy = {
  silence: ms(4_000),
  rings: undefined,
  goesOn: (status) => status === undefined || status === 503,
};

/**
 * One request to several targets (RFC 3261 section 16.7, as a forking proxy does it): those of a group at once, the next
 * group when none of it has answered. Whoever asked hears the provisional responses and every 2xx, and of the others the
 * best one when no target is left.
 *
 * @param groups - at least one, none empty
 */
export function sendForked(
  groups: readonly (readonly SendTo[])[],
  policy: ForkPolicy,
  handlers: ClientHandlers,
  clock: Clock,
): ClientTransaction {
  return new Fork(groups, policy, handlers, clock).begin();
}

interface Final {
  readonly response: SipResponse;
  readonly flow: Flow;
}

class Fork {
  readonly #groups: (readonly SendTo[])[];
  readonly #policy: ForkPolicy;
  readonly #handlers: ClientHandlers;
  readonly #clock: Clock;
  /** Sent, and waited for; those that have said something are true. */
  readonly #pending = new Map<ClientTransaction, boolean>();
  /** Sent, and not ended. */
  #alive = 0;
  #next = 0;
  #best: Final | undefined;
  #failure: Error | undefined;
  /** A 3xx was followed. */
  #redirected = false;
  /** No target is tried any more. */
  #over = false;
  #reported = false;
  readonly #timers = new Set<CancelTimer>();

  constructor(groups: readonly (readonly SendTo[])[], policy: ForkPolicy, handlers: ClientHandlers, clock: Clock) {
    this.#groups = [...groups];
    this.#policy = policy;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  begin(): ClientTransaction {
    const [first] = this.#tryNext();
    if (first === undefined) throw new TypeError('a fork has a target');
    return { ...first, cancel: (headers) => this.#cancel(headers) };
  }

  #tryNext(): ClientTransaction[] {
    const group = this.#groups[this.#next++] ?? [];
    const transactions = group.map((send) => this.#send(send));
    this.#stopTimers();
    if (this.#next < this.#groups.length) {
      const { silence, rings } = this.#policy;
      this.#timers.add(this.#clock.after(silence, () => this.#giveUpSilent(transactions)));
      if (rings !== undefined) this.#timers.add(this.#clock.after(rings, () => this.#cancelPending()));
    }
    return transactions;
  }

  #send(send: SendTo): ClientTransaction {
    this.#alive++;
    // handlers are never called before `send` returns
    const transaction: ClientTransaction = send({
      onResponse: (response, flow) => {
        if (this.#pending.has(transaction)) this.#pending.set(transaction, true);
        if (response.status < 200) {
          if (!this.#over) this.#handlers.onResponse(response, flow);
        } else if (response.status < 300) this.#accepted(transaction, response, flow);
        else this.#refused(transaction, { response, flow });
      },
      onTimeout: () => this.#gone(transaction, undefined),
      onTransportError: (error) => {
        this.#failure = error;
        this.#gone(transaction, undefined);
      },
      onEnd: () => {
        this.#alive--;
        this.#gone(transaction, undefined);
        if (this.#alive === 0 && this.#reported) this.#handlers.onEnd?.();
      },
    });
    this.#pending.set(transaction, false);
    return transaction;
  }

  #accepted(transaction: ClientTransaction, response: SipResponse, flow: Flow): void {
    this.#pending.delete(transaction);
    this.#over = this.#reported = true;
    this.#stopTimers();
    this.#cancelPending();
    // a second one too: whoever asked hangs it up
    this.#handlers.onResponse(response, flow);
  }

  #refused(transaction: ClientTransaction, final: Final): void {
    const { status } = final.response;
    if (this.#isRedirected(final)) return this.#gone(transaction, undefined);
    if (this.#best === undefined || rank(status) < rank(this.#best.response.status)) this.#best = final;
    if (!this.#goesOn(status)) {
      this.#over = true;
      for (const other of this.#pending.keys()) if (other !== transaction) other.cancel();
    }
    this.#gone(transaction, status);
  }

  /** The targets that it names come next. */
  #isRedirected({ response, flow }: Final): boolean {
    if (this.#over || response.status < 300 || response.status >= 400) return false;
    const groups = this.#policy.redirect?.(response, flow) ?? [];
    this.#groups.splice(this.#next, 0, ...groups.filter((group) => group.length > 0));
    this.#redirected ||= groups.length > 0;
    return groups.length > 0;
  }

  /** Of the addresses that a 3xx names each failure is its own (section 8.1.3.4). */
  #goesOn(status: number | undefined): boolean {
    return this.#redirected ? (status ?? 0) < 600 : this.#policy.goesOn(status);
  }

  /** A CANCEL would wait for a provisional response: they are waited for no longer. Should one answer late, its call is taken. */
  #giveUpSilent(transactions: readonly ClientTransaction[]): void {
    for (const transaction of transactions)
      if (this.#pending.get(transaction) === false) {
        transaction.cancel();
        this.#gone(transaction, undefined);
      }
  }

  /** It has a final response, or will have none. */
  #gone(transaction: ClientTransaction, status: number | undefined): void {
    if (!this.#pending.delete(transaction) || this.#pending.size > 0 || this.#reported) return;
    if (!this.#over && this.#next < this.#groups.length && this.#goesOn(status)) {
      this.#tryNext();
      return;
    }
    this.#over = this.#reported = true;
    this.#stopTimers();
    if (this.#best !== undefined) this.#handlers.onResponse(this.#best.response, this.#best.flow);
    else if (this.#failure !== undefined) this.#handlers.onTransportError(this.#failure);
    else this.#handlers.onTimeout();
    if (this.#alive === 0) this.#handlers.onEnd?.();
  }

  #cancel(headers: SipHeaders | undefined): ClientTransaction | undefined {
    this.#over = true;
    this.#stopTimers();
    return this.#cancelPending(headers);
  }

  #cancelPending(headers?: SipHeaders): ClientTransaction | undefined {
    const [first] = [...this.#pending.keys()].map((transaction) => transaction.cancel(headers));
    return first;
  }

  #stopTimers(): void {
    for (const stop of this.#timers) stop();
    this.#timers.clear();
  }
}

/** The lower the better (section 16.7, step 6): 6xx, then the lowest class; in it first what says how to try again. */
function rank(status: number): number {
  if (status >= 600) return 0;
  const says = status === 401 || status === 407 || status === 415 || status === 420 || status === 484;
  // 487 is what we asked for, and 503 of one target says nothing of the others
  const ours = status === 487 || status === 503;
  return Math.floor(status / 100) * 10 + (says ? 0 : 1) + (ours ? 5 : 0);
}
