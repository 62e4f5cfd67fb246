import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepRecognized } from '../../../src/app/keep-recognized.ts';
import type { OpenedArchive } from '../../../src/app/open-archive.ts';
import { readHeader } from '../../../src/archive/container/open-container.ts';
import { rebuild } from '../../../src/archive/maintenance/rebuild.ts';
import { baseOf, packOf } from '../../../src/archive/pipeline/locations.ts';
import { blobSource, readStoredPack } from '../../../src/archive/pipeline/pack-file.ts';
import { selectUnrecognized } from '../../../src/archive/recognition/recognition-rows.ts';
import { recognizeAgain } from '../../../src/archive/recognition/recognize-again.ts';
import { readTranscripts, transcriptLeaf } from '../../../src/archive/recognition/transcript-store.ts';
import { IvrError } from '../../../src/domain/error.ts';
import { ms } from '../../../src/domain/units.ts';
import type { CryptoProfile } from '../../../src/lib/crypto-profile.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { Scope } from '../../../src/lib/scope.ts';
import type { Decoded, Recognizer } from '../../../src/speech/recognizer.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { describeDatabases } from '../../support/databases.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { memoryIndex } from '../pipeline/memory-index.ts';
import { archivedForTest } from './archived-for-test.ts';

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-recognition-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

const archived = (storage: Storage, profile: CryptoProfile = 'international') =>
  archivedForTest(folder, scope, storage, { profile });

/** Hears the same sentence wherever there is a tone, and remembers what it was given. */
function recognizerOf(words: string, outcome: Decoded['outcome'] = 'match') {
  const heard: number[] = [];
  const state = { fails: undefined as IvrError | undefined };
  const decode: Recognizer['decode'] = async (audio) => {
    if (state.fails !== undefined) throw state.fails;
    heard.push(audio.length);
    return { outcome, hypotheses: [{ words: words.split(' '), confidence: 0.900_03, free: true }], decode: ms(1) };
  };
  return { heard, state, decode };
}

const never = new AbortController().signal;

