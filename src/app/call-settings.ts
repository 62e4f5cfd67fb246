import type { CallSettings } from '../calls/call-services.ts';
import type { Config } from '../config/schema.ts';
import { seconds } from '../domain/units.ts';

/** What calls take of the configuration. */
export const callSettings = ({ person, queues, limits, recordings, speech }: Config): CallSettings => ({
  person: person.uri === '' ? undefined : person.uri,
  personMethod: person.method,
  queues: queues.file !== '',
  maxCalls: limits.calls,
  onRecordingFailure: recordings.on_failure,
  onUnsynced: recordings.on_unsynced,
  recordingPause: seconds(recordings.pause_seconds),
  recordingPauses: seconds(Math.max(recordings.pause_seconds, recordings.pauses_seconds)),
  speculateAfterMs: speech.speculate_after_ms,
  speechDeadlineMs: speech.deadline_ms,
});
