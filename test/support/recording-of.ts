import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { shareAt } from '../../src/audio/goertzel.ts';
import { codecOf } from '../../src/audio/codecs.ts';
import { FrameDecoder } from '../../src/audio/frame-codec.ts';
import { resampleTo8k } from '../../src/audio/resample.ts';
import { formatCodecHeader, parseWav } from '../../src/audio/wav.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { type Manifest, parseManifest } from '../../src/recording/manifest.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';

export interface SealedRecording {
  readonly manifest: Manifest;
  /** 8 kHz. @throws when the recording has no such track */
  track(name: string): Promise<Int16Array>;
}

/** The recording of one call by its events, read again and verified. */
export async function recordingOf(events: readonly CallEvent[]): Promise<SealedRecording> {
  const sealed = events.find((event) => event.type === 'recording-sealed');
  if (sealed === undefined) throw new Error('the recording was not sealed');
  const folder = dirname(sealed.path);
  expect(await verifyRecording(folder)).toMatchObject({ ok: true, problems: [] });
  const manifest = parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'));
  if ('problem' in manifest) throw new Error(manifest.problem);
  return {
    manifest,
    async track(name) {
      const entry = manifest.tracks.find(({ track }) => track === name);
      if (entry === undefined) throw new Error(`no track ${name}`);
      const bytes = await readFile(join(folder, entry.path));
      if (entry.codec !== 'G722') {
        const { samples, rate } = parseWav(bytes);
        return resampleTo8k(samples[0] ?? new Int16Array(0), rate);
      }
      const codec = codecOf(entry.codec);
      const octets = bytes.subarray(formatCodecHeader(codec, 0).length);
      const decoder = new FrameDecoder(codec);
      const samples = new Int16Array(octets.length);
      for (let at = 0; at < octets.length; at += FRAME)
        samples.set(decoder.decode(octets.subarray(at, at + FRAME)).samples, at);
      return samples;
    },
  };
}

const FRAME = 160;

/** How many ms of the audio are a tone of that frequency and little else. @param share - of the power of a frame, that the tone has at least */
export function msOfTone(samples: Int16Array, hz: number, share = 0.8): number {
  let frames = 0;
  for (let at = 0; at + FRAME <= samples.length; at += FRAME)
    if (shareAt(samples.subarray(at, at + FRAME), hz) > share) frames += 1;
  return frames * 20;
}
