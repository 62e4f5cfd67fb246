import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { ms } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { ClipReader } from '../../src/speech/clips/clip-audio.ts';
import { type ClipFolder, openClipFolder } from '../../src/speech/clips/clip-folder.ts';
import { PromptCache } from '../../src/speech/clips/prompt-cache.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';
import { type NamedSpeech, nameSpeech } from '../../src/speech/synthesis/named-speech.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { joined } from './support/audio.ts';

const name = (text: string, kind: 'static' | 'dynamic'): NamedSpeech =>
  nameSpeech({ text, language: 'en-US', kind }, { synthesizer: 'neural-voice', language: 'en-US' }, {});

/** A synthesizer whose chunks the test hands out: one chunk for each word, holding the word's length. */
class HeldSynthesizer {
  readonly begun: string[] = [];
  #gate = deferred<void>();

  open(): void {
    this.#gate.resolve();
    this.#gate = deferred<void>();
  }

  async *synthesize({ text }: NamedSpeech, signal: AbortSignal): AsyncGenerator<Int16Array, void, void> {
    this.begun.push(text);
    for (const word of text.split(' ')) {
      if (word !== 'now') await this.#gate.promise;
      if (signal.aborted) throw new IvrError('CANCELLED', 'cancelled');
      if (word === 'fail') throw new IvrError('SYNTHESIS_FAILED', 'asked to');
      yield new Int16Array(word.length).fill(word.length);
    }
  }
}

