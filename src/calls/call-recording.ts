import type { CodecName } from '../domain/codec.ts';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { mintRecording, type RecordingOrigin } from '../domain/recording-origin.ts';
import { seconds } from '../domain/units.ts';
import { sharedNow } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import type { Recording, RecordingOptions } from '../recording/recorder.ts';
import type { CallServices } from './call-services.ts';
import { sealedFacts } from './sealed-facts.ts';

const OPEN_DEADLINE = seconds(2);

export interface CallRecording {
  readonly origin: RecordingOrigin;
  /**
   * Not until the caller cancels: a recording that opens must be ended, whoever still waits for it.
   *
   * @returns undefined when the call may go on without one
   * @throws IvrError RECORDINGS_UNWRITABLE when it may not
   */
  open(codec: CodecName | undefined): Promise<Recording | undefined>;
  /** The call has become one: from now on its recording is kept. */
  keep(): void;
  /** Into its record log, if there is one. */
  note(type: string, facts?: Parameters<Recording['note']>[1]): void;
  /** The disk fails under a recording, perhaps this one. */
  trouble(recording: RecordingId, code: string): void;
  /** Once, when the taps have ended: what is kept is sealed, what never was a call is removed. Never rejects. */
  end(): Promise<void>;
}

/**
 * The one recording of a call: opened before the answer, so that nobody is answered who cannot be recorded; noted in the
 * journal and kept from the moment that the call is one; sealed whatever happens in between.
 */
export function callRecording(
  contact: ContactId,
  call: Pick<RecordingOptions, 'direction' | 'from' | 'to' | 'sipCallId'>,
  services: CallServices,
): CallRecording {
  const { clock, logger, recorder, settings } = services;
  const note = (fact: Parameters<CallServices['note']>[1]): void => services.note(contact, fact);
  const origin = mintRecording(clock.wall(), sharedNow());
  let opened: Recording | undefined;
  let kept = false;
  let ending = false;

  function onOpened(recording: Recording): Recording {
    recording.joined('customer', 'caller');
    recording.joined('bot', 'assistant');
    if (ending) void recording.discard().catch((thrown: unknown) => stays(thrown));
    else opened = recording;
    return recording;
  }

  function keep(): void {
    const recording = opened;
    if (kept || recording === undefined) return;
    kept = true;
    note({
      type: 'recording-started',
      recording: recording.id,
      policy: recording.retention.policy,
      policy_version: recording.retention.policy_version,
      retention_class: recording.retention.class,
      retain_until: recording.retention.retain_until,
    });
  }

  /** It holds nothing of a call. */
  function stays(thrown: unknown): void {
    logger.warn(
      { contact, recording: origin.recording },
      'a recording without a call could not be removed; the next start seals it',
      asError(thrown),
    );
  }

  function failed(thrown: unknown, message: string): void {
    const code = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
    note({ type: 'recording-failed', recording: origin.recording, error: code });
    logger.error({ contact, code }, message, asError(thrown));
  }

  async function sealOne(recording: Recording): Promise<void> {
    try {
      for (const fact of sealedFacts(await recording.seal())) note(fact);
    } catch (thrown) {
      failed(thrown, 'a recording was not sealed with its call; it is tried again');
    }
  }

  return {
    origin,
    async open(codec) {
      const asked = recorder.open({
        ...call,
        ...origin,
        contact,
        codec: codec ?? 'PCMU',
      });
      try {
        return await within(asked.then(onOpened), OPEN_DEADLINE, 'opening the recording');
      } catch (thrown) {
        failed(
          thrown instanceof IvrError
            ? thrown
            : new IvrError('RECORDINGS_UNWRITABLE', 'the call has no recording', {}, thrown),
          'the call cannot be recorded',
        );
        if (settings.onRecordingFailure === 'refuse')
          throw new IvrError('RECORDINGS_UNWRITABLE', 'a call that cannot be recorded is refused', {}, thrown);
        return undefined;
      }
    },
    note: (type, facts = {}) => opened?.note(type, facts),
    trouble(recording, code) {
      if (opened?.id === recording) note({ type: 'trouble', code, where: 'recording' });
    },
    keep,
    async end() {
      ending = true;
      if (opened === undefined) return;
      if (kept) await sealOne(opened);
      else await opened.discard().catch((thrown: unknown) => stays(thrown));
    },
  };
}
