import type { Milliseconds } from '../../domain/units.ts';
import { formatSipMessage } from '../message/format-message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { isReliable } from '../message/protocol.ts';
import { responseTo } from '../message/response-to.ts';
import { newTag } from '../message/tag.ts';
import type { Flow } from '../transport/flow.ts';
import { type InviteServer, type InviteServerEvent, startInviteServer, stepInviteServer } from './invite-server.ts';
import { type NonInviteServer, startNonInviteServer, stepNonInviteServer } from './non-invite-server.ts';
import type { TimerName } from './timers.ts';
import type { ServerTransaction } from './transaction.ts';
import type { TransactionContext } from './transaction-context.ts';
import type { TransactionEffect } from './transaction-machine.ts';
import { TransactionTimers } from './transaction-timers.ts';

/** Where a request came from, and how it is answered. */
export interface ServerOrigin {
  readonly flow: Flow;
  readonly replyTo: Flow;
  /** See `InviteServer.ackMs`. */
  readonly ackMs: Milliseconds | undefined;
  /** Called once: the far end has acknowledged, was refused, or will not acknowledge any more. */
  readonly onProved: () => void;
}

type Machine = { readonly invite: true; now: InviteServer } | { readonly invite: false; now: NonInviteServer };

/**
 * One server transaction. Once answered it keeps the serialised final response and nothing else of the call, for there
 * are 32 s of calls of them.
 */
export class LiveServer {
  readonly key: string;
  readonly id: string;
  readonly localTag = newTag();
  readonly #context: TransactionContext;
  readonly #origin: ServerOrigin;
  readonly #timers: TransactionTimers;
  readonly #machine: Machine;
  readonly #forget: () => void;
  /** The user's side; undefined when the user has nothing more to hear of it. */
  #handle: ServerHandle | undefined;
  /** Byte for byte, as a Latin-1 string: a small Buffer would keep the 8 KB block that it was cut from. */
  #response: string | undefined;
  #given: SipResponse | undefined;
  #cancelled = false;

  constructor(
    context: TransactionContext,
    id: string,
    key: string,
    request: SipRequest,
    origin: ServerOrigin,
    forget: () => void,
  ) {
    const { replyTo, ackMs } = origin;
    this.#context = context;
    this.id = id;
    this.key = key;
    this.#origin = origin;
    this.#forget = forget;
    this.#timers = new TransactionTimers(context.wheel, (timer) => this.#fire(timer));
    this.#handle = new ServerHandle(this, request, origin);
    const reliable = isReliable(replyTo.protocol);
    if (request.method === 'INVITE') {
      const [now, ...effects] = startInviteServer(reliable, ackMs);
      this.#machine = { invite: true, now };
      this.#run(effects);
    } else {
      const [now, ...effects] = startNonInviteServer(reliable);
      this.#machine = { invite: false, now };
      this.#run(effects);
    }
  }

  get state(): ServerTransaction['state'] {
    return this.#machine.now.at;
  }

  /** As the user sees it, while it may still want to. */
  get handle(): ServerTransaction | undefined {
    return this.#handle;
  }

  retransmitted(): void {
    this.#context.counters.retransmissionsReceived++;
    this.#step({ type: 'request-retransmitted' });
  }

  respond(response: SipResponse): boolean {
    const before = this.state;
    if (before !== 'trying' && before !== 'proceeding') return false;
    this.#given = response;
    this.#step({ type: 'response-given', status: response.status });
    this.#given = undefined;
    return true;
  }

  ackReceived(): void {
    this.#step({ type: 'ack-received' });
  }

  acknowledge(): void {
    this.#step({ type: 'acknowledged' });
    this.#origin.onProved();
    if (this.state === 'accepted') this.#handle = undefined;
  }

  /** False when it was cancelled before. */
  cancelled(): boolean {
    if (this.#cancelled) return false;
    this.#cancelled = true;
    this.#step({ type: 'cancelled' });
    return true;
  }

  /** A stranger gets its 100 when it asks again (RFC 3261 section 17.2.1 wants it after 200 ms): most are answered before. */
  #stillTrying(): void {
    if (this.#origin.ackMs !== undefined && this.#machine.invite && this.#handle !== undefined)
      this.respond(responseTo(this.#handle.request, 100));
  }

  #fire(timer: TimerName): void {
    this.#step({ type: 'timer-fired', timer });
  }

  #step(event: InviteServerEvent): void {
    if (this.#machine.invite) {
      const [next, ...effects] = stepInviteServer(this.#machine.now, event);
      this.#machine.now = next;
      this.#run(effects);
    } else if (
      event.type === 'request-retransmitted' ||
      event.type === 'response-given' ||
      event.type === 'timer-fired'
    ) {
      const [next, ...effects] = stepNonInviteServer(this.#machine.now, event);
      this.#machine.now = next;
      this.#run(effects);
    }
  }

  #run(effects: readonly TransactionEffect[]): void {
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: TransactionEffect): void {
    let bytes: Buffer;
    switch (effect.do) {
      case 'send-response':
        if (this.#given === undefined) return;
        bytes = formatSipMessage(this.#given);
        this.#response = bytes.toString('latin1');
        if (this.#given.status >= 300 || (this.#given.status >= 200 && !this.#machine.invite)) this.#handle = undefined;
        if (this.#given.status >= 300) this.#origin.onProved();
        this.#context.send(bytes, this.#origin.replyTo);
        return;
      case 'resend-response':
        if (this.#response === undefined) return this.#stillTrying();
        this.#context.counters.retransmissionsSent++;
        this.#context.send(Buffer.from(this.#response, 'latin1'), this.#origin.replyTo);
        return;
      case 'forget-response':
        this.#response = undefined;
        return;
      case 'start-timer':
        this.#timers.start(effect.timer, effect.after);
        return;
      case 'stop-timer':
        this.#timers.stop(effect.timer);
        return;
      case 'give-up':
        this.#context.counters.unanswered++;
        if (effect.status !== undefined && this.#handle !== undefined)
          this.respond(responseTo(this.#handle.request, effect.status, undefined, this.localTag));
        return;
      case 'report-no-ack': {
        const handle = this.#handle;
        this.#origin.onProved();
        if (handle !== undefined) this.#context.call(() => this.#context.user.onNoAck(handle));
        return;
      }
      case 'end':
        this.#timers.stopAll();
        this.#origin.onProved();
        this.#forget();
        this.#handle = undefined;
        this.#response = undefined;
        this.#context.call(() => this.#context.user.onTransactionEnd(this.id));
        return;
      default:
        return;
    }
  }
}

/** What the user holds. It may hold it for a whole call: the request lives here, not in the transaction. */
class ServerHandle implements ServerTransaction {
  readonly id: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly replyTo: Flow;
  readonly localTag: string;
  readonly ofStranger: boolean;
  readonly #live: LiveServer;

  constructor(live: LiveServer, request: SipRequest, { flow, replyTo, ackMs }: ServerOrigin) {
    this.#live = live;
    this.id = live.id;
    this.request = request;
    this.flow = flow;
    this.replyTo = replyTo;
    this.localTag = live.localTag;
    this.ofStranger = ackMs !== undefined;
  }

  get state(): ServerTransaction['state'] {
    return this.#live.state;
  }

  respond(response: SipResponse): boolean {
    return this.#live.respond(response);
  }

  acknowledge(): void {
    this.#live.acknowledge();
  }
}
