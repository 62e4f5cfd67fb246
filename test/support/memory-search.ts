import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import type { FoundRecording, RecordingQuery } from '../../src/archive/recording-search.ts';
import type { SavedSearch } from '../../src/archive/saved-searches.ts';
import type { SearchScope } from '../../src/domain/search-scope.ts';
import { sampleOf } from '../../src/staff/decide.ts';

const fits = (row: FoundRecording, query: RecordingQuery, scope: SearchScope): boolean =>
  (scope.queues === null || (row.queue !== null && scope.queues.includes(row.queue))) &&
  (scope.restricted !== 'hidden' || !row.restricted) &&
  (scope.sample === null || sampleOf(row.id) < scope.sample) &&
  (query.queue === undefined || row.queue === query.queue) &&
  (query.agent === undefined || row.agent === query.agent) &&
  (query.intent === undefined || row.intents.includes(query.intent)) &&
  (query.outcome === undefined || row.outcome === query.outcome) &&
  (query.state === undefined || row.state === query.state) &&
  (query.held === undefined || row.holds > 0 === query.held) &&
  (query.since === undefined || row.startedAt >= query.since) &&
  (query.until === undefined || row.startedAt < query.until) &&
  (query.words === undefined ||
    'i have lost my credit card yesterday 请输入您的卡号'.includes(query.words.toLowerCase()));

/** @param rows - as they are now */
export const memorySearch = (rows: () => readonly FoundRecording[]): NonNullable<ArchiveServices['search']> => ({
  fields: async () => ({ agent: true }),
  async search(query, scope, { limit, after }) {
    const found = rows().filter((row) => fits(row, query, scope));
    const from = after === null ? 0 : Number(after);
    const page = found.slice(from, from + limit).map((row) => ({
      ...row,
      snippet: query.words === undefined ? null : `… I have lost my ${query.words} yesterday …`,
    }));
    return {
      recordings: page,
      next: from + limit < found.length ? String(from + limit) : null,
      count: found.length,
      countedTo: null,
    };
  },
});

export function memorySavedSearches(): NonNullable<ArchiveServices['saved']> {
  const saved = new Map<string, SavedSearch[]>();
  return {
    list: async (owner) => saved.get(owner) ?? [],
    async save(owner, name, query) {
      const one = { id: `s-${name}`, name, query };
      saved.set(owner, [...(saved.get(owner) ?? []).filter((each) => each.name !== name), one]);
      return one;
    },
    async remove(owner, id) {
      saved.set(
        owner,
        (saved.get(owner) ?? []).filter((each) => each.id !== id),
      );
    },
  };
}
