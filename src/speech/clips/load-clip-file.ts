import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { parseWav } from '../../audio/wav.ts';
import { IvrError } from '../../domain/error.ts';
import { TELEPHONE_RATE } from '../../domain/units.ts';
import type { ClipId } from '../speech-service.ts';

const LONGEST_FILE_BYTES = 20_000_000;

export interface FileClip {
  /** By content: the same audio is the same clip. */
  readonly clip: ClipId;
  readonly samples: Int16Array;
}

/** A clip from a WAV file: 8 kHz, mono, 16-bit PCM, at most 20 minutes. @throws IvrError SYNTHESIS_FAILED */
export async function loadClipFile(path: string): Promise<FileClip> {
  try {
    const bytes = await readBounded(path);
    const { format, rate, channels, samples } = parseWav(bytes);
    const [mono] = samples;
    if (format !== 'pcm16' || rate !== TELEPHONE_RATE || channels !== 1 || mono === undefined)
      throw new IvrError('AUDIO_MALFORMED', 'expected 8 kHz mono 16-bit PCM', { format, rate_hz: rate, channels });
    return { clip: `file-${createHash('sha256').update(bytes).digest('hex')}` as ClipId, samples: mono };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new IvrError('SYNTHESIS_FAILED', `${path} cannot be played: ${reason}`, { path, reason }, cause);
  }
}

async function readBounded(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > LONGEST_FILE_BYTES) throw new RangeError(`longer than ${LONGEST_FILE_BYTES} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
