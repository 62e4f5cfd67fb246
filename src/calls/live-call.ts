import type { CallFact, EndReason } from '../domain/call-event.ts';
import { type ContactId, type LegId, newContactId, newLegId, type RecordingId } from '../domain/ids.ts';
import { maskNumber } from '../domain/secret.ts';
import type { Milliseconds } from '../domain/units.ts';
import { deferred } from '../lib/deferred.ts';
import { Scope } from '../lib/scope.ts';
import type { CallParties, IncomingCall } from '../signalling/signalling.ts';
import { type CallRecording, callRecording } from './call-recording.ts';
import type { CallServices } from './call-services.ts';
import { openRecordingPause, type RecordingPause } from './recording-pause.ts';

/** A call as the rest of the server sees it. */
export interface LiveCall {
  readonly contact: ContactId;
  /** Apologises and hangs up; after `limit` the call ends without words. */
  shutDown(limit: Milliseconds): void;
  /** Of the caller's conversation with an agent. */
  readonly pause: Pick<RecordingPause, 'pause' | 'resume'>;
  /** The disk fails under a recording, perhaps one of this call. */
  recordingTrouble(recording: RecordingId, code: string): void;
  /** A recording, perhaps this call's, has not been synced for too long, or is again. */
  recordingUnsynced(recording: RecordingId, unsynced: boolean): void;
  readonly ended: Promise<void>;
}

export interface CallEnd {
  readonly because: EndReason;
  readonly error: string | undefined;
}

/** What the stages of one call share: who calls, what it has acquired, how it is journalled and how it ends. */
export interface CallInProgress {
  readonly contact: ContactId;
  /** The caller's. */
  readonly leg: LegId;
  readonly recording: CallRecording;
  readonly pause: RecordingPause;
  readonly services: CallServices;
  /** Closing it is the whole clean-up. */
  readonly scope: Scope;
  /** By the clock of the services. */
  readonly began: number;
  readonly note: (fact: CallFact) => void;
  /** The first reason counts. */
  readonly end: (because: EndReason, error?: string) => void;
  /** Its end has been decided. */
  readonly over: () => boolean;
}

/** One that is made to us. */
export interface ReceivedCall extends CallInProgress {
  readonly incoming: IncomingCall;
}

/** Who talks to whom. */
export interface CallEnds {
  readonly direction: 'inbound' | 'outbound';
  readonly parties: Pick<CallParties, 'caller' | 'called'>;
  readonly sipCallId: string;
}

/** @returns the call, and its end once that has been decided */
export function beginCall(
  { direction, parties, sipCallId }: CallEnds,
  services: CallServices,
): { readonly call: CallInProgress; readonly ending: Promise<CallEnd> } {
  const { clock, logger } = services;
  const contact = newContactId(clock.wall());
  const ending = deferred<CallEnd>();
  let over = false;
  const note = (fact: CallFact): void => services.note(contact, fact);
  const recording = callRecording(
    contact,
    { direction, from: maskNumber(parties.caller), to: maskNumber(parties.called), sipCallId },
    services,
  );
  const call: CallInProgress = {
    contact,
    leg: newLegId(clock.wall()),
    recording,
    pause: openRecordingPause({
      clock,
      longest: services.settings.recordingPause,
      inAll: services.settings.recordingPauses,
      note(fact) {
        note(fact);
        recording.note(fact.type);
      },
    }),
    services,
    scope: new Scope((error) => logger.error({ contact }, 'a call could not release its resources', error)),
    began: clock.now(),
    note,
    end(because, error) {
      over = true;
      ending.resolve({ because, error });
    },
    over: () => over,
  };
  return { call, ending: ending.promise };
}
