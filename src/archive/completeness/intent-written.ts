import { IvrError } from '../../domain/error.ts';
import type { ExpectedRecording, RecordingIntent } from '../../domain/recording-intent.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import type { Logger } from '../../lib/logger.ts';

/** What happens to a call whose intent was not written in time. */
export type IntentPolicy = 'refuse' | 'alarm' | 'continue';

export interface IntentSettings {
  /** By the number that was called. */
  readonly policy: IntentPolicy;
  readonly deadline?: Milliseconds;
}

/** Before the answer: a caller hears it ring meanwhile. */
const DEADLINE = ms(200);

/**
 * Waits until the leg of the call detail record with the intent to record it is written, before the answer. It goes on to be written after the
 * deadline; the reconciler finds a call whose intent never was.
 *
 * @param writing - rejects when it could not be written
 * @returns whether it is there
 * @throws IvrError RECORDINGS_UNWRITABLE when the policy refuses the call
 */
export async function intentWritten(
  { intent, exempt }: ExpectedRecording,
  writing: Promise<void>,
  { policy, deadline = DEADLINE }: IntentSettings,
  onAlarm: (intent: RecordingIntent, code: string) => void,
  logger: Logger,
): Promise<boolean> {
  try {
    await within(writing, deadline, 'the intent to record');
    return true;
  } catch (thrown) {
    const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
    logger.error({ contact: intent.contact, code, policy }, 'the intent to record was not written before the answer');
    if (policy !== 'continue') onAlarm(intent, code);
    if (policy === 'refuse' && exempt === undefined)
      throw new IvrError('RECORDINGS_UNWRITABLE', 'the intent to record was not written', { cause: code }, thrown);
    return false;
  }
}
