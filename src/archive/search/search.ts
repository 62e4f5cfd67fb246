import type { ArchiveState } from '../../domain/archive-state.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { SearchScope } from '../../domain/search-scope.ts';
import type { WallMs } from '../../domain/units.ts';
import type { IndexedRecording } from '../index/archive-index.ts';

/* PORT to the search over the index. All that a query names must hold. */

export interface SearchQuery {
  /** Caller or callee, in any usual form; it is hashed with a key before it is looked for and stands in no log. */
  readonly number?: string;
  readonly account?: string;
  readonly agent?: string;
  readonly queue?: string;
  readonly intent?: string;
  readonly dialplan?: string;
  readonly dialplanVersion?: number;
  readonly language?: string;
  /** EndReason of the journal. */
  readonly outcome?: string;
  readonly states?: readonly ArchiveState[];
  readonly onHold?: boolean;
  /** True: a disclosure was not played to its end. */
  readonly unheardNotice?: boolean;
  /** Began at or after, and before. */
  readonly from?: WallMs;
  readonly until?: WallMs;
  readonly shortestMs?: number;
  readonly longestMs?: number;
  /** Words of the masked transcript, Chinese or English; "in quotes": next to each other. Chinese always is. */
  readonly words?: string;
}

/** What lies outside is not found. Sampling is left to the caller, who applies it to what was found. */
export type IndexScope = Omit<SearchScope, 'sample'>;

export interface SearchPage {
  /** Newest first. */
  readonly recordings: readonly IndexedRecording[];
  /** For the next page; undefined: this is the last. */
  readonly next: RecordingId | undefined;
}

export interface Search {
  /** Whether any recording has an agent: until then nobody can be looked for. @throws IvrError STORAGE_FAILED */
  hasAgents(): Promise<boolean>;
  /**
   * @param after - `next` of the page before
   * @throws IvrError SEARCH_INVALID when nothing can be looked for in what the query says; DEADLINE_EXCEEDED; STORAGE_FAILED
   */
  find(
    query: SearchQuery,
    scope: IndexScope,
    page: { readonly limit: number; readonly after?: RecordingId },
  ): Promise<SearchPage>;
}

export interface SavedSearch {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly query: SearchQuery;
  readonly savedAt: WallMs;
}

/** A number or account in a saved search is kept as its keyed hash. */
export interface SavedSearches {
  /** One more, or in the place of the owner's search of that name. @throws IvrError STORAGE_FAILED */
  save(owner: string, name: string, query: SearchQuery): Promise<SavedSearch>;
  /** By name. @throws IvrError STORAGE_FAILED */
  of(owner: string): Promise<readonly SavedSearch[]>;
  /** @throws IvrError NOT_FOUND when the owner has none with that id; STORAGE_FAILED */
  remove(owner: string, id: string): Promise<void>;
}
