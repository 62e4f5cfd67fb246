import { admit } from '../../domain/admission.ts';
import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { type ControlAddress, closeSrf, connectSrf, newSrf, type SrfApplication } from '../../drachtio/drachtio-srf.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { IncomingCall, Signalling } from '../signalling.ts';
import { leavesConfidentially } from './confidential.ts';
import { type CallCounts, type CallOptions, srfCalls } from './srf-calls.ts';

export interface SrfSignallingOptions extends ControlAddress, CallOptions {
  /** Whether what that address says of others is believed; default: of no address. */
  readonly trusts?: (address: string) => boolean;
  /** Whose requests leave over TLS, whatever the address says. Default: none. */
  readonly confidentialDomains?: readonly string[];
  /** From connecting to being authenticated. */
  readonly connectDeadline?: Milliseconds;
}

export interface SrfSignalling extends Signalling {
  /** The addresses that the server listens on, as it says: `udp/127.0.0.1:5060,tcp/…`. */
  readonly hostports: string;
  /** What is under way: nothing, when every call has ended. */
  statistics(): CallCounts;
}

/**
 * Signalling by drachtio-srf on our embedded server. When the connection is lost, every call on it is lost with it
 * (`onEnd('lost')`, signals abort) and srf connects again for the next ones.
 *
 * @throws IvrError CONTROL_PROTOCOL when the server cannot be reached in time or refuses the secret
 */
export async function openSignalling(options: SrfSignallingOptions, logger: Logger): Promise<SrfSignalling> {
  const srf = newSrf();
  let handler: ((call: IncomingCall) => void) | undefined;
  let closing: Promise<void> | undefined;
  const calls = srfCalls(
    srf,
    options,
    {
      onCall: (call) => handler?.(call),
      trusts: options.trusts ?? (() => false),
      admission: () => admit({ missing: handler === undefined ? 'the application' : undefined }),
    },
    logger,
  );
  const hostports = await connect(srf, options, logger, () => {
    if (closing === undefined) logger.warn({ calls: calls.statistics().dialogs }, 'connection to the SIP server lost');
    calls.loseAll();
  });

  const close = async (): Promise<void> => {
    await calls.hangUp();
    closeSrf(srf);
    calls.loseAll();
  };

  return {
    hostports,
    onCall(listener) {
      handler = listener;
    },
    dial: (request, signal) => calls.dial(request, signal),
    isConfidential: (uri) => leavesConfidentially(uri, options.confidentialDomains ?? []),
    statistics: () => calls.statistics(),
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
  connectSrf(srf, options, (error) => logger.error({}, 'a message from the SIP server was dropped', error));
  try {
    return await within(first.promise, options.connectDeadline ?? ms(5_000), 'connecting to the SIP server');
  } catch (thrown) {
    closeSrf(srf);
    throw thrown instanceof IvrError && thrown.code === 'CONTROL_PROTOCOL'
      ? thrown
      : new IvrError('CONTROL_PROTOCOL', 'the SIP server did not answer', { port: options.port }, thrown);
  }
}
