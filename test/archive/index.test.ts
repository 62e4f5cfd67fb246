import { expect, test } from 'vitest';
import type { RecordingContent } from '../../src/archive/index/archive-index.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { firstIdAt } from '../../src/archive/index/partitions.ts';
import { wallMs, recordingMs } from '../../src/domain/units.ts';
import { newRecordingId, type RecordingId, timeOfUuid } from '../../src/domain/ids.ts';
import { describeDatabases } from '../support/databases.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { intentAt, recordingAt, utterance } from '../support/archive-rows.ts';

const NOON = Date.UTC(2026, 10, 29, 12);
const MONTH = 31 * 86_400_000;
const content: RecordingContent = {
  events: [
    { atMs: recordingMs(5), type: 'state-entered', facts: { state: 'balance', turn: 1, sure: true } },
    { atMs: recordingMs(90), type: 'held', facts: {} },
  ],
  spans: [{ track: 'customer', fromMs: 100, toMs: 2_000, kind: 'secure', level: 'C3', source: 'secure-state' }],
  segments: [
    utterance('what is my balance', { words: [{ text: 'what', fromMs: 1_000, toMs: 1_200 }] }),
    utterance('您的余额是 ###', { track: 'bot', speaker: 'assistant', confidence: null, source: 'prompt' }),
  ],
};

