import { expect, test } from 'vitest';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import type { IndexedRecording } from '../../src/archive/index/archive-index.ts';
import { keyedHash } from '../../src/archive/search/keyed-hash.ts';
import { openSavedSearches } from '../../src/archive/search/open-saved-searches.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import type { IndexScope, Search, SearchQuery } from '../../src/archive/search/search.ts';
import { wallMs } from '../../src/domain/units.ts';
import { recordingAt, utterance } from '../support/archive-rows.ts';
import { describeDatabases } from '../support/databases.ts';
import { ManualClock } from '../support/manual-clock.ts';

const NOON = Date.UTC(2026, 10, 29, 12);
const DAY = 86_400_000;
const hash = keyedHash(Buffer.alloc(32, 7));
const ALL: IndexScope = { queues: null, level: 'C3', notBefore: null, restricted: 'hidden' };

/** Six calls of five years, the newest first. */
const CALLS: readonly (readonly [daysAgo: number, Partial<IndexedRecording>, readonly string[]])[] = [
  [
    0,
    { queues: ['loans'], agents: ['ann'], intents: ['balance'], durationMs: 61_000, language: 'en' },
    ['what is my balance', 'i lost my card'],
  ],
  [
    3,
    { queues: ['cards'], agents: ['bo'], durationMs: 5_000, language: 'zh', outcome: 'failed', level: 'C1' },
    ['我的银行卡被人诈骗了', '好的'],
  ],
  [
    40,
    {
      queues: ['loans', 'cards'],
      callerHash: hash.number('+86 138 1234 5678'),
      dialplanVersion: 4,
      durationMs: 600_000,
    },
    ['转账给银行', '卡在这里'],
  ],
  [
    400,
    { accountHashes: [hash.account('6222-0012 3456')!], state: 'ARCHIVED', holds: 2, durationMs: 90_000 },
    ['please block the credit card'],
  ],
  [1_000, { restricted: true, queues: ['loans'], durationMs: 60_000 }, ['erase my data']],
  [1_800, { calleeHash: hash.number('95566'), agents: ['ann'], durationMs: 7_300_000 }, ['my card of credit', '余额']],
];

