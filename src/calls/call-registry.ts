import { type Admission, admit, retryAfterHeader } from '../domain/admission.ts';
import { asError, IvrError } from '../domain/error.ts';
import type { ContactId } from '../domain/ids.ts';
import { type Milliseconds, ms, seconds, type WallMs } from '../domain/units.ts';
import { deferred } from '../lib/deferred.ts';
import type { CallParties, IncomingCall } from '../signalling/signalling.ts';
import type { CallRoute, CallServices } from './call-services.ts';
import type { CallQueues } from './queueing/call-queues.ts';
import type { LiveCall } from './live-call.ts';
import { rejectCall } from './reject-call.ts';
import { runCall } from './run-call.ts';

/** After the goodbyes. What is not sealed by then is in the spool: the recorder goes on as it closes, and the next start with what is left. */
const SEALS_LIMIT = seconds(5);

export interface CallRegistry {
  /** Calls that hold a line and media. */
  readonly live: number;
  /**
   * Makes a call of ours, which is counted and drained as any other.
   *
   * @param start - is told what to call when its line and media are free
   * @returns false: no call can be made now
   */
  place(start: (onReleased: () => void) => LiveCall): boolean;
  /** Whether a new call would be taken now. */
  admission(): Admission;
  /** Told whenever a call takes or frees a line, and when the drain begins: what is admitted may have changed. */
  onChange(listener: () => void): void;
  /** Of the caller's conversation with an agent, see `recording-pause.ts`. @throws IvrError NOT_FOUND, NO_TALK, PAUSE_USED_UP */
  pauseRecording(contact: ContactId, by: string): WallMs;
  /** @throws IvrError NOT_FOUND */
  resumeRecording(contact: ContactId, by: string): void;
  /** Takes no more calls, lets those under way say goodbye within `limit`, and resolves when all are sealed, `SEALS_LIMIT` later at the latest. */
  drain(limit: Milliseconds): Promise<void>;
}

/** What all calls share; the route says which dialogue each has. */
export type LineServices = Omit<CallServices, 'dialogue'> & {
  readonly route: (parties: CallParties) => CallRoute;
  /** Absent: the line has none, and a person is called. */
  readonly queues?: CallQueues;
};

/** Answers the line: a call for each INVITE, up to the configured number. */
export function openCallRegistry(services: LineServices): CallRegistry {
  /** Until they are sealed. */
  const calls = new Set<LiveCall>();
  /** Those that hold a line and media: what the limit is about. */
  let lines = 0;
  let draining = false;
  let changed = (): void => undefined;

  const callOf = (contact: ContactId): LiveCall => {
    for (const call of calls) if (call.contact === contact) return call;
    throw new IvrError('NOT_FOUND', 'there is no such call, or it is over');
  };

  const admission = (): Admission =>
    admit({ line: services.line(), draining, calls: { live: lines, most: services.settings.maxCalls } });

  const take = (incoming: IncomingCall): void => {
    const now = admission();
    if (!now.take) {
      incoming.reject(503, retryAfterHeader(now));
      return;
    }
    const route = services.route(incoming.parties);
    if ('reject' in route) return rejectCall(incoming, route.reject, services);
    hold((onReleased) => runCall(incoming, { ...services, dialogue: route.dialogue }, onReleased));
  };

  const hold = (start: (onReleased: () => void) => LiveCall): void => {
    let held = 1;
    const release = (): void => {
      lines -= held;
      held = 0;
      changed();
    };
    lines += held;
    changed();
    const call = start(release);
    calls.add(call);
    call.ended
      .catch((thrown: unknown) =>
        services.logger.error({ contact: call.contact }, 'a call ended with an error', asError(thrown)),
      )
      .finally(() => {
        release();
        calls.delete(call);
      });
  };
  services.signalling.onCall(take);
  services.recorder.onTrouble((recording, code) => {
    for (const call of calls) call.recordingTrouble(recording, code);
  });

  services.recorder.onUnsynced((recording, unsynced) => {
    for (const call of calls) call.recordingUnsynced(recording, unsynced);
  });

  return {
    get live() {
      return lines;
    },
    admission,
    place(start) {
      if (!admission().take) return false;
      hold(start);
      return true;
    },
    onChange(listener) {
      changed = listener;
    },
    pauseRecording: (contact, by) => callOf(contact).pause.pause(by),
    resumeRecording: (contact, by) => callOf(contact).pause.resume('asked', by),
    async drain(limit) {
      draining = true;
      changed();
      for (const call of calls) call.shutDown(limit);
      const late = deferred<'late'>();
      const cancel = services.clock.after(ms(limit + SEALS_LIMIT), () => late.resolve('late'));
      const outcome = await Promise.race([Promise.allSettled([...calls].map((call) => call.ended)), late.promise]);
      cancel();
      if (outcome !== 'late') return;
      for (const { contact } of calls)
        services.logger.warn(
          { contact },
          'the server stops before the recording of a call is sealed; what is not sealed while it closes is sealed by the next start',
        );
    },
  };
}
