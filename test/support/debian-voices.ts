import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resampleTo8k } from '../../src/audio/resample.ts';
import { formatWav, parseWav } from '../../src/audio/wav.ts';
import type { PeerName } from './peers.ts';

/** Voices that are not the product's: programs of Debian packages that speak into a WAV file. */
export const DEBIAN_VOICES = {
  'espeak-ng en-us': { peer: 'espeak-ng', command: ['espeak-ng', '-v', 'en-us', '-s', '150', '--stdin', '-w'] },
  'festival kal': { peer: 'text2wave', command: ['text2wave', '-o'] },
} as const satisfies Record<string, { readonly peer: PeerName; readonly command: readonly string[] }>;

export type DebianVoice = keyof typeof DEBIAN_VOICES;

/** Speaks a text into a file that a telephone can play: mono, 8 kHz. */
export function speakToFile(voice: DebianVoice, text: string, folder: string): string {
  // texts that differ by a comma are spoken differently
  const spoken = join(folder, createHash('sha256').update(`${voice} ${text}`).digest('hex').slice(0, 16));
  const [program, ...args] = DEBIAN_VOICES[voice].command;
  const { status, stderr } = spawnSync(program, [...args, `${spoken}.raw.wav`], { input: text, timeout: 30_000 });
  if (status !== 0) throw new Error(`${voice} did not speak: ${String(stderr)}`);
  const { rate, samples } = parseWav(readFileSync(`${spoken}.raw.wav`));
  const [first = new Int16Array(0)] = samples;
  writeFileSync(`${spoken}.wav`, formatWav(8000, [resampleTo8k(first, rate)]));
  return `${spoken}.wav`;
}
