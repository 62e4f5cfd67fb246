import { type Admission, admit, type RefusalReason } from '../domain/admission.ts';
import { asError, IvrError } from '../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { type DialogLedger, openDialogLedger } from '../lib/dialog-ledger.ts';
import { SourceAdmission, type SourceAdmissionOptions } from '../lib/source-admission.ts';
import type { MessageLink, MessageLinkUser } from '../lib/message-link.ts';
import type { TlsMaterial } from '../lib/tls-files.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { formatHostPort } from '../sip/message/host.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { type Advertised, openSipStack, type SipStack, type SipTlsOptions, type StackUser } from '../sip/stack.ts';
import type { NameService } from '../sip/transport/name-service.ts';
import type { openUdpTransport } from '../sip/transport/transport-udp.ts';
import type { Application, SipCommand } from './application.ts';
import { parseApplicationMessage } from './application-message.ts';
import { originate } from './application-request.ts';
import { respond } from './application-response.ts';
import { replyLine } from './control-message.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import { type ControlServer, openControlServer } from './control-server.ts';
import { endLeftDialogs } from './end-left-dialogs.ts';
import { forget, onAck, onApplicationGone, onCancel, onNoAck, onRequest } from './from-network.ts';
import { type LadderQuery, Ladders } from './ladders.ts';
import { lineSources } from './line-sources.ts';
import { type SignallingStatistics, statisticsOf } from './signalling-statistics.ts';
import { type BoardOptions, openBoard } from './open-board.ts';
import type { RegistrarUsers } from './registrar.ts';
import type { Switchboard } from './switchboard.ts';

export interface SignallingServerOptions extends BoardOptions {
  readonly host: string;
  /** Further addresses to listen on, with the same ports. */
  readonly moreHosts?: readonly string[];
  /** 0 picks a free port. */
  readonly port: number;
  readonly tcp: boolean;
  /** Absent: no TLS. */
  readonly tls?: SipTlsOptions;
  readonly advertise?: Advertised;
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly clock: Clock;
  /** New calls a second in the long run, and at once after a quiet time. */
  readonly setupsPerSecond: number;
  readonly burst: number;
  /** Event-loop delay above which new calls are refused. */
  readonly eventLoopLag: Milliseconds;
  /** Default LOOPBACK_TRUSTED. */
  readonly sources?: SourceAdmissionOptions;
  /** How long a source that is not trusted may take for the ACK of our answer; default 5 s. */
  readonly ackMs?: Milliseconds;
  /** The SIP messages of calls are kept, masked, until they are asked for. Default: they are not. */
  readonly ladders?: boolean;
  /** File of the dialogs that are up: those that a killed run left are ended. Without it, none. */
  readonly ledger?: string;
  /** Default: what this machine is configured with. */
  readonly names?: NameService;
  /** What carries datagrams; default: a UDP socket of this machine. */
  readonly openUdp?: typeof openUdpTransport;
  readonly onError?: (error: Error) => void;
}

export interface SignallingServer {
  readonly sipAddresses: SipStack['addresses'];
  readonly controlPort: number;
  /** What the application says of the line; once refused, new calls and OPTIONS are answered 503. */
  setAdmission(admission: Admission): void;
  noteLag(lag: Milliseconds): void;
  /** A WebSocket has been opened at the web server. */
  acceptWebSocket(link: MessageLink): MessageLinkUser;
  /** Certificates for TLS connections from now on. */
  renewTls(material: TlsMaterial): void;
  /** Who may register from now on; no effect without a registrar. */
  setUsers(users: RegistrarUsers): void;
  statistics(): SignallingStatistics;
  /** The SIP messages of a call, masked. */
  ladder(query: LadderQuery): SipLadder;
  /** Says nothing to the far ends: hang up first. Idempotent. */
  close(): Promise<void>;
}

/** Everybody may call, this machine alone is trusted. */
export const LOOPBACK_TRUSTED: SourceAdmissionOptions = {
  trusted: ['127.0.0.0/8', '::1'],
  allow: [],
  sourceSetupsPerSecond: 2,
  sourcePending: 4,
  pendingOfAll: 50,
};
const ACK_MS = seconds(5);

/**
 * Our SIP server with drachtio's control protocol in front of it: what drachtio-server is to drachtio-srf.
 *
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID, STORAGE_FAILED
 */
