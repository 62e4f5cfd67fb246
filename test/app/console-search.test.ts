import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { consoleSavedSearches, consoleSearch } from '../../src/app/console-search.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { RecordingQuery } from '../../src/archive/recording-search.ts';
import type { SearchScope } from '../../src/domain/search-scope.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { keyedHash } from '../../src/archive/search/keyed-hash.ts';
import { openSavedSearches } from '../../src/archive/search/open-saved-searches.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { sampleOf } from '../../src/staff/decide.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { recordingAt, utterance } from '../support/archive-rows.ts';
import { ManualClock } from '../support/manual-clock.ts';

const NOON = Date.UTC(2026, 10, 29, 12);
const hash = keyedHash(Buffer.alloc(32, 7));
const EVERY: SearchScope = { queues: null, level: 'C3', notBefore: null, restricted: 'shown', sample: null };

test('the console’s search pages through all that the scope lets it find, and counts it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
  try {
    await using storage = await openStorage(
      { file: join(folder, 'index.sqlite'), node: 'node', migrations: MIGRATIONS },
      silentLogger,
    );
    const clock = new ManualClock();
    const index = openArchiveIndex(storage, clock);
    const rows = Array.from({ length: 30 }, (_, i) =>
      recordingAt(NOON - i * 60_000, {
        restricted: i % 5 === 0,
        level: i % 2 === 0 ? 'C1' : 'C2',
        queues: i < 10 ? ['cards'] : ['loans'],
        callerHash: i === 7 ? hash.number('sip:+8613800138000@carrier.example') : null,
      }),
    );
    for (const [i, row] of rows.entries()) {
      const segments = [utterance(i % 3 === 0 ? 'Hello, I have lost my credit card yesterday' : 'hello')];
      await index.put(row, { events: [], spans: [], segments });
    }
    const search = consoleSearch(openSearch(storage, hash), index);
    const all = async (query: RecordingQuery, scope: Partial<SearchScope> = {}) => {
      const ids: string[] = [];
      let after: string | null = null;
      for (let pages = 0; pages < 20; pages++) {
        const page = await search.search(query, { ...EVERY, ...scope }, { limit: 4, after });
        ids.push(...page.recordings.map(({ id }) => id));
        after = page.next;
        expect(page.countedTo).toBeNull();
        if (after === null) {
          expect(page.count).toBe(ids.length);
          return ids;
        }
      }
      throw new Error('the pages do not end');
    };
    const fitting = (fits: (row: (typeof rows)[number], i: number) => boolean) => rows.filter(fits).map(({ id }) => id);
    expect(await all({})).toEqual(fitting(() => true));
    expect(await all({}, { restricted: 'hidden' })).toEqual(fitting(({ restricted }) => !restricted));
    expect(await all({}, { restricted: 'only' })).toEqual(fitting(({ restricted }) => restricted));
    expect(await all({}, { level: 'C1' })).toEqual(fitting(({ level }) => level === 'C1'));
    expect(await all({}, { queues: ['cards'] })).toEqual(fitting((_, i) => i < 10));
    expect(await all({}, { sample: 0.5 })).toEqual(fitting(({ id }) => sampleOf(id) < 0.5));
    expect(await all({ words: 'credit card' })).toEqual(fitting((_, i) => i % 3 === 0));
    expect(await all({ dialplan: 'bank-hotline@3' })).toHaveLength(30);
    expect(await all({ dialplan: 'bank-hotline@4' })).toHaveLength(0);

    const found = await search.search({ words: 'credit' }, EVERY, { limit: 1, after: null });
    expect(found.recordings[0]?.snippet).toContain('lost my credit card');
    for (const number of ['13800138000', '+86 138 0013 8000', '008613800138000', '86-138-0013-8000'])
      expect(await all({ number }), number).toEqual([rows[7]!.id]);
    expect(await all({ number: '13800138001' })).toEqual([]);

    const saved = consoleSavedSearches(openSavedSearches(storage, clock));
    const query = { dialplan: 'bank-hotline@3', held: true, since: NOON, minDurationMs: 5_000, words: 'card' };
    await saved.save('chen', 'cards', query);
    expect(await saved.list('chen')).toEqual([{ id: expect.any(String), name: 'cards', query }]);
    expect(await saved.list('someone else')).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