describeDatabases('recognition of the archive', (database) => {
  test('with the national profile the transcript more is sealed and logged by it, like all that came first', async () => {
    await using storage = await database.open();
    const { parts, row, hearing } = await archived(storage, 'national');
    expect(await recognizeAgain(row, hearing(recognizerOf('understood')), never)).toMatchObject({ state: 'made' });
    const [stored] = await readTranscripts(row, parts);
    const ref = await parts.blobs.find(`${baseOf(row.id, row.location)}.transcript-2.rec`);
    const { header } = await readHeader(await blobSource(parts.blobs, ref!));
    expect(header.cipher).toBe('sm4-ctr-hmac-sm3');
    const digest = createHash('sm3').update(stored!.signed.text).digest();
    expect(await parts.log.find({ type: 'SUPERSEDE', digest })).toBeTypeOf('number');
  });

  test('a better model hears both sides: a signed transcript more, a leaf of its own, found by its new words; the first one stays', async () => {
    await using storage = await database.open();
    const { parts, index, row, hearing, find } = await archived(storage);
    expect([await find('guess'), await find('understood')]).toEqual([1, 0]);
    const recognizer = recognizerOf('now it is understood');
    expect(await recognizeAgain(row, hearing(recognizer), never)).toMatchObject({
      state: 'made',
      number: 2,
      error: null,
    });
    expect(recognizer.heard).toHaveLength(2);
    expect([await find('guess'), await find('understood')]).toEqual([0, 1]);
    const { segments } = await index.content(row.id);
    expect(segments.map(({ track, text, confidence, source }) => [track, text, confidence, source]).toSorted()).toEqual(
      [
        ['agent', 'now it is understood', 0.9, 'better-1'],
        ['customer', 'now it is understood', 0.9, 'better-1'],
      ],
    );
    for (const { words, fromMs, toMs } of segments) {
      expect(words.map(({ text }) => text)).toEqual(['now', 'it', 'is', 'understood']);
      expect([words[0]!.fromMs, words.at(-1)!.toMs]).toEqual([fromMs, toMs]);
    }
    const [stored] = await readTranscripts(row, parts);
    expect(stored!.version).toMatchObject({
      number: 2,
      model: 'better-1',
      recording: row.id,
      manifest_sha256: row.manifestSha256,
    });
    const [signature] = stored!.signed.signatures;
    const key = createPublicKey({ key: Buffer.from(parts.signers[0]!.publicKey), format: 'der', type: 'spki' });
    expect(verify(null, Buffer.from(stored!.signed.text), key, Buffer.from(signature!.value, 'base64'))).toBe(true);
    const leaf = await parts.log.find(transcriptLeaf(stored!.signed, parts.log));
    expect(await parts.log.leaf(leaf!)).toEqual({
      type: 'SUPERSEDE',
      digest: createHash('sha256').update(stored!.signed.text).digest(),
    });
    const pack = await readStoredPack(parts.blobs, packOf(row.location!), row.id, parts.keys);
    expect(pack!.value.content.segments.map(({ text }) => text)).toEqual(['first guess']);
    // with a model again: nothing is done twice, and a third transcript stands beside the second
    expect((await selectUnrecognized(storage.knex, [row.id], 'better-1')).size).toBe(0);
    expect(await recognizeAgain(row, hearing(recognizerOf('even better'), 'better-2'), never)).toMatchObject({
      number: 3,
    });
    expect((await readTranscripts(row, parts)).map(({ number }) => number)).toEqual([2, 3]);
    // and an index that is made anew has the newest
    const fresh = memoryIndex();
    const retention = { begin: async () => undefined, apply: async () => undefined, finish: async () => undefined };
    for await (const { problem } of rebuild({ ...parts, index: fresh, retention })) expect(problem).toBeUndefined();
    expect((await fresh.content(row.id)).segments.map(({ text }) => text)).toEqual(['even better', 'even better']);
  });

  test('what it hears is masked before it is written; where a number is masked nothing is recognized', async () => {
    await using storage = await database.open();
    const { parts, index, row, hearing, find } = await archived(storage);
    await index.setContent(row.id, {
      spans: [{ track: 'agent', fromMs: 0, toMs: 3_000, kind: 'masked', level: 'C2', source: 'card-number' }],
    });
    const recognizer = recognizerOf('my card is 4111 1111 1111 1111');
    await recognizeAgain(row, hearing(recognizer), never);
    expect(recognizer.heard).toHaveLength(1);
    const content = await index.content(row.id);
    const [stored] = await readTranscripts(row, parts);
    for (const text of [JSON.stringify(content), stored!.signed.text]) expect(text).not.toMatch(/4111/);
    expect(content.segments.map(({ text }) => text)).toEqual([expect.stringContaining('[card number]')]);
    expect(content.spans.filter(({ track }) => track === 'customer')).toMatchObject([
      { kind: 'masked', source: 'card-number' },
    ]);
    expect(await find('4111')).toBe(0);
  });

  test('stopped between store and index it is finished from what was stored; a model that hears nobody takes no words away', async () => {
    await using storage = await database.open();
    const { parts, row, hearing, find } = await archived(storage);
    const recognizer = recognizerOf('now it is understood');
    const killed = {
      ...hearing(recognizer),
      index: { ...parts.index, setContent: () => Promise.reject(new IvrError('STORAGE_FAILED', 'killed')) },
    };
    await expect(recognizeAgain(row, killed, never)).rejects.toThrow('killed');
    expect(await recognizeAgain(row, hearing(recognizer), never)).toMatchObject({ state: 'made', number: 2 });
    expect(recognizer.heard).toHaveLength(2);
    expect([(await readTranscripts(row, parts)).length, await find('understood')]).toEqual([1, 1]);
    expect(await recognizeAgain(row, hearing(recognizerOf('', 'not-speech'), 'deaf'), never)).toMatchObject({
      state: 'nothing',
    });
    expect([(await readTranscripts(row, parts)).length, await find('understood')]).toEqual([1, 1]);
  });

  test('what fails is tried three times and then left; a recording that is destroyed gets no words back', async () => {
    await using storage = await database.open();
    const { index, row, hearing } = await archived(storage);
    const recognizer = recognizerOf('x');
    recognizer.state.fails = new IvrError('RECOGNITION_FAILED', 'no');
    for (let n = 0; n < 3; n++) {
      expect((await selectUnrecognized(storage.knex, [row.id], 'better-1')).size).toBe(1);
      expect(await recognizeAgain(row, hearing(recognizer), never)).toMatchObject({
        state: 'failed',
        error: 'RECOGNITION_FAILED',
      });
    }
    expect((await selectUnrecognized(storage.knex, [row.id], 'better-1')).size).toBe(0);
    recognizer.state.fails = undefined;
    await storage.knex('archive_recording').where({ id: row.id }).update({ state: 'DESTROYED' });
    await expect(index.setContent(row.id, { segments: [] })).rejects.toMatchObject({ code: 'ARCHIVE_STATE_REFUSED' });
    expect(await recognizeAgain(row, hearing(recognizer), never)).toMatchObject({ state: 'failed' });
  });

  test('it waits while calls need the machine, goes on when they do not, and gives its process back', async () => {
    await using storage = await database.open();
    const { parts, row } = await archived(storage);
    const clock = new ManualClock();
    const recognizer = recognizerOf('now it is understood');
    const state = { headroom: 0.1, open: 0 };
    const own = new Scope();
    const { look, part } = keepRecognized(
      { ...parts, storage } as unknown as OpenedArchive,
      {
        model: 'better-1',
        headroom: () => state.headroom,
        open: async () => {
          state.open += 1;
          return {
            ...recognizer,
            name: 'r',
            concurrency: 1,
            capabilities: { languages: [], rates: [], streaming: false, partials: false, hints: 'none' },
            [Symbol.asyncDispose]: async () => void (state.open -= 1),
          };
        },
      },
      own,
      clock,
      silentLogger,
    );
    const looking = look();
    const gauges = () => part.gauges!.read();
    await expect
      .poll(gauges, { timeout: 30_000 })
      .toMatchObject({ archive_transcripts_paused: 1, archive_transcripts_made: 0 });
    expect(recognizer.heard).toEqual([]);
    state.headroom = 0.9;
    clock.advance(ms(1_000));
    await looking;
    expect(await gauges()).toMatchObject({ archive_transcripts_paused: 0, archive_transcripts_made: 1 });
    expect((await readTranscripts(row, parts)).length).toBe(1);
    await look();
    expect(recognizer.heard).toHaveLength(2);
    expect(state.open).toBe(1);
    clock.advance(ms(61_000));
    await look();
    expect(state.open).toBe(0);
    await own.close();
  });
});
