import type { MessagePort } from 'node:worker_threads';
import { encodeAlaw, encodeMulaw } from '../../src/audio/g711.ts';
import type { RecordingId } from '../../src/domain/ids.ts';
import type { FromMediaToRecorder, TapChunk, TapGap } from '../../src/recording/tap.ts';
import { packChunks } from '../../src/recording/tap-batch.ts';
import { recordingSample } from '../../src/domain/units.ts';

export const CHUNK = 4_000;

/** A tone as G.711: `at` and `length` in samples, so that pieces made apart fit together. */
export function tone(codec: TapChunk['codec'], hz: number, at: number, length: number, level = 8_000): Uint8Array {
  const samples = Int16Array.from({ length }, (_, i) =>
    Math.round(level * Math.sin((2 * Math.PI * hz * (at + i)) / 8_000)),
  );
  return codec === 'PCMU' ? encodeMulaw(samples) : encodeAlaw(samples);
}

export function chunk(
  recording: RecordingId,
  track: string,
  hz: number,
  at: number,
  length: number = CHUNK,
  gaps: readonly TapGap[] = [],
  codec: TapChunk['codec'] = 'PCMU',
): TapChunk {
  return { recording, track, codec, at: recordingSample(at), payload: tone(codec, hz, at, length), gaps };
}

/** A media worker's side of a line, for tests. */
export function tap(line: MessagePort): {
  readonly send: (...chunks: readonly TapChunk[]) => void;
  readonly close: (recording: RecordingId, ...tracks: readonly string[]) => void;
} {
  const post = (message: FromMediaToRecorder): void => line.postMessage(message);
  return {
    send: (...chunks) => post({ type: 'chunks', packed: packChunks(chunks) }),
    close: (recording, ...tracks) => {
      for (const track of tracks) post({ type: 'track-closed', recording, track });
    },
  };
}

/** How strong a frequency is in the samples, 0…1 of a full sine of `level` 8,000 (Goertzel's sum, by definition). */
export function strengthOf(samples: ArrayLike<number>, hz: number): number {
  let re = 0;
  let im = 0;
  for (let i = 0; i < samples.length; i++) {
    re += (samples[i] ?? 0) * Math.cos((2 * Math.PI * hz * i) / 8_000);
    im += (samples[i] ?? 0) * Math.sin((2 * Math.PI * hz * i) / 8_000);
  }
  return (2 * Math.hypot(re, im)) / samples.length / 8_000;
}