describeDatabases('the index of the archive', (database) => {
  const open = async () => {
    const storage = await database.open();
    const clock = new ManualClock();
    return {
      storage,
      clock,
      index: openArchiveIndex(storage, clock),
      [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
    };
  };

  test('a recording goes its way, and each step adds what is known then', async () => {
    await using made = await open();
    const { index, clock, storage } = made;
    const intent = intentAt(NOON, { callerHash: 'c0ffee' });
    await index.expect(intent);
    await index.expect(intent);
    expect(await storage.knex('archive_leg').select('leg', 'recording', 'offered_at')).toEqual([
      { leg: intent.leg, recording: intent.id, offered_at: NOON },
    ]);
    expect(await index.find(intent.id)).toMatchObject({
      ...intent,
      state: 'EXPECTED',
      stateSince: clock.wall(),
      holds: 0,
    });
    await index.advance(intent.id, 'OPEN');
    clock.advance(1_000);
    await index.advance(intent.id, 'SEALED', {
      durationMs: 4_000,
      endedAt: wallMs(NOON + 4_000),
      codec: 'PCMU',
      recovered: true,
      lostMs: 12,
    });
    await index.advance(intent.id, 'ARCHIVED', {
      location: 'a/b',
      bytes: 99,
      lockMode: 'governance',
      lockUntil: wallMs(NOON + MONTH),
      leafIndex: 3,
      problems: ['x'],
    });
    const archived = clock.wall();
    clock.advance(1_000);
    await index.advance(intent.id, 'ARCHIVED', { problems: [] });
    expect(await index.find(intent.id)).toMatchObject({
      state: 'ARCHIVED',
      stateSince: archived,
      recovered: true,
      durationMs: 4_000,
      leafIndex: 3,
      problems: [],
    });
    await index.advance(intent.id, 'VERIFIED');
    expect((await index.find(intent.id))?.stateSince).toBe(clock.wall());
    expect(await index.counts()).toMatchObject({ VERIFIED: 1, EXPECTED: 0, MISSING: 0 });
  });

  test('what may not follow is refused and changes nothing; a recording that is not there is said so', async () => {
    await using made = await open();
    const { index } = made;
    const { id } = intentAt(NOON);
    await expect(index.advance(id, 'OPEN')).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
    await expect(index.describe(id, { outcome: 'x' })).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
    await expect(index.setContent(id, content)).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
    await index.put(recordingAt(NOON, { id }), content);
    await expect(index.advance(id, 'OPEN', { codec: 'changed' })).rejects.toMatchObject({
      code: 'ARCHIVE_STATE_REFUSED',
      facts: { from: 'VERIFIED', to: 'OPEN' },
    });
    expect((await index.find(id))?.codec).toBe('PCMA');
  });

  test('two workers take the same step at the same time: it is taken once', async () => {
    await using made = await open();
    const { index } = made;
    const intent = intentAt(NOON);
    await index.expect(intent);
    await Promise.all([index.advance(intent.id, 'OPEN'), index.advance(intent.id, 'OPEN')]);
    const outcomes = await Promise.allSettled([index.advance(intent.id, 'SEALED'), index.advance(intent.id, 'EXEMPT')]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('an intent is whole or not there at all: the leg without the recording is taken back', async () => {
    await using made = await open();
    const { index, storage } = made;
    const first = intentAt(NOON);
    await index.expect(first);
    const second = { ...intentAt(NOON + 1), id: first.id };
    await index.expect(second); // the same recording: passed over
    expect(await storage.knex('archive_leg').pluck('leg')).toEqual([first.leg]);
  });

  test('a hundred intents at once, one of them twice: each is there once', async () => {
    await using storage = await database.open();
    const clock = new ManualClock();
    const index = openArchiveIndex(storage, clock);
    const intents = Array.from({ length: 100 }, () => intentAt(clock.wall()));
    await Promise.all([...intents, ...intents.slice(49, 50)].map((intent) => index.expect(intent)));
    expect(await index.counts()).toMatchObject({ EXPECTED: 100 });
    await index.advance(intents[1]!.id, 'SEALED');
    await index.begin(intents.slice(0, 2).map(({ id }) => id));
    expect(await index.counts()).toMatchObject({ EXPECTED: 98, OPEN: 1, SEALED: 1 });
  });

  test('a recording is read back as it was put, with all that it holds; put again it takes the place of the earlier one', async () => {
    await using made = await open();
    const { index } = made;
    const recording = recordingAt(NOON, {
      accountHashes: ['a1', 'a2'],
      agents: ['爱丽丝', 'O"Neill, \\'],
      queues: ['loans'],
      intents: ['balance'],
      lockMode: 'compliance',
      lockUntil: wallMs(NOON + MONTH),
      retainUntil: wallMs(NOON + 60 * MONTH),
    });
    await index.put(recording, content);
    expect(await index.find(recording.id)).toEqual(recording);
    expect(await index.content(recording.id)).toEqual(content);
    const again = { ...recording, outcome: 'crashed', agents: [] };
    await index.put(again, { ...content, events: [] });
    expect(await index.find(recording.id)).toEqual(again);
    expect(await index.content(recording.id)).toEqual({ ...content, events: [] });
    await index.setContent(recording.id, { segments: [] });
    expect(await index.content(recording.id)).toEqual({ spans: content.spans, events: [], segments: [] });
  });

  test('recordings of five years are listed newest first, by state and time, a page at a time', async () => {
    await using made = await open();
    const { index } = made;
    const all: RecordingId[] = [];
    for (let month = 0; month < 60; month += 6) {
      const recording = recordingAt(NOON - month * MONTH, { state: month % 12 === 0 ? 'VERIFIED' : 'ARCHIVED' });
      all.push(recording.id);
      await index.put(recording, { events: [], spans: [], segments: [] });
    }
    const ids = async (filter: object): Promise<RecordingId[]> =>
      (await index.list({ limit: 100, ...filter })).map(({ id }) => id);
    expect(await ids({})).toEqual(all);
    expect(await ids({ limit: 3, before: all[3] })).toEqual(all.slice(4, 7));
    expect(await ids({ states: ['ARCHIVED'] })).toEqual(all.filter((_, n) => n % 2 === 1));
    expect(await ids({ startedFrom: NOON - 12 * MONTH, startedBefore: NOON })).toEqual(all.slice(1, 3));
    expect(await ids({ states: ['MISSING'] })).toEqual([]);
    expect(await ids({ stateBefore: NOON - 50 * MONTH })).toEqual(all.slice(9));
  });

  test('a thousand recordings of one millisecond are all there', async () => {
    await using made = await open();
    const { index } = made;
    const ids = Array.from({ length: 60 }, () => newRecordingId(NOON));
    for (const id of ids) await index.expect(intentAt(NOON, { id }));
    expect((await index.list({ limit: 1_000 })).map(({ id }) => id)).toHaveLength(ids.length);
  });
});

test('an id tells its time, and the lowest id of a time sorts before all of it', () => {
  const id = newRecordingId(NOON);
  expect(timeOfUuid(id)).toBe(NOON);
  expect(firstIdAt(wallMs(NOON)) < id).toBe(true);
  expect(firstIdAt(wallMs(NOON + 1)) > id).toBe(true);
});
