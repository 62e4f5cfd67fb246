import type { WallMs } from '../domain/units.ts';
import type { FoundRecording } from '../archive/recording-search.ts';
import type { IndexedRecording } from '../archive/index/archive-index.ts';

/** A row of the index as the console shows it. Until the policies of its class have been applied, the term that it was recorded under holds. */
export const foundRecordingOf = (row: IndexedRecording, snippet: string | null = null): FoundRecording => ({
  id: row.id,
  contact: row.contact,
  state: row.state,
  startedAt: row.startedAt,
  durationMs: row.durationMs ?? 0,
  direction: row.direction,
  caller: row.caller,
  callee: row.callee,
  agent: row.agents[0] ?? null,
  queue: row.queues[0] ?? null,
  queues: row.queues,
  intents: row.intents,
  language: row.language,
  dialplan: row.dialplan === null ? null : `${row.dialplan}@${row.dialplanVersion ?? 1}`,
  outcome: row.outcome,
  level: row.level,
  retainUntil: isoDate(row.retainUntil ?? row.lockUntil),
  holds: row.holds,
  restricted: row.restricted,
  snippet,
});

export const isoDate = (at: WallMs | null): string | null =>
  at === null ? null : new Date(at).toISOString().slice(0, 10);