export async function openSignallingServer(options: SignallingServerOptions): Promise<SignallingServer> {
  const { onError } = options;
  const guard = (run: () => void): void => {
    try {
      run();
    } catch (thrown) {
      onError?.(asError(thrown));
    }
  };
  // a defect costs the message or the timer that met it, not every call of the line
  const clock: Clock = {
    now: () => options.clock.now(),
    wall: () => options.clock.wall(),
    shared: () => options.clock.shared(),
    after: (delay, run) => options.clock.after(delay, () => guard(run)),
  };
  const setups = new TokenBucket({ refillPerSecond: options.setupsPerSecond, burst: options.burst });
  const sources = new SourceAdmission(options.sources ?? LOOPBACK_TRUSTED);
  const notAdmitted = noRefusals();
  let told: Admission = { take: true };
  let lag = ms(0);
  const line = (): Admission => admit({ line: told, lag: { now: lag, most: options.eventLoopLag } });
  const ladders = new Ladders(clock);
  let board: Switchboard | undefined;

  const stack = await openSipStack(
    {
      ...options,
      ...(options.ladders === true ? { observer: ladders } : {}),
      sources: lineSources({
        sources,
        line,
        setups,
        ackMs: options.ackMs ?? ACK_MS,
        clock,
        onRefused: (because) => notAdmitted[because]++,
      }),
    },
    stackUser(() => board),
  );
  const toBoard = (run: (board: Switchboard) => void): void =>
    guard(() => {
      if (board !== undefined) run(board);
    });
  let control: ControlServer;
  let ledger: DialogLedger | undefined;
  try {
    // not before the port is ours: another run's ledger is not to be touched
    if (options.ledger !== undefined)
      ledger = await openDialogLedger(options.ledger, (error) => onError?.(notWritten(error)));
    control = await openControlServer(
      { ...options.control, clock, hostports: hostportsOf(stack, options.advertise) },
      {
        onCommand: (application, command) => toBoard((live) => onCommand(live, application, command)),
        onGone: (application) => toBoard((live) => onApplicationGone(live, application)),
      },
    );
  } catch (thrown) {
    await ledger?.[Symbol.asyncDispose]();
    await stack.close();
    throw thrown;
  }
  board = openBoard({ options, stack, clock, control, ledger, ladders, notAdmitted, admission: line });
  const live = board;
  const left = ledger === undefined ? 0 : endLeftDialogs(live, ledger);
  const close = async (): Promise<void> => {
    await live.trunks.close();
    board = undefined;
    await control.close();
    // before the dialogs go: those that nobody has hung up are for the next run
    await ledger?.[Symbol.asyncDispose]();
    for (const dialog of live.dialogs.all()) live.dialogs.delete(dialog);
    await stack.close();
  };
  let closing: Promise<void> | undefined;
  return {
    sipAddresses: stack.addresses,
    controlPort: control.port,
    setAdmission(admission) {
      told = admission;
    },
    noteLag(now) {
      lag = now;
    },
    acceptWebSocket: (link) => stack.acceptWebSocket(link),
    renewTls: (material) => stack.renewTls(material),
    setUsers: (users) => live.registrar?.setUsers(users),
    statistics: () => statisticsOf(live, control, { lag, strangersPending: sources.pending, left }),
    ladder: (query) => ladders.read(query),
    close: () => (closing ??= close()),
  };
}

const notWritten = (cause: Error): IvrError =>
  new IvrError('STORAGE_FAILED', 'the list of active dialogs (signalling.ledger) cannot be written', {}, cause);

const noRefusals = (): Record<RefusalReason, number> => ({
  draining: 0,
  'not-ready': 0,
  overloaded: 0,
  rate: 0,
  full: 0,
  'trunk-full': 0,
  'trunk-rate': 0,
  'destination-not-allowed': 0,
  'destination-limit': 0,
  failed: 0,
  'not-allowed': 0,
  'source-rate': 0,
  'source-pending': 0,
  'strangers-pending': 0,
});

const hostportsOf = (stack: SipStack, advertise: SignallingServerOptions['advertise']): string =>
  stack.addresses
    .map(({ protocol, host, port }) => {
      const shown = formatHostPort(advertise?.host ?? host, protocol === 'TLS' ? port : (advertise?.port ?? port));
      return `${protocol.toLowerCase()}/${shown}`;
    })
    .join(',');

function onCommand(board: Switchboard, application: Application, command: SipCommand): void {
  const message = parseApplicationMessage(command.message);
  if (message === undefined) {
    board.counts.refusedCommands++;
    application.send(replyLine(command.id, 'NOK', 'malformed message'));
  } else if (message.kind === 'response') respond(board, application, command, message);
  else originate(board, application, command, message);
}

function stackUser(board: () => Switchboard | undefined): StackUser {
  return {
    onRequest(transaction) {
      const now = board();
      const { request, localTag } = transaction;
      if (now === undefined) transaction.respond(responseTo(request, 503, undefined, localTag));
      else onRequest(now, transaction);
    },
    onAck(request, flow) {
      const now = board();
      if (now !== undefined) onAck(now, request, flow);
    },
    onCancel(invite, cancel) {
      const now = board();
      if (now !== undefined) onCancel(now, invite, cancel);
    },
    onNoAck(transaction) {
      const now = board();
      if (now !== undefined) onNoAck(now, transaction);
    },
    onTransactionEnd(id) {
      const incoming = board()?.incomingByTransaction.get(id);
      const now = board();
      if (incoming === undefined || now === undefined) return;
      forget(now, incoming);
      if (incoming.dialog?.state.state === 'early') now.dialogs.delete(incoming.dialog);
    },
  };
}
