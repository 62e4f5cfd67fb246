import { asError } from '../domain/error.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { MessageLink, MessageLinkUser } from '../lib/message-link.ts';
import type { TlsMaterial } from '../lib/tls-files.ts';
import { Counters } from './counters.ts';
import { formatSipMessage } from './message/format-message.ts';
import { SipHeaders } from './message/headers.ts';
import { formatHostPort } from './message/host.ts';
import type { SipMessage, SipRequest } from './message/message.ts';
import type { MessageObserver } from './message-observer.ts';
import { newBranch } from './message/tag.ts';
import type { SipStatistics } from './statistics.ts';
import { TimerWheel } from './transaction/timer-wheel.ts';
import type { ClientHandlers, ClientTransaction, StackUser } from './transaction/transaction.ts';
import type { TransactionContext } from './transaction/transaction-context.ts';
import { TransactionLayer } from './transaction/transaction-layer.ts';
import type { Flow } from './transport/flow.ts';
import type { KeepAlive } from './transport/keep-alive.ts';
import { KeptNames } from './transport/kept-names.ts';
import { locate } from './transport/locate.ts';
import { type NameService, systemNames } from './transport/name-service.ts';
import { type Advertised, OwnAddress } from './transport/own-address.ts';
import { EVERY_SOURCE, type Sources } from './transport/sources.ts';
import type { SipTlsOptions } from './transport/transport-tls.ts';
import type { openUdpTransport } from './transport/transport-udp.ts';
import { type BoundAddress, openTransports, type Transports } from './transport/transports.ts';
import { warmUp } from './warm-up.ts';

export type { MessageObserver } from './message-observer.ts';
export type { SipStatistics } from './statistics.ts';
export type { ClientHandlers, ClientTransaction, ServerTransaction, StackUser } from './transaction/transaction.ts';
export type { Flow } from './transport/flow.ts';
export type { SipTlsOptions } from './transport/transport-tls.ts';
export type { Advertised } from './transport/own-address.ts';
export type { BoundAddress } from './transport/transports.ts';

export interface SipStackOptions {
  readonly host: string;
  /** Further addresses to listen on, with the same ports. */
  readonly moreHosts?: readonly string[];
  /** 0 picks a free port, the same for UDP and TCP. */
  readonly port: number;
  readonly tcp: boolean;
  /** Absent: no TLS. */
  readonly tls?: SipTlsOptions;
  /** What stands in Via (and belongs in Contact) instead of the address bound. */
  readonly advertise?: Advertised;
  readonly clock?: Clock;
  /** By default every request is taken, and nobody is a stranger. What is refused is answered and forgotten at once. */
  readonly sources?: Sources;
  /** Default: what this machine is configured with. */
  readonly names?: NameService;
  readonly observer?: MessageObserver;
  /** What carries datagrams; default: a UDP socket of this machine. */
  readonly openUdp?: typeof openUdpTransport;
  /** What the user's code throws, and what befalls the sockets; counted in any case. */
  readonly onError?: (error: Error) => void;
}

export interface SipStack extends AsyncDisposable {
  readonly addresses: readonly BoundAddress[];
  /** Adds the Via, with branch and rport. Handlers are never called before it returns. */
  sendRequest(request: SipRequest, to: Flow, handlers: ClientHandlers): ClientTransaction;
  /**
   * Outside any transaction, with a Via of its own: the ACK of a 2xx, the BYE to a stranger. Returns it as sent, for `resend`.
   *
   * @param onError - it could not be sent; called later, at most once
   */
  sendOnce(request: SipRequest, to: Flow, onError?: (error: Error) => void): SipRequest;
  /** Sends the message again as it is. */
  resend(message: SipMessage, to: Flow): void;
  /** The address under which `to` reaches us: for Contact. */
  viaHost(to: Flow): { readonly host: string; readonly port: number };
  /** Where a URI leads, in the order in which to try (RFC 3263); empty: nowhere that we can reach. Never rejects. */
  locate(uri: string): Promise<readonly Flow[]>;
  readonly keepAlive: KeepAlive;
  statistics(): SipStatistics;
  /** A WebSocket has been opened at the web server: SIP comes over it (RFC 7118). */
  acceptWebSocket(link: MessageLink): MessageLinkUser;
  /** Whoever is at the far end of that flow has shown who it is: a WebSocket stays. */
  prove(flow: Flow): void;
  /** Certificates for TLS connections from now on. */
  renewTls(material: TlsMaterial): void;
  /** Ends every transaction without a word to the far ends. Idempotent. */
  close(): Promise<void>;
}

