import type { Monitoring } from '../../agents/attended-entry.ts';
import type { MonitoringMode } from '../../agents/supervision.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Conference } from '../conference/conference.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';
import { keepBeside } from '../leg/keep-beside.ts';
import { type BrowserCall, callBrowser } from './call-browser.ts';
import type { QueueingServices } from './call-queues.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';

interface SupervisorRequest {
  readonly supervisor: string;
  readonly mode: MonitoringMode;
  /** Whom they listen to. */
  readonly agent: AnchoredLeg;
  readonly conference: Conference;
  readonly request: QueueVisitRequest;
}

/**
 * Calls a supervisor, by their browser or else their telephone, and lets them hear a conversation as the mode says. What they say is recorded, on a
 * track of its own unless the customer hears it.
 *
 * @throws IvrError AGENT_UNREACHABLE, NO_TALK
 */
export async function callSupervisor(
  { supervisor, mode, agent, conference, request }: SupervisorRequest,
  services: QueueingServices,
  signal: AbortSignal,
): Promise<Monitoring> {
  const { caller, near = caller, recording } = request;
  const track = conference.trackOf('supervisor');
  const gone = deferred<void>();
  const one = { over: signal, ...(recording === undefined ? {} : { record: { ...recording.origin, track } }) };
  const call = await firstAnswered(
    services.queues.supervisorWays(supervisor),
    ({ uri, browser }) =>
      callBrowser(
        supervisor,
        uri,
        near,
        services,
        { onGone: () => gone.resolve(), onQuality: () => undefined },
        { browser, ...one },
      ),
    supervisor,
    signal,
  );
  const { leg, scope } = call;
  scope.defer(keepBeside(near, leg));
  let listening: ReturnType<Conference['supervise']>;
  try {
    listening = conference.supervise(leg, agent, mode, { track, who: supervisor });
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    listening.stop();
    gone.resolve();
    stopping ??= scope
      .close()
      .catch((thrown: unknown) => services.logger.warn({}, 'the call to a supervisor did not end', asError(thrown)));
    return stopping;
  };
  void gone.promise.then(stop);
  if (signal.aborted) void stop();
  else signal.addEventListener('abort', () => void stop(), { once: true });
  return { setMode: (next) => listening.setMode(next), stop, ended: gone.promise };
}

async function firstAnswered<Way>(
  ways: readonly Way[],
  call: (way: Way) => Promise<BrowserCall>,
  supervisor: string,
  signal: AbortSignal,
): Promise<BrowserCall> {
  let last: unknown = new IvrError('AGENT_UNREACHABLE', 'you have no registered telephone', { supervisor });
  for (const way of ways)
    try {
      return await call(way);
    } catch (thrown) {
      last = signal.aborted ? new IvrError('NO_TALK', 'the conversation is over', { supervisor }, thrown) : thrown;
      if (signal.aborted) break;
    }
  throw last;
}
