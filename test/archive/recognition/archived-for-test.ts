import { join } from 'node:path';
import { expect } from 'vitest';
import { openArchiveIndex } from '../../../src/archive/index/open-archive-index.ts';
import { archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { keyedHash } from '../../../src/archive/search/keyed-hash.ts';
import { openSearch } from '../../../src/archive/search/open-search.ts';
import { wallMs } from '../../../src/domain/units.ts';
import type { CryptoProfile } from '../../../src/lib/crypto-profile.ts';
import type { Scope } from '../../../src/lib/scope.ts';
import type { Recognizer } from '../../../src/speech/recognizer.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { archiveForTest } from '../pipeline/archive-for-test.ts';
import { memoryIndex } from '../pipeline/memory-index.ts';
import { STARTED, sealedForTest } from '../pipeline/sealed-recording.ts';

const SCOPE = { queues: null, level: 'C3', notBefore: null, restricted: 'shown' } as const;
const HASH = keyedHash(Buffer.alloc(32));

/** A recording of a customer and an agent in a real index, with the transcript that the call had. */
export async function archivedForTest(
  folder: string,
  scope: Scope,
  storage: Storage,
  {
    profile = 'international',
    said = {},
    callMs = 3_000,
  }: {
    readonly profile?: CryptoProfile;
    /** Instead of tones, by track. */
    readonly said?: Readonly<Record<string, Int16Array>>;
    readonly callMs?: number;
  } = {},
) {
  const parts = await archiveForTest(folder, scope, memoryIndex(), profile);
  const index = openArchiveIndex(storage, { wall: () => wallMs(STARTED) });
  const facts = await parts.facts('c' as never, {} as never);
  const known = {
    track: 'customer',
    speaker: 'customer',
    fromMs: 0,
    toMs: 3_000,
    text: 'first guess',
    confidence: 0.4,
    words: [],
    source: 'whisper',
  };
  const all = { ...parts, index, knex: storage.knex, facts: async () => ({ ...facts, segments: [known] }) };
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
    callMs,
    tracks: ['customer', 'agent'],
    said,
  });
  const options = { workFolder: join(folder, 'work'), keepSealedMs: 0, software: 't' } as const;
  expect(await archiveRecording(recording, source, all, options)).toEqual([]);
  const row = (await index.find(recording))!;
  const hearing = (recognizer: Pick<Recognizer, 'decode'>, model = 'better-1') => ({
    ...all,
    recognizer,
    model,
    turn: async () => undefined,
    software: 'test',
  });
  const find = async (words: string) =>
    (await openSearch(storage, HASH).find({ words }, SCOPE, { limit: 9 })).recordings.length;
  return { parts: all, index, row, hearing, find };
}
