import { formatSipMessage } from '../message/format-message.ts';
import type { SipHeaders } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { isReliable } from '../message/protocol.ts';
import type { Flow } from '../transport/flow.ts';
import { type InviteClient, type InviteClientEvent, startInviteClient, stepInviteClient } from './invite-client.ts';
import { ackOf, cancelOf } from './invite-followers.ts';
import { type NonInviteClient, startNonInviteClient, stepNonInviteClient } from './non-invite-client.ts';
import type { ClientHandlers, ClientTransaction } from './transaction.ts';
import type { TransactionContext } from './transaction-context.ts';
import type { TransactionEffect } from './transaction-machine.ts';
import { TransactionTimers } from './transaction-timers.ts';

export const IGNORED: ClientHandlers = {
  onResponse: () => undefined,
  onTimeout: () => undefined,
  onTransportError: () => undefined,
};

/** Who keeps the transaction. */
interface Owner {
  forget(): void;
  sendCancel(cancel: SipRequest): ClientTransaction;
}

type Machine = { readonly invite: true; now: InviteClient } | { readonly invite: false; now: NonInviteClient };

/** One client transaction. Once answered it keeps nothing of the request but the ACK of a failure. */
export class LiveClient {
  readonly id: string;
  readonly #context: TransactionContext;
  readonly #to: Flow;
  readonly #owner: Owner;
  readonly #timers: TransactionTimers;
  readonly #machine: Machine;
  readonly #first: readonly TransactionEffect[];
  #handlers: ClientHandlers;
  #request: SipRequest | undefined;
  /** What would be sent again, byte for byte as a Latin-1 string: a Buffer would keep the 8 KB block it was cut from. */
  #wire: string | undefined;
  #arrived: { readonly response: SipResponse; readonly flow: Flow } | undefined;
  #failure: Error | undefined;
  #cancelHeaders: SipHeaders | undefined;
  #cancel: ClientTransaction | undefined;

  constructor(
    context: TransactionContext,
    id: string,
    request: SipRequest,
    to: Flow,
    handlers: ClientHandlers,
    owner: Owner,
  ) {
    this.#context = context;
    this.id = id;
    this.#request = request;
    this.#to = to;
    this.#handlers = handlers;
    this.#owner = owner;
    this.#timers = new TransactionTimers(context.wheel, (timer) => this.#step({ type: 'timer-fired', timer }));
    const reliable = isReliable(to.protocol);
    if (request.method === 'INVITE') {
      const [now, ...effects] = startInviteClient(reliable);
      this.#machine = { invite: true, now };
      this.#first = effects;
    } else {
      const [now, ...effects] = startNonInviteClient(reliable);
      this.#machine = { invite: false, now };
      this.#first = effects;
    }
  }

  begin(): ClientTransaction {
    const request = this.#request;
    if (request === undefined) throw new TypeError('a transaction begins once');
    this.#wire = formatSipMessage(request).toString('latin1');
    const handle: ClientTransaction = {
      id: this.id,
      request,
      flow: this.#to,
      cancel: (headers) => this.cancel(headers),
    };
    this.#run(this.#first);
    return handle;
  }

  receive(response: SipResponse, flow: Flow): void {
    const before = this.#machine.now.at;
    if (before === 'completed' || (before === 'accepted' && response.status >= 200))
      this.#context.counters.retransmissionsReceived++;
    this.#arrived = { response, flow };
    this.#step({ type: 'response-received', status: response.status });
    this.#arrived = undefined;
  }

  cancel(headers: SipHeaders | undefined): ClientTransaction | undefined {
    this.#cancelHeaders ??= headers;
    this.#cancel = undefined;
    this.#step({ type: 'cancel-wanted' });
    const sent = this.#cancel;
    this.#cancel = undefined;
    return sent;
  }

  #step(event: InviteClientEvent): void {
    if (this.#machine.invite) {
      const [next, ...effects] = stepInviteClient(this.#machine.now, event);
      this.#machine.now = next;
      this.#run(effects);
    } else if (event.type !== 'cancel-wanted') {
      const [next, ...effects] = stepNonInviteClient(this.#machine.now, event);
      this.#machine.now = next;
      this.#run(effects);
    }
  }

  #run(effects: readonly TransactionEffect[]): void {
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: TransactionEffect): void {
    switch (effect.do) {
      case 'send-request':
        this.#send();
        return;
      case 'resend-request':
      case 'resend-ack':
        this.#context.counters.retransmissionsSent++;
        this.#send();
        return;
      case 'send-ack':
        if (this.#request !== undefined && this.#arrived !== undefined)
          this.#wire = formatSipMessage(ackOf(this.#request, this.#arrived.response)).toString('latin1');
        this.#send();
        return;
      case 'send-cancel':
        if (this.#request !== undefined)
          this.#cancel = this.#owner.sendCancel(cancelOf(this.#request, this.#cancelHeaders));
        return;
      case 'start-timer':
        this.#timers.start(effect.timer, effect.after);
        return;
      case 'stop-timer':
        this.#timers.stop(effect.timer);
        return;
      default:
        this.#report(effect);
    }
  }

  #report(effect: TransactionEffect): void {
    const handlers = this.#handlers;
    switch (effect.do) {
      case 'deliver': {
        const arrived = this.#arrived;
        if (arrived === undefined) return;
        if (arrived.response.status >= 200) this.#letGo();
        this.#context.call(() => handlers.onResponse(arrived.response, arrived.flow));
        return;
      }
      case 'report-timeout':
        this.#context.call(() => handlers.onTimeout());
        return;
      case 'report-transport-error': {
        const error = this.#failure ?? new Error('the message could not be sent');
        this.#context.call(() => handlers.onTransportError(error));
        return;
      }
      case 'end':
        this.#timers.stopAll();
        this.#owner.forget();
        this.#letGo();
        this.#wire = undefined;
        this.#handlers = IGNORED;
        this.#context.call(() => handlers.onEnd?.());
        this.#context.call(() => this.#context.user.onTransactionEnd(this.id));
        return;
      default:
        return;
    }
  }

  /** After the final response the request is never sent again. */
  #letGo(): void {
    this.#request = undefined;
    this.#cancelHeaders = undefined;
    const { at } = this.#machine.now;
    if (at === 'accepted' || (at === 'completed' && !this.#machine.invite)) this.#wire = undefined;
  }

  #send(): void {
    if (this.#wire === undefined) return;
    this.#context.send(Buffer.from(this.#wire, 'latin1'), this.#to, (error) => {
      this.#failure = error;
      this.#step({ type: 'transport-failed' });
    });
  }
}
