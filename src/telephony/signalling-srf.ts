import { asError, IvrError } from '../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../domain/units.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { deferred } from '../lib/deferred.ts';
import type { Logger } from '../lib/logger.ts';
import { within } from '../lib/deadline.ts';
import {
  closeSrf,
  newSrf,
  type SrfApplication,
  type SrfDialog,
  type SrfRequest,
  type SrfResponse,
} from './drachtio-srf.ts';
import type { DialOutcome, DialRequest, IncomingCall, Signalling } from './signalling.ts';
import { type Dialling, dial } from './srf-dial.ts';
import { type OwnedDialog, srfDialog } from './srf-dialog.ts';
import { type OwnedIncomingCall, srfIncomingCall } from './srf-incoming-call.ts';

export interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export interface SrfSignallingOptions extends ControlAddress {
  /** From connecting to being authenticated. */
  readonly connectDeadline?: Milliseconds;
  readonly byeDeadline?: Milliseconds;
  readonly ackDeadline?: Milliseconds;
  /** From our offer within a call to its answer; default 35 s. */
  readonly reofferDeadline?: Milliseconds;
  /** For re-INVITE and REFER. */
  readonly clock?: Clock;
  /** Spreads the retries of offers that cross; 0 (included) to 1 (not). */
  readonly random?: () => number;
}

export interface SrfSignalling extends Signalling {
  /** The addresses that the server listens on, as it says: `udp/127.0.0.1:5060,tcp/…`. */
  readonly hostports: string;
  /** What is under way: nothing, when every call has ended. */
  statistics(): { readonly incoming: number; readonly dialling: number; readonly dialogs: number };
}

const RETRY_MAX_DELAY = 5_000;

/**
 * Signalling by drachtio-srf, on drachtio-server or on our embedded server. When the connection is lost, every call on
 * it is lost with it (`onEnd('lost')`, signals abort) and srf connects again for the next ones.
 *
 * @throws IvrError CONTROL_PROTOCOL when the server cannot be reached in time or refuses the secret
 */
export async function openSignalling(options: SrfSignallingOptions, logger: Logger): Promise<SrfSignalling> {
  const srf = newSrf();
  const incoming = new Set<OwnedIncomingCall>();
  const dialling = new Set<Dialling>();
  const dialogs = new Set<OwnedDialog>();
  const byeDeadline = options.byeDeadline ?? seconds(5);
  let handler: ((call: IncomingCall) => void) | undefined;
  let closing: Promise<void> | undefined;

  const times = {
    byeDeadline,
    reofferDeadline: options.reofferDeadline ?? seconds(35),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
  const own = (raw: SrfDialog): OwnedDialog => {
    const dialog: OwnedDialog = srfDialog(raw, times, logger, () => dialogs.delete(dialog));
    dialogs.add(dialog);
    return dialog;
  };

  const onInvite = (req: SrfRequest, res: SrfResponse): void => {
    const call: OwnedIncomingCall = srfIncomingCall({
      srf,
      req,
      res,
      logger,
      own,
      receivedAt: Date.now(),
      ackDeadline: options.ackDeadline ?? seconds(40),
      onSettled: () => incoming.delete(call),
    });
    incoming.add(call);
    if (handler === undefined || closing !== undefined) {
      call.reject(503, { 'Retry-After': '10' });
      return;
    }
    try {
      handler(call);
    } catch (thrown) {
      logger.error({}, 'the handler of an incoming call threw', asError(thrown));
      call.reject(500);
    }
  };

  const loseAll = (): void => {
    for (const call of incoming) call.lose();
    for (const each of dialling) each.lose();
    for (const dialog of dialogs) dialog.lose();
  };

  srf.invite(onInvite);
  const hostports = await connect(srf, options, logger, () => {
    if (closing === undefined) logger.warn({ calls: dialogs.size }, 'connection to the SIP server lost');
    loseAll();
  });

  const close = async (): Promise<void> => {
    for (const call of incoming) call.reject(503);
    for (const each of dialling) each.abort();
    const ends = [...[...dialogs].map((dialog) => dialog.bye()), ...[...dialling].map((each) => each.outcome)];
    await within(Promise.all(ends), byeDeadline, 'hanging up').catch((thrown: unknown) =>
      logger.warn({ calls: dialogs.size }, 'not every call was hung up in time', asError(thrown)),
    );
    closeSrf(srf);
    loseAll();
  };

  return {
    hostports,
    onCall(listener) {
      handler = listener;
    },
    async dial(request: DialRequest, signal: AbortSignal): Promise<DialOutcome> {
      if (closing !== undefined) return { outcome: 'failed', status: 503 };
      const each = dial({ srf, request, signal, logger, own });
      dialling.add(each);
      void each.finished.finally(() => dialling.delete(each)).catch(() => undefined);
      return await each.outcome;
    },
    statistics: () => ({ incoming: incoming.size, dialling: dialling.size, dialogs: dialogs.size }),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** @param onLost - called each time that an established connection ends */
async function connect(
  srf: SrfApplication,
  options: SrfSignallingOptions,
  logger: Logger,
  onLost: () => void,
): Promise<string> {
  const first = deferred<string>();
  let up = false;
  srf
    .on('connect', (error, hostports) => {
      if (error !== null && error !== undefined) {
        first.reject(new IvrError('CONTROL_PROTOCOL', 'the SIP server refused our secret', {}, error));
        return;
      }
      if (!up) logger.info({ port: options.port }, 'connected to the SIP server');
      up = true;
      first.resolve(hostports ?? '');
    })
    .on('error', (error) => {
      logger.warn({ port: options.port, error: error.message }, 'connection to the SIP server failed');
      first.reject(new IvrError('CONTROL_PROTOCOL', 'the SIP server cannot be reached', { port: options.port }, error));
    })
    .on('close', () => {
      if (up) onLost();
      up = false;
      first.reject(new IvrError('CONTROL_PROTOCOL', 'the SIP server closed the connection', { port: options.port }));
    })
    .on('reconnecting', () => logger.debug({ port: options.port }, 'connecting to the SIP server again'));
  const { host, port, secret } = options;
  srf.connect({ host, port, secret, reconnect: { retryMaxDelay: RETRY_MAX_DELAY } });
  try {
    return await within(first.promise, options.connectDeadline ?? ms(5_000), 'connecting to the SIP server');
  } catch (thrown) {
    closeSrf(srf);
    throw thrown instanceof IvrError && thrown.code === 'CONTROL_PROTOCOL'
      ? thrown
      : new IvrError('CONTROL_PROTOCOL', 'the SIP server did not answer', { port }, thrown);
  }
}
