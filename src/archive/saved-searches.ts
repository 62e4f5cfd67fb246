import type { RecordingQuery } from './recording-search.ts';

export interface SavedSearch {
  readonly id: string;
  readonly name: string;
  readonly query: RecordingQuery;
}

export interface SavedSearches {
  /** @param owner - id of the account */
  list(owner: string): Promise<readonly SavedSearch[]>;
  /** A search of that name takes the earlier one's place. */
  save(owner: string, name: string, query: RecordingQuery): Promise<SavedSearch>;
  remove(owner: string, id: string): Promise<void>;
}
