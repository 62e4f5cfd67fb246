import { newContactId, newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import type { OpenedRecording } from '../../src/recording/opened-recording.ts';

/** What a recording's first record says, for tests. */
export const openedFor = (
  recording: RecordingId = newRecordingId(Date.now()),
  opened = Date.now(),
): OpenedRecording => ({
  recording,
  contact: newContactId(opened),
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
  node: 'n',
  software: 's',
  opened,
  retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2031-03-01T10:00:00.000Z' },
});