/** @throws IvrError PORT_IN_USE; CONFIG_INVALID when the address is not this machine's or the port not permitted */
export async function openSipStack(options: SipStackOptions, user: StackUser): Promise<SipStack> {
  warmUp();
  const clock = options.clock ?? systemClock;
  const wheel = new TimerWheel(clock);
  const counters = new Counters();
  const noteError = (error: Error): void => options.onError?.(error);
  let layer: TransactionLayer | undefined;
  const sources = options.sources ?? EVERY_SOURCE;
  const transports = await openTransports({
    ...options,
    sources,
    clock,
    wheel,
    receive: (bytes, framing, flow) => layer?.receive(bytes, framing, flow),
    drop: (because) => counters.drop(because),
    onError: (error) => {
      counters.transportErrors++;
      noteError(error);
    },
  });
  const where = new OwnAddress(options.advertise, transports);
  const names = new KeptNames(options.names ?? systemNames, clock);
  const context = contextOf(user, transports, { wheel, counters, names, noteError, observer: options.observer });
  layer = new TransactionLayer(context, {
    sources,
    isOurs: (via) => where.isOurs(via),
  });
  return stackOf(layer, context, where, transports, names);
}

function stackOf(
  layer: TransactionLayer,
  context: TransactionContext,
  where: OwnAddress,
  transports: Transports,
  names: NameService,
): SipStack {
  const protocols = new Set(transports.addresses.map(({ protocol }) => protocol));
  const withVia = (request: SipRequest, to: Flow, branch: string): SipRequest => {
    const { host, port } = where.towards(to);
    const headers = new SipHeaders([
      ['Via', `SIP/2.0/${to.protocol} ${formatHostPort(host, port)};rport;branch=${branch}`],
    ]);
    if (!request.headers.has('Max-Forwards')) headers.set('Max-Forwards', '70');
    headers.copyFrom(
      request.headers,
      request.headers.names().filter((name) => name !== 'Via'),
    );
    return { ...request, headers };
  };
  const close = async (): Promise<void> => {
    layer.clients.clear();
    layer.servers.clear();
    context.wheel.close();
    await transports.close();
  };
  let closing: Promise<void> | undefined;
  return {
    addresses: transports.addresses,
    sendRequest(request, to, handlers) {
      const branch = newBranch();
      return layer.clients.open(withVia(request, to, branch), branch, to, handlers);
    },
    sendOnce(request, to, onError) {
      const sent = withVia(request, to, newBranch());
      context.send(formatSipMessage(sent), to, onError);
      return sent;
    },
    resend(message, to) {
      context.counters.retransmissionsSent++;
      context.send(formatSipMessage(message), to);
    },
    viaHost: (to) => where.towards(to),
    locate: (uri) => locate(uri, { protocols, names, random: Math.random }),
    keepAlive: (to, heard) => transports.keepAlive(to, heard),
    statistics: () =>
      context.counters.with({
        serverTransactions: layer.servers.size,
        clientTransactions: layer.clients.size,
        pendingTimers: context.wheel.pending,
        tcpConnections: transports.connections(),
      }),
    acceptWebSocket: (link) => transports.acceptWebSocket(link),
    prove: (flow) => transports.prove(flow),
    renewTls: (material) => transports.renewTls(material),
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

interface Parts {
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  readonly names: KeptNames;
  readonly noteError: (error: Error) => void;
  readonly observer: MessageObserver | undefined;
}

function contextOf(
  user: StackUser,
  transports: Transports,
  { wheel, counters, names, noteError, observer }: Parts,
): TransactionContext {
  const send = (bytes: Buffer, to: Flow, onError?: (error: Error) => void): void => {
    const failed = (error: Error): void => {
      counters.transportErrors++;
      onError?.(error);
    };
    counters.messagesSent++;
    observer?.sent(bytes, to);
    const address = names.address(to.host);
    const at = (host: string): Flow => (host === to.host ? to : { ...to, host, name: to.name ?? to.host });
    if (typeof address === 'string') return transports.send(bytes, at(address), failed);
    address.then(
      (host) => transports.send(bytes, at(host), failed),
      (thrown: unknown) => failed(asError(thrown)),
    );
  };
  const call = (run: () => void): boolean => {
    try {
      run();
      return true;
    } catch (thrown) {
      counters.userErrors++;
      noteError(asError(thrown));
      return false;
    }
  };
  return { wheel, counters, user, observer, send, call };
}
