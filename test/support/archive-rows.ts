import type { IndexedRecording, TranscriptSegment } from '../../src/archive/index/archive-index.ts';
import { newContactId, newLegId, newRecordingId } from '../../src/domain/ids.ts';
import type { RecordingIntent } from '../../src/domain/recording-intent.ts';
import { wallMs } from '../../src/domain/units.ts';

/** The intent to record a call that begins then. */
export function intentAt(startedAt: number, more: Partial<RecordingIntent> = {}): RecordingIntent {
  return {
    id: newRecordingId(startedAt),
    contact: newContactId(startedAt),
    leg: newLegId(startedAt),
    node: 'node',
    direction: 'inbound',
    startedAt: wallMs(startedAt),
    sipCallId: 'call@test',
    caller: '*****5678',
    callee: '*5555',
    callerHash: null,
    calleeHash: null,
    retentionClass: 'customer-call',
    ...more,
  };
}

/** A recording that lies in the archive, whole. */
export const recordingAt = (startedAt: number, more: Partial<IndexedRecording> = {}): IndexedRecording => ({
  ...intentAt(startedAt),
  state: 'VERIFIED',
  stateReason: null,
  stateSince: wallMs(startedAt + 20_000),
  endedAt: wallMs(startedAt + 10_000),
  durationMs: 10_000,
  codec: 'PCMA',
  recovered: false,
  lostMs: 0,
  gaps: 0,
  location: `customer-call/${startedAt}`,
  versionId: null,
  bytes: 12_345,
  sha256: 'ab'.repeat(32),
  manifestSha256: 'cd'.repeat(32),
  keyEpoch: 'customer-call/2026-11',
  wrappedKey: 'AAAA',
  lockMode: null,
  lockUntil: null,
  leafIndex: 7,
  problems: [],
  accountHashes: [],
  agents: [],
  queues: [],
  intents: [],
  language: 'en',
  outcome: 'caller-hung-up',
  dialplan: 'bank-hotline',
  dialplanVersion: 3,
  level: 'C2',
  unheardNotices: [],
  holds: 0,
  restricted: false,
  retainUntil: null,
  ...more,
});

export const utterance = (text: string, more: Partial<TranscriptSegment> = {}): TranscriptSegment => ({
  track: 'customer',
  speaker: 'caller',
  fromMs: 1_000,
  toMs: 3_000,
  text,
  confidence: 0.9,
  words: [],
  source: 'whisper',
  ...more,
});
