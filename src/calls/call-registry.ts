import { asError } from '../domain/error.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { IncomingCall } from '../signalling/signalling.ts';
import type { CallServices } from './call-services.ts';
import { type LiveCall, runCall } from './run-call.ts';

export interface CallRegistry {
  /** Calls that hold a line and media. */
  readonly live: number;
  /** Takes no more calls, lets those under way say goodbye within `limit`, and resolves when all are sealed. */
  drain(limit: Milliseconds): Promise<void>;
}

const RETRY_AFTER_SECONDS = '5';

/** Answers the line: a call for each INVITE, up to the configured number. */
export function openCallRegistry(services: CallServices): CallRegistry {
  /** Until they are sealed. */
  const calls = new Set<LiveCall>();
  /** Those that hold a line and media: what the limit is about. */
  let lines = 0;
  let draining = false;

  const take = (incoming: IncomingCall): void => {
    if (draining || lines >= services.settings.maximumCalls) {
      incoming.reject(503, { 'Retry-After': RETRY_AFTER_SECONDS });
      return;
    }
    let held = 1;
    const release = (): void => {
      lines -= held;
      held = 0;
    };
    lines += held;
    const call = runCall(incoming, services, release);
    calls.add(call);
    call.ended
      .catch((thrown: unknown) =>
        services.logger.error({ contact: call.contact }, 'a call ended wrongly', asError(thrown)),
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

  return {
    get live() {
      return lines;
    },
    async drain(limit) {
      draining = true;
      for (const call of calls) call.shutDown(limit);
      await Promise.allSettled([...calls].map((call) => call.ended));
    },
  };
}
