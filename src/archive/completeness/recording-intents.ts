import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ArchiveIndex, RecordingIntent } from '../index/archive-index.ts';

/** What happens to a call whose intent was not written in time. */
export type IntentPolicy = 'refuse' | 'alarm' | 'continue';

export interface IntentSettings {
  /** By the number that was called. */
  readonly policyOf: (intent: RecordingIntent) => IntentPolicy;
  readonly deadline?: Milliseconds;
}

/** Before the answer: a caller hears it ring meanwhile. */
const DEADLINE = ms(200);

/**
 * Writes the leg of the call detail record with the intent to record it, before the answer. It goes on to be written after the
 * deadline; the reconciler finds a call whose intent never was.
 *
 * @returns the way to write one, or that of a call which is exempt and why: whether it is there. It throws IvrError RECORDINGS_UNWRITABLE when the policy refuses the call
 */
export function recordingIntents(
  index: Pick<ArchiveIndex, 'expect'>,
  { policyOf, deadline = DEADLINE }: IntentSettings,
  onAlarm: (intent: RecordingIntent, code: string) => void,
  logger: Logger,
): (intent: RecordingIntent, exempt?: string) => Promise<boolean> {
  return async (intent, exempt) => {
    const writing = index.expect(intent, exempt);
    try {
      await within(writing, deadline, 'the intent to record');
      return true;
    } catch (thrown) {
      const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
      const policy = policyOf(intent);
      logger.error({ contact: intent.contact, code, policy }, 'the intent to record was not written before the answer');
      if (policy !== 'continue') onAlarm(intent, code);
      if (policy === 'refuse' && exempt === undefined)
        throw new IvrError('RECORDINGS_UNWRITABLE', 'the intent to record was not written', { cause: code }, thrown);
      return false;
    }
  };
}
