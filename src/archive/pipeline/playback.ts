import { openFlac } from '../../audio/flac/read-flac.ts';
import { formatWavHeader } from '../../audio/wav.ts';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { TELEPHONE_RATE, type RecordingSample, recordingSample } from '../../domain/units.ts';
import type { Playback, VirtualWav } from '../playback.ts';
import type { Blobs } from '../blobs/blobs.ts';
import { openContainer } from '../container/open-container.ts';
import type { ArchiveIndex, RecordingSpan } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { blobSource } from './pack-file.ts';
import { interleave } from './read-wav.ts';

const HEADER_BYTES = 44;
/** Two channels of 16 bits. */
const WIDTH = 4;

interface SilentSpan {
  readonly channel: number;
  /** Samples. */
  readonly from: number;
  readonly to: number;
}

/** Archived recordings as WAV files that are never written anywhere: rendered from the chunks that a range asks for. */
export function openPlayback(parts: {
  readonly blobs: Blobs;
  readonly keys: KeyStore;
  readonly index: ArchiveIndex;
}): Playback {
  return {
    async open(id, masked) {
      const recording = id as RecordingId;
      const row = await parts.index.find(recording);
      if (row?.location === null || row === undefined || row.state === 'DESTROYED')
        throw new IvrError('RECORDING_NOT_FOUND', `recording ${id} is not in the archive`, { recording: id });
      const ref = { key: row.location, version: row.versionId ?? '1' };
      const container = await openContainer(await blobSource(parts.blobs, ref), ({ key }) =>
        parts.keys.openDataKey(recording, key),
      );
      const flac = await openFlac(container);
      const { stream } = flac;
      const silent = masked ? silentSpans((await parts.index.content(recording)).spans) : [];
      const bytes = HEADER_BYTES + stream.samples * WIDTH;
      const wav: VirtualWav = {
        bytes,
        bytesPerSecond: stream.rate * WIDTH,
        headerBytes: HEADER_BYTES,
        async *read(from, to, signal) {
          const end = Math.min(to, bytes);
          if (from < HEADER_BYTES) {
            const header = formatWavHeader({ format: 'pcm16', rate: stream.rate, channels: 2 }, stream.samples * WIDTH);
            yield header.subarray(from, Math.min(end, HEADER_BYTES));
          }
          if (end <= HEADER_BYTES) return;
          const begin = Math.max(from, HEADER_BYTES) - HEADER_BYTES;
          let at = Math.floor(begin / WIDTH);
          let skip = begin % WIDTH;
          let left = end - HEADER_BYTES - begin;
          for await (const block of flac.read(at, Math.ceil((end - HEADER_BYTES) / WIDTH))) {
            signal.throwIfAborted();
            silence(block, recordingSample(at), silent);
            at += block[0]?.length ?? 0;
            const part = interleave(block).subarray(skip, skip + left);
            skip = 0;
            left -= part.length;
            yield part;
          }
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
      return wav;
    },
  };
}

/** The role decides, by the track's name: the customer is heard in the first channel, everybody else in the second. */
export const channelOf = (track: string): number => (track === 'customer' ? 0 : 1);

/** Spans found after the seal: what was masked while it was recorded is silence already. */
function silentSpans(spans: readonly RecordingSpan[]): readonly SilentSpan[] {
  const perMs = TELEPHONE_RATE / 1000;
  return spans
    .filter(({ kind }) => kind === 'masked')
    .map(({ track, fromMs, toMs }) => ({
      channel: channelOf(track),
      from: Math.floor(fromMs * perMs),
      to: Math.ceil(toMs * perMs),
    }));
}

function silence(block: readonly Int16Array[], at: RecordingSample, spans: readonly SilentSpan[]): void {
  for (const { channel, from, to } of spans) block[channel]?.fill(0, Math.max(0, from - at), Math.max(0, to - at));
}