describeDatabases('the search', (database) => {
  const open = async () => {
    const storage = await database.open();
    const index = openArchiveIndex(storage, new ManualClock());
    const ids: string[] = [];
    for (const [days, more, texts] of CALLS) {
      const recording = recordingAt(NOON - days * DAY, more);
      ids.push(recording.id);
      await index.put(recording, { events: [], spans: [], segments: texts.map((text) => utterance(text)) });
    }
    const search = openSearch(storage, hash);
    /** The numbers of the calls that it finds. */
    const found = async (query: SearchQuery, scope = ALL): Promise<number[]> =>
      (await search.find(query, scope, { limit: 50 })).recordings.map(({ id }) => ids.indexOf(id));
    return { storage, index, search, found, ids, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() };
  };

  test('by each of what it is narrowed with, and by all together', async () => {
    await using made = await open();
    const { found } = made;
    expect(await found({})).toEqual([0, 1, 2, 3, 5]);
    for (const number of [
      '13812345678',
      '0086 138-1234-5678',
      'sip:+8613812345678@gw;user=phone',
      '１３８１２３４５６７８',
    ])
      expect(await found({ number }), number).toEqual([2]);
    expect(await found({ number: '95566' })).toEqual([5]);
    expect(await found({ number: '13812345679' })).toEqual([]);
    expect(await found({ account: '622200123456' })).toEqual([3]);
    expect(await found({ agent: 'ann' })).toEqual([0, 5]);
    expect(await found({ queue: 'loans' })).toEqual([0, 2]);
    expect(await found({ queue: 'loan' })).toEqual([]);
    expect(await found({ intent: 'balance' })).toEqual([0]);
    expect(await found({ dialplan: 'bank-hotline', dialplanVersion: 4 })).toEqual([2]);
    expect(await found({ outcome: 'failed', language: 'zh' })).toEqual([1]);
    expect(await found({ states: ['ARCHIVED', 'MISSING'] })).toEqual([3]);
    expect(await found({ onHold: true })).toEqual([3]);
    expect(await found({ onHold: false, agent: 'ann' })).toEqual([0, 5]);
    expect(await found({ from: wallMs(NOON - 40 * DAY), until: wallMs(NOON) })).toEqual([1, 2]);
    expect(await found({ shortestMs: 60_000, longestMs: 90_000 })).toEqual([0, 3]);
    expect(await found({ shortestMs: 3_600_000 })).toEqual([5]);
    expect(await found({ agent: 'ann', words: 'card', until: wallMs(NOON - DAY), shortestMs: 1 })).toEqual([5]);
  });

  test('by words in Chinese and English, of any age', async () => {
    await using made = await open();
    const { found } = made;
    expect(await found({ words: 'card' })).toEqual([0, 3, 5]);
    expect(await found({ words: '"credit card"' })).toEqual([3]);
    expect(await found({ words: 'card credit' })).toEqual([3, 5]);
    expect(await found({ words: '诈骗' })).toEqual([1]);
    expect(await found({ words: '银行卡' })).toEqual([1]); // 银行 and 卡 of call 2 stand apart
    expect(await found({ words: '卡' })).toEqual([1, 2]);
    expect(await found({ words: '余额' })).toEqual([5]);
    expect(await found({ words: '银行 的' })).toEqual([1]);
    expect(await found({ words: 'nowhere' })).toEqual([]);
  });

  test('a scope hides what is outside it, whatever is asked for', async () => {
    await using made = await open();
    const { found } = made;
    expect(await found({}, { ...ALL, restricted: 'shown' })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await found({}, { ...ALL, restricted: 'only' })).toEqual([4]);
    expect(await found({ words: 'erase' })).toEqual([]);
    expect(await found({}, { ...ALL, queues: ['cards'] })).toEqual([1, 2]);
    expect(await found({ queue: 'loans' }, { ...ALL, queues: ['cards'] })).toEqual([2]);
    expect(await found({}, { ...ALL, queues: [] })).toEqual([]);
    expect(await found({}, { ...ALL, level: 'C1' })).toEqual([1]);
    expect(await found({}, { ...ALL, notBefore: wallMs(NOON - 10 * DAY) })).toEqual([0, 1]);
    expect(await found({ from: wallMs(0) }, { ...ALL, notBefore: wallMs(NOON - 10 * DAY) })).toEqual([0, 1]);
  });

  test('pages follow each other without a gap or a repetition, with words and without', async () => {
    await using made = await open();
    for (const query of [{}, { words: 'card' }, { words: '"credit card"' }] as const) {
      const all = (await made.search.find(query, ALL, { limit: 50 })).recordings.map(({ id }) => id);
      expect(await pages(made.search, query, 2)).toEqual(all);
      expect(await pages(made.search, query, 1)).toEqual(all);
    }
  });

  test('what is described later, or taken away, is found and not found at once', async () => {
    await using made = await open();
    const { found, index, ids } = made;
    const id = ids[0] as IndexedRecording['id'];
    await index.describe(id, { agents: ['eve'], outcome: 'bot-hung-up' });
    expect(await found({ agent: 'eve', words: 'balance' })).toEqual([0]);
    expect(await found({ agent: 'ann' })).toEqual([5]);
    await index.setContent(id, { segments: [utterance('something else')] });
    expect(await found({ agent: 'eve', words: 'balance' })).toEqual([]);
    expect(await found({ agent: 'eve', words: 'something' })).toEqual([0]);
  });

  test('no query is an operator of the database behind it', async () => {
    await using made = await open();
    const hostile = [
      '" OR 1 --',
      "card' | 'x",
      'card* NOT balance',
      'NEAR(card balance)',
      'card:*',
      '\\',
      "'); drop table archive_words; --",
      '(',
      '^card',
      '=q',
    ];
    for (const words of hostile)
      await made
        .found({ words })
        .catch((thrown: unknown) => expect(thrown, words).toMatchObject({ code: 'SEARCH_INVALID' }));
    for (const value of hostile)
      for (const part of ['agent', 'queue', 'outcome', 'dialplan'] as const)
        expect(await made.found({ [part]: value }), value).toEqual([]);
    expect(await made.found({ words: 'card' })).toEqual([0, 3, 5]);
  });

  test('a query that names nothing is refused, naming the part', async () => {
    await using made = await open();
    await expect(made.found({ number: 'anonymous' })).rejects.toThrow(/number of the search expects digits/);
    await expect(made.found({ words: '…' })).rejects.toMatchObject({
      code: 'SEARCH_INVALID',
      facts: { part: 'words' },
    });
    await expect(made.found({ shortestMs: 2, longestMs: 1 })).rejects.toMatchObject({ facts: { part: 'longestMs' } });
    await expect(made.found({ agent: 'x'.repeat(201) })).rejects.toMatchObject({ facts: { part: 'agent' } });
  });

  test('neither numbers nor accounts stand in the database, but as hashes that another key does not find', async () => {
    await using made = await open();
    const rows = JSON.stringify(await made.storage.knex('archive_recording'));
    for (const clear of ['13812345678', '8612345678', '622200123456', '95566']) expect(rows).not.toContain(clear);
    const other = openSearch(made.storage, keyedHash(Buffer.alloc(32, 8)));
    expect((await other.find({ number: '13812345678' }, ALL, { limit: 5 })).recordings).toEqual([]);
  });

  test('searches are saved by their owner, in the place of the earlier one of the name, and hold no number', async () => {
    await using made = await open();
    const saved = openSavedSearches(made.storage, new ManualClock());
    const first = await saved.save('ann', 'fraud', { words: '诈骗' });
    const second = await saved.save('ann', 'fraud', { words: '诈骗 转账', queue: 'cards' });
    expect(second.id).toBe(first.id);
    expect((await saved.of('ann')).map(({ query }) => query)).toEqual([{ words: '诈骗 转账', queue: 'cards' }]);
    expect(await saved.of('bo')).toEqual([]);
    await expect(saved.remove('bo', first.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await saved.remove('ann', first.id);
    expect(await saved.of('ann')).toEqual([]);
    await expect(saved.save('ann', 'x', { number: '138' })).rejects.toMatchObject({ code: 'SEARCH_INVALID' });
    await expect(saved.save('ann', ' ', {})).rejects.toMatchObject({ code: 'SEARCH_INVALID' });
  });
});

async function pages(search: Search, query: SearchQuery, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after: IndexedRecording['id'] | undefined; ; ) {
    const { recordings, next } = await search.find(query, ALL, { limit, ...(after === undefined ? {} : { after }) });
    expect(recordings.length).toBeLessThanOrEqual(limit);
    ids.push(...recordings.map(({ id }) => id));
    if (next === undefined) return ids;
    after = next;
  }
}
