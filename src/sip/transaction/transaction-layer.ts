import { type Refusal, refusal, statusOf } from '../../domain/admission.ts';
import { formatSipMessage } from '../message/format-message.ts';
import { formatHostPort } from '../message/host.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import { type Essentials, parseSipMessage } from '../message/parse-message.ts';
import { defaultPort } from '../message/protocol.ts';
import { responseTo } from '../message/response-to.ts';
import { newTag } from '../message/tag.ts';
import { formatVia, uniqueBranchOf, type Via, withReceived } from '../message/via.ts';
import type { Flow } from '../transport/flow.ts';
import type { Sources } from '../transport/sources.ts';
import { ClientTransactions } from './client-transactions.ts';
import { type ServerKeys, ServerTransactions } from './server-transactions.ts';
import type { TransactionContext } from './transaction-context.ts';

/** Each may live 32 s after its answer, at about 1 KB. Beyond this many, requests are answered 503 and forgotten. */
export const MAX_SERVER_TRANSACTIONS = 100_000;

export interface LayerOptions {
  readonly sources: Sources;
  /** Did we write this sent-by? Else it is a stray response (RFC 3261 section 18.1.2). */
  readonly isOurs: (via: Via) => boolean;
}

/** Between the transports and the user: finds the transaction of each message, answers what needs no user. */
export class TransactionLayer {
  readonly clients: ClientTransactions;
  readonly servers: ServerTransactions;
  readonly #context: TransactionContext;
  readonly #options: LayerOptions;
  /** On what the stack answers by itself without a transaction (RFC 3261 section 8.2.7), so that its ACK is known. */
  readonly #statelessTag = newTag();

  constructor(context: TransactionContext, options: LayerOptions) {
    this.#context = context;
    this.#options = options;
    this.clients = new ClientTransactions(context);
    this.servers = new ServerTransactions(context);
  }

  /** One message as it came. Never throws. */
  receive(bytes: Uint8Array, framing: 'datagram' | 'stream', flow: Flow): void {
    const { counters } = this.#context;
    const parsed = parseSipMessage(bytes, framing);
    if (parsed.ok === 'drop') return counters.drop(parsed.because);
    if (parsed.ok === 'refuse') {
      counters.requestsReceived++;
      if (parsed.via === undefined) return this.#refuse(parsed.request, flow, parsed.status, parsed.reason);
      noteSource(parsed.request, parsed.via, flow);
      return this.#refuse(parsed.request, replyFlow(parsed.via, flow), parsed.status, parsed.reason);
    }
    const { message, essentials } = parsed;
    if (message.kind === 'response') return this.#receiveResponse(message, essentials, flow);
    counters.requestsReceived++;
    this.#receiveRequest(message, essentials, flow);
  }

  #receiveResponse(response: SipResponse, { via, cseq }: Essentials, flow: Flow): void {
    const { counters, user } = this.#context;
    counters.responsesReceived++;
    this.#context.observer?.received(response, flow);
    // We add one Via and are not a proxy (RFC 3261 section 8.1.3.3).
    if (response.headers.all('Via').length > 1) return counters.drop('foreign-via');
    const branch = via.parameters.get('branch') ?? '';
    if (this.clients.receive(response, branch, cseq.method, flow)) return;
    if (!this.#options.isOurs(via)) return counters.drop('foreign-via');
    this.#context.call(() => user.onStrayResponse?.(response, flow));
  }

