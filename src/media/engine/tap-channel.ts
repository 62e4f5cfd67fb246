import type { MessagePort } from 'node:worker_threads';
import type { RecordingId } from '../../domain/ids.ts';
import type { MonotonicMs } from '../../domain/units.ts';
import { faultOf } from '../../recording/audio-record.ts';
import { TAP_FLUSH_MS } from '../../recording/loss-limits.ts';
import { packChunks } from '../../recording/tap-batch.ts';
import type { FromMediaToRecorder, TapChunk } from '../../recording/tap.ts';

/** Chunks that wait for a recorder that is being replaced: 2 MB; beyond that the oldest are lost, and counted. */
const WAITING_LIMIT = 500;
/** A playout slot may come a little before its time. */
const EARLY_MS = 1;

/** Gathers the chunks of all tracks for 20 ms and transfers them to the recorder in one message and one piece of memory. */
export class TapChannel {
  /** Chunks lost for want of a recorder, or because they were none. */
  dropped = 0;
  #port: MessagePort | undefined;
  #chunks: TapChunk[] = [];
  #flushedAt = Number.NEGATIVE_INFINITY;

  connect(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
  }

  push = (chunk: TapChunk): void => {
    this.#chunks.push(chunk);
    if (this.#port !== undefined || this.#chunks.length <= WAITING_LIMIT) return;
    this.#chunks.shift();
    this.dropped++;
  };

  /** Sends what has been gathered for long enough. */
  tick(now: MonotonicMs): void {
    if (now - this.#flushedAt < TAP_FLUSH_MS - EARLY_MS) return;
    this.#flushedAt = now;
    this.flush();
  }

  flush(): void {
    if (this.#chunks.length === 0 || this.#port === undefined) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    const packed = this.#pack(chunks);
    this.#port.postMessage({ type: 'chunks', packed } satisfies FromMediaToRecorder, [packed.buffer]);
  }

  closeTrack(recording: RecordingId, track: string): void {
    this.flush();
    this.#port?.postMessage({ type: 'track-closed', recording, track } satisfies FromMediaToRecorder);
  }

  close(): void {
    this.flush();
    this.#port?.close();
    this.#port = undefined;
  }

  /** One of which we made nonsense takes no other with it, nor the thread of all calls. */
  #pack(chunks: readonly TapChunk[]): Uint8Array<ArrayBuffer> {
    try {
      return packChunks(chunks);
    } catch {
      const sound = chunks.filter((chunk) => faultOf(chunk) === undefined);
      this.dropped += chunks.length - sound.length;
      return packChunks(sound);
    }
  }
}
