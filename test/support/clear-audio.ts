import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMulaw } from '../../src/audio/g711.ts';

/* Looks for audio in the clear: whatever of these samples lies in a file that needs no key. */

/** So many octets of a tone are no accident. */
const PIECE = 48;
const SAMPLE_BYTES = 2;

export interface ClearAudio {
  readonly file: string;
  /** As what it lies there. */
  readonly as: string;
}

/**
 * @param folder - all files below are read
 * @param octets - G.711 mu-law of the call, any part of it that sounds
 */
export async function clearAudioBelow(folder: string, octets: Uint8Array): Promise<readonly ClearAudio[]> {
  const needles = needlesOf(octets);
  const found: ClearAudio[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // one that goes meanwhile was there a moment ago, and is looked for the next time
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    for (const [as, needle] of needles) if (bytes.includes(needle)) found.push({ file: path, as });
    if (/^(?:RIFF|fLaC)/.test(bytes.toString('latin1', 0, 4))) found.push({ file: path, as: 'an audio file' });
  }
  return found;
}

function needlesOf(octets: Uint8Array): readonly (readonly [string, Buffer])[] {
  const piece = octets.subarray(0, PIECE);
  const linear = decodeMulaw(piece);
  const mono = Buffer.alloc(PIECE * SAMPLE_BYTES);
  const [left, right] = [Buffer.alloc(PIECE * 2 * SAMPLE_BYTES), Buffer.alloc(PIECE * 2 * SAMPLE_BYTES)];
  for (const [n, sample] of linear.entries()) {
    mono.writeInt16LE(sample, n * SAMPLE_BYTES);
    left.writeInt16LE(sample, n * 2 * SAMPLE_BYTES);
    right.writeInt16LE(sample, (n * 2 + 1) * SAMPLE_BYTES);
  }
  return [
    ['G.711', Buffer.from(piece)],
    ['16 bits', mono],
    ['16 bits, left', left],
    ['16 bits, right', right],
  ];
}
