import type { ArchiveState } from '../domain/archive-state.ts';
import type { DataLevel } from '../domain/data-level.ts';
import type { SearchScope } from '../domain/search-scope.ts';
import type { WallMs } from '../domain/units.ts';

export interface RecordingQuery {
  /** As dialled, of either end: matched by keyed hash. */
  readonly number?: string;
  readonly account?: string;
  readonly agent?: string;
  readonly queue?: string;
  readonly intent?: string;
  readonly dialplan?: string;
  readonly outcome?: string;
  /** Words of the masked transcript, Chinese or English; all of them, in order within quotes. */
  readonly words?: string;
  readonly state?: ArchiveState;
  readonly held?: boolean;
  /** True: a disclosure was not played to its end. */
  readonly unheardNotice?: boolean;
  /** Began at or after, and before. */
  readonly since?: number;
  readonly until?: number;
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
}

export interface FoundRecording {
  readonly id: string;
  readonly contact: string;
  readonly state: ArchiveState;
  readonly startedAt: WallMs;
  readonly durationMs: number;
  readonly direction: 'inbound' | 'outbound';
  /** Masked. */
  readonly caller: string;
  readonly callee: string;
  readonly agent: string | null;
  /** The first of them. */
  readonly queue: string | null;
  readonly queues: readonly string[];
  readonly intents: readonly string[];
  readonly language: string | null;
  readonly dialplan: string | null;
  readonly outcome: string | null;
  readonly level: DataLevel;
  /** ISO date; null: an event that is not known yet, so it is kept. */
  readonly retainUntil: string | null;
  readonly holds: number;
  readonly restricted: boolean;
  /** Words found, with what stands around them, masked; null without `words`. */
  readonly snippet: string | null;
}

export interface FoundPage {
  readonly recordings: readonly FoundRecording[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
  /** How many there are in all; at `countedTo` counting stopped. */
  readonly count: number;
  readonly countedTo: number | null;
}

export interface RecordingSearch {
  /** What can be searched for beyond what every recording has: an agent once somebody has spoken to one. */
  fields(): Promise<{ readonly agent: boolean }>;
  /** Newest first. @throws IvrError USAGE with what is wrong in the query */
  search(
    query: RecordingQuery,
    scope: SearchScope,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<FoundPage>;
}
