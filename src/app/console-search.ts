import type { RecordingQuery, RecordingSearch } from '../archive/recording-search.ts';
import type { SavedSearches } from '../archive/saved-searches.ts';
import type { SearchScope } from '../domain/search-scope.ts';
import type { ArchiveIndex, IndexedRecording } from '../archive/index/archive-index.ts';
import type { SavedSearches as StoredSearches, Search, SearchQuery } from '../archive/search/search.ts';
import type { RecordingId } from '../domain/ids.ts';
import { wallMs } from '../domain/units.ts';
import { sampleOf } from '../staff/decide.ts';
import { foundRecordingOf } from './found-recording.ts';
import { snippetOf } from './snippet.ts';

/** Counting stops here: more than that nobody looks through. */
const COUNTED = 1_000;
/** Rows of one question to the index, and of one count where a scope passes few of them. */
const BATCH = 1_000;
const MOST_LOOKED_AT = 20_000;

/** The console's search over the index of the archive. */
export function consoleSearch(search: Search, index: Pick<ArchiveIndex, 'content'>): RecordingSearch {
  async function collect(query: RecordingQuery, scope: SearchScope, most: number, begin: string | null) {
    const rows: IndexedRecording[] = [];
    const sampled = ({ id }: IndexedRecording): boolean => scope.sample === null || sampleOf(id) < scope.sample;
    let after = begin === null ? undefined : (begin as RecordingId);
    let looked = 0;
    do {
      const page = await search.find(queryOf(query), scope, {
        // of a sample few pass: a page of them is many rows
        limit: scope.sample === null ? Math.min(BATCH, most) : BATCH,
        ...(after === undefined ? {} : { after }),
      });
      rows.push(...page.recordings.filter(sampled));
      looked += page.recordings.length;
      after = page.next;
    } while (after !== undefined && rows.length < most && looked < MOST_LOOKED_AT);
    return { rows, more: after };
  }

  return {
    fields: async () => ({ agent: await search.hasAgents() }),
    async search(query, scope, { limit, after }) {
      const counted = await collect(query, scope, COUNTED, null);
      const { rows, more } = after === null ? counted : await collect(query, scope, limit + 1, after);
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1)?.id : more;
      const recordings = [];
      for (const row of shown) {
        const snippet =
          query.words === undefined ? null : snippetOf((await index.content(row.id)).segments, query.words);
        recordings.push(foundRecordingOf(row, snippet));
      }
      const whole = counted.more === undefined && counted.rows.length <= COUNTED;
      return {
        recordings,
        next: last ?? null,
        count: Math.min(counted.rows.length, COUNTED),
        countedTo: whole ? null : Math.min(counted.rows.length, COUNTED),
      };
    },
  };
}

/** A dialplan is named with its version, `bank-hotline@4`, or without. */
function queryOf({
  dialplan,
  state,
  held,
  since,
  until,
  minDurationMs,
  maxDurationMs,
  ...same
}: RecordingQuery): SearchQuery {
  const [, name = dialplan, version] = /^(.+)@(\d{1,9})$/.exec(dialplan ?? '') ?? [];
  return {
    ...same,
    ...(name === undefined ? {} : { dialplan: name }),
    ...(version === undefined ? {} : { dialplanVersion: Number(version) }),
    ...(state === undefined ? {} : { states: [state] }),
    ...(held === undefined ? {} : { onHold: held }),
    ...(since === undefined ? {} : { from: wallMs(since) }),
    ...(until === undefined ? {} : { until: wallMs(until) }),
    ...(minDurationMs === undefined ? {} : { shortestMs: minDurationMs }),
    ...(maxDurationMs === undefined ? {} : { longestMs: maxDurationMs }),
  };
}

/** What `queryOf` made, back again. */
function recordingQueryOf({
  dialplan,
  dialplanVersion,
  states,
  onHold,
  from,
  until,
  shortestMs,
  longestMs,
  language: _language,
  ...same
}: SearchQuery): RecordingQuery {
  const [state] = states ?? [];
  const version = dialplanVersion === undefined ? '' : `@${dialplanVersion}`;
  return {
    ...same,
    ...(dialplan === undefined ? {} : { dialplan: dialplan + version }),
    ...(state === undefined ? {} : { state }),
    ...(onHold === undefined ? {} : { held: onHold }),
    ...(from === undefined ? {} : { since: from }),
    ...(until === undefined ? {} : { until }),
    ...(shortestMs === undefined ? {} : { minDurationMs: shortestMs }),
    ...(longestMs === undefined ? {} : { maxDurationMs: longestMs }),
  };
}

export function consoleSavedSearches(stored: StoredSearches): SavedSearches {
  const saved = ({ id, name, query }: Awaited<ReturnType<StoredSearches['save']>>) => ({
    id,
    name,
    query: recordingQueryOf(query),
  });
  return {
    list: async (owner) => (await stored.of(owner)).map(saved),
    save: async (owner, name, query) => saved(await stored.save(owner, name, queryOf(query))),
    remove: (owner, id) => stored.remove(owner, id),
  };
}