  #receiveRequest(request: SipRequest, essentials: Essentials, flow: Flow): void {
    const { method } = request;
    const keys = keysOf(request, essentials);
    const live = this.servers.find(keys.transaction);
    if (method === 'ACK') {
      this.#context.observer?.received(request, flow);
      if (live?.state === 'completed' || live?.state === 'confirmed') return live.ackReceived();
      if (tagOf(essentials.to) === this.#statelessTag) return;
      this.#context.call(() => this.#context.user.onAck(request, flow));
      return;
    }
    const replyTo = replyFlow(essentials.via, flow);
    if (method === 'CANCEL') {
      this.#context.observer?.received(request, flow);
      noteSource(request, essentials.via, flow);
      return this.#cancel(request, keys, replyTo);
    }
    if (live !== undefined) {
      this.#context.observer?.received(request, flow);
      return live.retransmitted();
    }
    if (this.#options.sources.isUnwanted(request, flow)) return this.#context.counters.drop('scanner');
    noteSource(request, essentials.via, flow);
    if (this.servers.isMerged(keys)) return this.#refuse(request, replyTo, 482);
    if (this.servers.size >= MAX_SERVER_TRANSACTIONS) return this.#notNow(request, replyTo, refusal('overloaded'));
    // a To tag makes nobody welcome: REGISTER is never within a dialog
    if (keys.merge !== undefined || method === 'REGISTER') {
      const admission = this.#options.sources.admit(request, flow);
      if (!admission.take) return this.#notNow(request, replyTo, admission);
    }
    this.#context.observer?.received(request, flow);
    this.#begin(request, flow, replyTo, keys);
  }

  #begin(request: SipRequest, flow: Flow, replyTo: Flow, keys: ServerKeys): void {
    const { sources } = this.#options;
    const isInvite = request.method === 'INVITE';
    const begins = isInvite && keys.merge !== undefined;
    const origin = {
      flow,
      replyTo,
      ackMs: begins ? sources.ackMs(flow) : undefined,
      onProved: begins ? sources.begin(flow) : () => undefined,
    };
    const live = this.servers.open(request, origin, keys);
    const { handle } = live;
    if (isInvite && origin.ackMs === undefined) live.respond(responseTo(request, 100));
    if (handle === undefined) return;
    if (this.#context.call(() => this.#context.user.onRequest(handle))) return;
    live.respond(responseTo(request, 500, undefined, live.localTag));
  }

  /** The 200 of a CANCEL is sent without a transaction: a retransmitted CANCEL gets the same again. */
  #cancel(cancel: SipRequest, keys: ServerKeys, replyTo: Flow): void {
    const invite = this.servers.find(keys.transaction);
    if (invite === undefined) return this.#refuse(cancel, replyTo, 481);
    this.#context.send(formatSipMessage(responseTo(cancel, 200, undefined, invite.localTag)), replyTo);
    const { handle } = invite;
    if (invite.state !== 'proceeding' || handle === undefined || !invite.cancelled()) return;
    if (this.#context.call(() => this.#context.user.onCancel(handle, cancel))) return;
    handle.respond(responseTo(handle.request, 487, undefined, handle.localTag));
  }

  #notNow(request: SipRequest, replyTo: Flow, refused: Refusal): void {
    const status = statusOf(refused);
    this.#refuse(request, replyTo, status, undefined, status === 503 ? refused.retryAfter : undefined);
  }

  #refuse(request: SipRequest, replyTo: Flow, status: number, reason?: string, retryAfter?: number): void {
    this.#context.counters.refuse(status);
    const response = responseTo(request, status, reason, this.#statelessTag);
    if (retryAfter !== undefined) response.headers.set('Retry-After', String(retryAfter));
    this.#context.send(formatSipMessage(response), replyTo);
  }
}

function noteSource(request: SipRequest, via: Via, flow: Flow): void {
  const noted = withReceived(via, flow);
  if (noted !== via) request.headers.setFirst('Via', formatVia(noted));
}

/**
 * Where responses go: back through the connection; else to where the request came from, but to the port of the Via
 * unless `rport` was asked for (RFC 3261 section 18.2.2, RFC 3581 section 4). `maddr` is not followed.
 */
function replyFlow(via: Via, flow: Flow): Flow {
  if (flow.protocol === 'UDP' && via.parameters.has('rport')) return flow;
  const port = via.port ?? defaultPort(flow.protocol);
  return { ...flow, port: port === 0 ? flow.port : port };
}

/**
 * RFC 3261 section 17.2.3; without a branch of our time, RFC 2543's: Request-URI, From tag, Call-ID, CSeq number and the
 * whole top Via. ACK and CANCEL have the key of their INVITE.
 */
function keysOf(request: SipRequest, { via, from, to, callId, cseq }: Essentials): ServerKeys {
  const method = request.method === 'ACK' || request.method === 'CANCEL' ? 'INVITE' : request.method;
  const branch = uniqueBranchOf(via);
  const fromTag = tagOf(from) ?? '';
  const transaction =
    branch === undefined
      ? `2543|${request.uri}|${fromTag}|${callId}|${cseq.number}|${request.headers.get('Via')}|${method}`
      : `${branch}|${formatHostPort(via.host, via.port)}|${method}`;
  const merge = tagOf(to) === undefined ? `${fromTag}|${callId}|${cseq.number}|${method}` : undefined;
  return { transaction, merge };
}
