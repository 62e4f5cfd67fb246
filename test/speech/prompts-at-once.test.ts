import { expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { PromptCache } from '../../src/speech/clips/prompt-cache.ts';
import { type NamedSpeech, nameSpeech } from '../../src/speech/synthesis/named-speech.ts';
import { ManualClock } from '../support/manual-clock.ts';

const name = (text: string): NamedSpeech =>
  nameSpeech({ text, language: 'en-US', kind: 'static' }, { synthesizer: 'neural-voice', language: 'en-US' }, {});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('sixteen prompts are made at once, each clause of them listening for the end: no warning of a leak', async () => {
  const warned: string[] = [];
  const onWarning = ({ message }: Error): void => void warned.push(message);
  process.on('warning', onWarning);
  const listening = new Set<AbortSignal>();
  await using cache = new PromptCache({
    async *synthesize({ text }, signal) {
      listening.add(signal);
      const heard = (): void => undefined;
      signal.addEventListener('abort', heard, { once: true });
      await turn();
      signal.removeEventListener('abort', heard);
      yield new Int16Array(text.length);
    },
    memoryBytes: 1_000,
    dynamicLife: ms(60_000),
    unknownWait: ms(1_000),
    clock: new ManualClock(),
    onReady: () => undefined,
    onForgotten: () => undefined,
    onFailed: () => undefined,
  });
  try {
    await Promise.all(Array.from({ length: 16 }, (_, n) => cache.prepare(name(`prompt ${n}`))));
    await turn();
    expect(listening.size).toBeGreaterThan(0);
    expect(warned).toEqual([]);
  } finally {
    process.off('warning', onWarning);
  }
});
