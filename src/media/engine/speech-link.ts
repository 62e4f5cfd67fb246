import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../../lib/clock.ts';
import type { FromMedia, ToMedia } from '../../speech/speech-channel.ts';
import { ClipStore } from './clip-store.ts';

const CLIP_BYTES = 48 * 1024 * 1024;

/** A media worker's end of its channel to the speech worker, and the clips that come over it. */
export class SpeechLink {
  readonly clips: ClipStore;
  #port: MessagePort | undefined;
  /** The speech worker was here: should it be gone, another one will come. */
  #known = false;

  constructor() {
    this.clips = new ClipStore({
      capacityBytes: CLIP_BYTES,
      now: () => systemClock.now(),
      ask: (request) => this.send(request, []) || this.#known,
    });
  }

  /** False: there is no channel. */
  readonly send = (message: FromMedia, transfer: readonly ArrayBuffer[]): boolean => {
    this.#port?.postMessage(message, transfer);
    return this.#port !== undefined;
  };

  /** In place of the channel before, if there was one. */
  connect(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    this.#known = true;
    port.on('message', (message: ToMedia) => this.clips.take(message));
    port.on('close', () => {
      if (this.#port === port) this.#port = undefined;
    });
    this.clips.askAgain();
  }

  close(): void {
    this.#port?.close();
  }
}
