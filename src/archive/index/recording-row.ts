import { type WallMs, wallMs } from '../../domain/units.ts';
import { createHash } from 'node:crypto';
import { timeOfUuid } from '../../domain/ids.ts';
import type { IndexedRecording } from './archive-index.ts';

/* A recording as a row: snake_case, lists as JSON text, booleans as 0 and 1. */

const COLUMNS: Readonly<Record<keyof IndexedRecording, string>> = {
  id: 'id',
  contact: 'contact',
  leg: 'leg',
  node: 'node',
  direction: 'direction',
  startedAt: 'started_at',
  sipCallId: 'sip_call_id',
  caller: 'caller',
  callee: 'callee',
  callerHash: 'caller_hash',
  calleeHash: 'callee_hash',
  retentionClass: 'retention_class',
  state: 'state',
  stateReason: 'state_reason',
  stateSince: 'state_since',
  endedAt: 'ended_at',
  durationMs: 'duration_ms',
  codec: 'codec',
  recovered: 'recovered',
  lostMs: 'lost_ms',
  gaps: 'gaps',
  location: 'location',
  versionId: 'version_id',
  bytes: 'bytes',
  sha256: 'sha256',
  manifestSha256: 'manifest_sha256',
  keyEpoch: 'key_epoch',
  wrappedKey: 'wrapped_key',
  lockMode: 'lock_mode',
  lockUntil: 'lock_until',
  leafIndex: 'leaf_index',
  problems: 'problems',
  accountHashes: 'account_hashes',
  agents: 'agents',
  queues: 'queues',
  intents: 'intents',
  language: 'language',
  outcome: 'outcome',
  dialplan: 'dialplan',
  dialplanVersion: 'dialplan_version',
  level: 'level',
  unheardNotices: 'unheard_notices',
  holds: 'holds',
  restricted: 'restricted',
  retainUntil: 'retain_until',
};
const LISTS: ReadonlySet<string> = new Set([
  'problems',
  'accountHashes',
  'agents',
  'queues',
  'intents',
  'unheardNotices',
]);
const FLAGS: ReadonlySet<string> = new Set(['recovered', 'restricted']);

export type RecordingRow = Readonly<Record<string, string | number | null>>;

/** Only what is given. */
export function toRow(recording: Partial<IndexedRecording>): Record<string, string | number | null> {
  const row: Record<string, string | number | null> = {};
  for (const [name, value] of Object.entries(recording)) {
    if (value === undefined) continue;
    const column = COLUMNS[name as keyof IndexedRecording];
    if (typeof value === 'string')
      row[column] = value.replaceAll('\0', ''); // PostgreSQL has no NUL in a text
    else row[column] = typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as number | null);
    if (FLAGS.has(name)) row[column] = value === true ? 1 : 0;
  }
  return row;
}

export function fromRow(row: RecordingRow): IndexedRecording {
  const recording: Record<string, unknown> = {};
  for (const [name, column] of Object.entries(COLUMNS)) {
    const value = row[column] ?? null;
    if (LISTS.has(name)) recording[name] = JSON.parse(String(value ?? '[]')) as unknown;
    else recording[name] = FLAGS.has(name) ? value === 1 : value;
  }
  return recording as unknown as IndexedRecording;
}

const EPOCH = Date.UTC(2020, 0);
const SLOTS = 4_096;

/** SQLite's row of a recording: its millisecond, then 12 bits of its id. Two ids may have the same one; the next is free then. */
export const ordinalOf = (id: string): number =>
  firstOrdinalAt(wallMs(timeOfUuid(id))) + (createHash('sha256').update(id).digest().readUInt16BE(0) % SLOTS);
/** Below 2^53 until 2089. */
export const firstOrdinalAt = (at: WallMs): number => (Math.floor(at) - EPOCH) * SLOTS;
