import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type SpeechServiceOptions } from '../../src/speech/client/open-speech-service.ts';
import type { SpeechText } from '../../src/speech/speech-service.ts';

export const fixed = (text: string): SpeechText => ({ text, language: 'en-US', kind: 'static' });
export const personal = (text: string): SpeechText => ({ text, language: 'en-US', kind: 'dynamic' });
export const english = { language: 'en-US', orFree: false, kind: 'final' } as const;

export const plain: SpeechServiceOptions = {
  cacheDirectory: undefined,
  synthesizer: 'neural-voice',
  language: 'en-US',
  recognizer: 'none',
  recognizers: 0,
  queueLimit: 4,
};
export let folder: string;
export let options: SpeechServiceOptions;
/** A folder of prompts for each test of the calling file. */
export function usePromptFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prompts-'));
    options = { ...plain, cacheDirectory: folder };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
}

export const file = async (): Promise<string> =>
  join(folder, (await readdir(folder)).find((name) => name.endsWith('.s16')) ?? 'none');