/** A reader that remembers. */
const reading = () => {
  const chunks: Int16Array[] = [];
  const end = deferred<string>();
  const reader: ClipReader = {
    chunk(_offset, samples, last) {
      chunks.push(samples.slice());
      if (last) end.resolve('complete');
    },
    failed: (code) => end.resolve(code),
  };
  return { chunks, reader, ended: end.promise, heard: () => [...joined(chunks)] };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let clock: ManualClock;
let voice: HeldSynthesizer;
let forgotten: ClipId[];
let ready: Map<ClipId, boolean>;
let caches: PromptCache[];
const cacheOf = (folder?: ClipFolder, memoryBytes = 1000): PromptCache => {
  const cache = new PromptCache({
    synthesize: (speech, signal) => voice.synthesize(speech, signal),
    ...(folder === undefined ? {} : { folder }),
    memoryBytes,
    dynamicLife: ms(60_000),
    unknownWait: ms(1000),
    clock,
    onReady: (clip, is) => ready.set(clip, is),
    onForgotten: (clip) => forgotten.push(clip),
    onFailed: () => undefined,
  });
  caches.push(cache);
  return cache;
};
beforeEach(() => {
  clock = new ManualClock();
  voice = new HeldSynthesizer();
  forgotten = [];
  ready = new Map();
  caches = [];
});
afterEach(async () => {
  for (const cache of caches) {
    const closing = cache[Symbol.asyncDispose]();
    voice.open();
    await closing;
  }
  expect(clock.pending).toBe(0);
});

describe('static clips', () => {
  test('one synthesis for all who ask while it is made, each from the start', async () => {
    const cache = cacheOf();
    const speech = name('now later', 'static');
    cache.say(speech, true);
    cache.say(speech, true);
    const [one, two] = [reading(), reading()];
    cache.fetch(speech.clip, one.reader);
    await turn();
    expect(one.heard()).toEqual([3, 3, 3]);
    cache.fetch(speech.clip, two.reader);
    expect(two.heard()).toEqual([3, 3, 3]);
    voice.open();
    expect(await Promise.all([one.ended, two.ended])).toEqual(['complete', 'complete']);
    expect(one.heard()).toEqual(two.heard());
    expect(one.heard().length).toBe(8);
    await cache.prepare(speech);
    expect(voice.begun).toEqual(['now later']);
  });

  test('a failed synthesis is told to all and tried again when asked again', async () => {
    const cache = cacheOf();
    const speech = name('now fail', 'static');
    const [one, two] = [reading(), reading()];
    cache.say(speech, false);
    expect(voice.begun).toEqual([]);
    cache.fetch(speech.clip, one.reader);
    cache.fetch(speech.clip, two.reader);
    await turn();
    voice.open();
    expect(await Promise.all([one.ended, two.ended])).toEqual(['SYNTHESIS_FAILED', 'SYNTHESIS_FAILED']);
    await turn();
    const preparing = cache.prepare(speech);
    await turn();
    voice.open();
    await expect(preparing).rejects.toMatchObject({ code: 'SYNTHESIS_FAILED' });
    expect(voice.begun.length).toBe(2);
    expect(ready.get(speech.clip)).toBeUndefined();
  });

  test('memory keeps its measure: the longest unused goes and is made again', async () => {
    const cache = cacheOf(undefined, 16);
    const [a, b, c] = [name('now', 'static'), name('now now', 'static'), name('now now now', 'static')];
    await cache.prepare(a);
    await cache.prepare(b);
    expect(ready.get(a.clip)).toBe(false);
    expect(cache.memoryBytes).toBe(12);
    await cache.prepare(b);
    await cache.prepare(c); // 18 bytes: more than all the memory there is
    expect(cache.memoryBytes).toBe(0);
    expect([a, b, c].map(({ clip }) => ready.get(clip))).toEqual([false, false, true]);
    await cache.prepare(a);
    expect(voice.begun).toEqual(['now', 'now now', 'now now now', 'now']);
  });

  test('a reader who leaves hears no more', async () => {
    const cache = cacheOf();
    const speech = name('now later', 'static');
    cache.say(speech, true);
    const one = reading();
    const leave = cache.fetch(speech.clip, one.reader);
    await turn();
    leave();
    await turn();
    voice.open();
    await cache.prepare(speech);
    expect(one.heard()).toEqual([3, 3, 3]);
  });
});

describe('dynamic clips', () => {
  test('the same text twice is two clips, each its own', () => {
    const cache = cacheOf();
    const [one, two] = [name('now', 'dynamic'), name('now', 'dynamic')];
    expect(one.clip).not.toBe(two.clip);
    cache.say(one, true);
    cache.say(two, true);
    expect(voice.begun.length).toBe(2);
    expect(cache.dynamicClips).toBe(2);
  });

  test('released: forgotten at once, its making ended, its readers told', async () => {
    const cache = cacheOf();
    const speech = name('now later', 'dynamic');
    const one = reading();
    cache.say(speech, true);
    cache.fetch(speech.clip, one.reader);
    await turn();
    cache.release(speech.clip);
    cache.release(speech.clip);
    expect(await one.ended).toBe('CANCELLED');
    expect(forgotten).toEqual([speech.clip]);
    expect(cache.dynamicClips).toBe(0);
  });

  test('never released: forgotten when their time is over', async () => {
    const cache = cacheOf();
    const speech = name('now', 'dynamic');
    cache.say(speech, true);
    await turn();
    clock.advance(59_999);
    expect(cache.dynamicClips).toBe(1);
    clock.advance(1);
    expect(cache.dynamicClips).toBe(0);
    expect(forgotten).toEqual([speech.clip]);
  });

  test('static ones do not go by release', async () => {
    const cache = cacheOf();
    const speech = name('now', 'static');
    await cache.prepare(speech);
    cache.release(speech.clip);
    expect(forgotten).toEqual([]);
    await cache.prepare(speech);
    expect(voice.begun.length).toBe(1);
  });
});

describe('a clip that nobody has named yet', () => {
  test('is waited for, so long', async () => {
    const cache = cacheOf();
    const [named, never, left] = [reading(), reading(), reading()];
    const speech = name('now', 'static');
    cache.fetch(speech.clip, named.reader);
    cache.fetch('never' as ClipId, never.reader);
    cache.fetch('never' as ClipId, left.reader)();
    clock.advance(999);
    cache.say(speech, true);
    expect(await named.ended).toBe('complete');
    clock.advance(1);
    expect(await never.ended).toBe('NOT_FOUND');
    expect(left.chunks).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('on disk', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'prompt-cache-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  test('static audio comes back from there, dynamic audio never gets there', async () => {
    const first = cacheOf(await openClipFolder(path, 1000, silentLogger));
    const [fixed, personal] = [name('now now', 'static'), name('now', 'dynamic')];
    const heard = reading();
    first.say(personal, true);
    first.fetch(personal.clip, heard.reader);
    await heard.ended;
    await first.prepare(fixed);
    await first[Symbol.asyncDispose]();
    expect(await readdir(path)).toEqual([`${fixed.clip}.s16`]);

    const folder = await openClipFolder(path, 1000, silentLogger);
    expect(folder.clips).toEqual([fixed.clip]);
    const second = cacheOf(folder);
    const again = reading();
    second.say(fixed, false);
    second.fetch(fixed.clip, again.reader);
    await again.ended;
    expect(again.heard()).toEqual([3, 3, 3, 3, 3, 3]);
    expect(voice.begun).toEqual(['now', 'now now']);
  });

  test('what memory drops and disk has stays ready', async () => {
    const cache = cacheOf(await openClipFolder(path, 1000, silentLogger), 12);
    const [a, b] = [name('now', 'static'), name('now now', 'static')];
    await cache.prepare(a);
    await cache[Symbol.asyncDispose]();
    const next = cacheOf(await openClipFolder(path, 1000, silentLogger), 12);
    await next.prepare(a);
    await next.prepare(b);
    expect(ready.get(a.clip)).toBe(true);
    await next.prepare(a);
    expect(voice.begun).toEqual(['now', 'now now']);
  });
});
