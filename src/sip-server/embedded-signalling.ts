import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Admission } from '../domain/admission.ts';
import { IvrError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import { within } from '../lib/deadline.ts';
import { deferred } from '../lib/deferred.ts';
import { callsTo } from '../lib/thread-calls.ts';
import { entryPoint } from '../lib/entry.ts';
import type { Logger } from '../lib/logger.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import type { SourceAdmissionOptions } from '../lib/source-admission.ts';
import type { MessageLink, MessageLinkUser } from '../lib/message-link.ts';
import type { TlsMaterial } from '../lib/tls-files.ts';
import type { LadderQuery } from './ladders.ts';
import type { RegistrarUsers } from './registrar.ts';
import { LOOPBACK_TRUSTED } from './signalling-server.ts';
import type { SignallingStatistics } from './signalling-statistics.ts';
import type { TrunkChange } from './trunks.ts';
import type {
  FromSipWorker,
  SipAddress,
  SipLine,
  SipWorkerData,
  SipWorkerFunctions,
  ToSipWorker,
} from './sip-worker-messages.ts';
import { SocketsOfMain } from './worker-sockets.ts';

export interface EmbeddedSignallingOptions extends SipLine {
  /** New calls a second in the long run; default 300. */
  readonly setupsPerSecond?: number;
  /** New calls that may come at once; default: a second's worth. */
  readonly setupBurst?: number;
  /** Delay of the SIP thread above which new calls are refused; default 250 ms. */
  readonly eventLoopLag?: Milliseconds;
  /** Calls under way, both directions; default 2,000. */
  readonly maxCalls?: number;
  /** Session timer (RFC 4028) for far ends that know it; default 1,800. */
  readonly sessionSeconds?: number;
  /** By default everybody may call, this machine alone is trusted, and a stranger may set up two calls a second. */
  readonly sources?: SourceAdmissionOptions;
  /** How long a source that is not trusted may take for the ACK of our answer; default 5 s. */
  readonly ackMs?: Milliseconds;
  /** The SIP messages of calls are kept, masked, until they are asked for. Default: they are not. */
  readonly ladders?: boolean;
  /** File of the dialogs that are up: those that a killed run left are ended. Without it, none. */
  readonly ledger?: string;
}

export interface EmbeddedSignalling extends AsyncDisposable {
  readonly sipAddresses: readonly SipAddress[];
  /** For drachtio-srf. The port and the secret are made anew at each start. */
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  /** Once refused, new calls and OPTIONS are answered 503 with Retry-After; calls that are up go on. */
  setAdmission(admission: Admission): void;
  /** A WebSocket has been opened at the web server: SIP comes over it (RFC 7118). */
  acceptWebSocket(link: MessageLink): MessageLinkUser;
  /** Certificates for TLS connections from now on; those that are up go on. */
  renewTls(material: TlsMaterial): void;
  /** Who may register from now on. */
  setUsers(users: RegistrarUsers): void;
  /** @throws IvrError SIP_TIMEOUT when the worker does not answer */
  statistics(): Promise<SignallingStatistics>;
  /** The SIP messages of a call, masked. @throws IvrError SIP_TIMEOUT when the worker does not answer */
  ladder(query: LadderQuery): Promise<SipLadder>;
  /**
   * The worker died without our asking, and every dialog with it. It is not started again here: whoever owns the calls
   * decides, and opens another. At once if it already has.
   */
  onLost(listener: (error: Error) => void): void;
  /** Idempotent. Says nothing to the far ends: hang up first. */
  close(): Promise<void>;
}

const OPEN_DEADLINE = ms(15_000);
const ANSWER_DEADLINE = ms(5_000);
const CLOSE_DEADLINE = ms(3_000);
const LOOPBACK = '127.0.0.1';

/**
 * @param entry - what the worker runs; another one in tests
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID, STORAGE_FAILED
 */
export async function openEmbeddedSignalling(
  options: EmbeddedSignallingOptions,
  logger: Logger,
  entry: URL = entryPoint(import.meta.url, './sip-worker.js'),
): Promise<EmbeddedSignalling> {
  const secret = randomBytes(24).toString('base64url');
  const worker = new Worker(entry, {
    name: 'sip',
    workerData: workerDataOf(options, secret),
  });
  const opened = deferred<Extract<FromSipWorker, { type: 'opened' }>>();
  const calls = callsTo<SipWorkerFunctions>(worker, ['statistics', 'ladder']);
  const exited = deferred<void>();
  let lost: Error | undefined;
  let lostListener: ((error: Error) => void) | undefined;
  let closing: Promise<void> | undefined;

  const post = (message: ToSipWorker): void => worker.postMessage(message);
  const sockets = new SocketsOfMain(post);
  const lose = (error: Error): void => {
    opened.reject(new IvrError('INTERNAL', 'the SIP worker ended', {}, error));
    calls.fail(new IvrError('SIP_TIMEOUT', 'the SIP worker ended', {}, error));
    sockets.closeAll();
    if (closing !== undefined || lost !== undefined) return;
    lost = error;
    logger.error({}, 'the SIP worker is lost', error);
    lostListener?.(error);
  };
  worker.on('message', (message: FromSipWorker) => {
    switch (message.type) {
      case 'opened':
        return opened.resolve(message);
      case 'not-opened':
        return opened.reject(new IvrError(message.code, message.message, message.facts));
      case 'trunk-changed':
        return tellTrunk(message.change, logger);
      case 'guessing':
        return logger.warn(
          { address: message.address },
          'passwords of telephones are being guessed; further attempts are delayed',
        );
      case 'socket-send':
      case 'socket-proved':
      case 'socket-close':
        return sockets.receive(message);
      case 'trouble':
        return logger.warn({ trouble: message.message }, 'the SIP worker reported an error');
      default:
        return;
    }
  });
  worker.on('error', lose);
  worker.on('exit', (code) => {
    exited.resolve();
    lose(new Error(`the SIP worker ended with code ${code}`));
  });
  const answered = <T>(ask: () => Promise<T>, what: string): Promise<T> =>
    closing !== undefined || lost !== undefined
      ? Promise.reject(new IvrError('SIP_TIMEOUT', 'the SIP worker has ended'))
      : within(ask(), ANSWER_DEADLINE, what);
  const close = async (): Promise<void> => {
    post({ type: 'close' });
    try {
      await within(exited.promise, CLOSE_DEADLINE, 'closing the SIP worker');
    } catch {
      await worker.terminate();
    }
  };

  try {
    const { sipAddresses, controlPort } = await within(opened.promise, OPEN_DEADLINE, 'opening the SIP worker');
    const closed = (): Promise<void> => (closing ??= close());
    return {
      sipAddresses,
      control: { host: LOOPBACK, port: controlPort, secret },
      setAdmission: (admission) => post({ type: 'admission', admission }),
      setUsers: (users) => post({ type: 'users', users }),
      acceptWebSocket: (link) => sockets.accept(link),
      renewTls: (material) => post({ type: 'certificate', material }),
      statistics: () => answered(() => calls.functions.statistics(), 'SIP statistics'),
      ladder: (query) => answered(() => calls.functions.ladder(query), 'a SIP ladder'),
      onLost(listener) {
        lostListener = listener;
        if (lost !== undefined) listener(lost);
      },
      close: closed,
      [Symbol.asyncDispose]: closed,
    };
  } catch (thrown) {
    closing = worker.terminate().then(() => undefined);
    await closing;
    throw thrown;
  }
}

function tellTrunk(change: TrunkChange, logger: Logger): void {
  const { trunk } = change;
  if (change.what === 'registration') {
    const facts = { trunk, ...(change.status === undefined ? {} : { status: change.status }) };
    if (change.up) logger.info(facts, 'registered with a trunk');
    else logger.error(facts, 'the registration with a trunk failed; another attempt follows');
  } else if (change.what === 'refused') {
    const { because, destination } = change;
    logger.warn(
      { trunk, because, ...(destination === undefined ? {} : { destination }) },
      'a call of a trunk was not taken',
    );
  } else if (change.up) logger.info({ trunk, proxy: change.proxy }, 'a proxy of a trunk answers again');
  else logger.error({ trunk, proxy: change.proxy }, 'a proxy of a trunk does not answer');
}

function workerDataOf(options: EmbeddedSignallingOptions, secret: string): SipWorkerData {
  const setupsPerSecond = options.setupsPerSecond ?? 300;
  return {
    host: options.host,
    ...(options.moreHosts === undefined ? {} : { moreHosts: options.moreHosts }),
    port: options.port,
    tcp: options.tcp,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.registrar === undefined ? {} : { registrar: options.registrar }),
    ...(options.trunks === undefined ? {} : { trunks: options.trunks }),
    ...(options.keysInTheClear === undefined ? {} : { keysInTheClear: options.keysInTheClear }),
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
    control: { host: LOOPBACK, port: 0, secret },
    setupsPerSecond,
    burst: options.setupBurst ?? setupsPerSecond,
    eventLoopLagMs: options.eventLoopLag ?? 250,
    maxCalls: options.maxCalls ?? 2_000,
    sessionSeconds: options.sessionSeconds ?? 1_800,
    sources: options.sources ?? LOOPBACK_TRUSTED,
    ackMs: options.ackMs ?? 5_000,
    ladders: options.ladders === true,
    ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
  };
}
