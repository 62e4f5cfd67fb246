import type { MessagePort } from 'node:worker_threads';
import type { RecordingId } from '../../domain/ids.ts';
import type { FromMediaToRecorder, TapChunk } from '../../recording/tap.ts';

/** Chunks that wait for a recorder that is being replaced: 2 MB; beyond that the oldest are lost, and counted. */
const WAITING_LIMIT = 500;

/** Gathers the chunks of all tracks over one playout tick and transfers them to the recorder in one message. */
export class TapChannel {
  /** Chunks lost for want of a recorder. */
  dropped = 0;
  #port: MessagePort | undefined;
  #chunks: TapChunk[] = [];

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

  flush(): void {
    if (this.#chunks.length === 0 || this.#port === undefined) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#port.postMessage(
      { type: 'chunks', chunks } satisfies FromMediaToRecorder,
      chunks.map(({ payload }) => payload.buffer as ArrayBuffer),
    );
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
}
