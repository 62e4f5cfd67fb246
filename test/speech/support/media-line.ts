import type { MessagePort } from 'node:worker_threads';
import type { FromMedia, ToMedia } from '../../../src/speech/speech-channel.ts';
import type { ClipId } from '../../../src/speech/speech-service.ts';
import { joined } from './audio.ts';

export interface Fetched {
  readonly chunks: readonly Int16Array[];
  readonly samples: Int16Array;
  readonly keep: boolean;
  readonly failed: string | undefined;
}

/** A media worker's end of a line, as the tests play it. */
export class MediaLine implements Disposable {
  readonly forgotten: ClipId[] = [];
  readonly closed: Promise<void>;
  readonly #port: MessagePort;
  readonly #listeners = new Set<(message: ToMedia) => void>();

  constructor(port: MessagePort) {
    this.#port = port;
    this.closed = new Promise((resolve) => port.once('close', resolve));
    port.on('message', (message: ToMedia) => {
      if (message.type === 'clip-forgotten') this.forgotten.push(message.clip);
      for (const listener of this.#listeners) listener(message);
    });
  }

  ask(message: FromMedia): void {
    this.#port.postMessage(message);
  }

  /** Checks order and offsets on the way. */
  fetch(clip: ClipId, onChunk: (samples: Int16Array) => void = () => undefined): Promise<Fetched> {
    const chunks: Int16Array[] = [];
    let length = 0;
    return new Promise((resolve, reject) => {
      const done = (failed: string | undefined, keep: boolean): void => {
        this.#listeners.delete(listener);
        resolve({ chunks, samples: joined(chunks), keep, failed });
      };
      const listener = (message: ToMedia): void => {
        if (message.clip !== clip) return;
        if (message.type === 'clip-failed') done(message.code, false);
        if (message.type !== 'clip-chunk') return;
        if (message.offset !== length) reject(new Error(`a chunk at ${message.offset}, expected ${length}`));
        length += message.samples.length;
        if (message.samples.length > 0) chunks.push(message.samples);
        onChunk(message.samples);
        if (message.last) done(undefined, message.keep);
      };
      this.#listeners.add(listener);
      this.ask({ type: 'fetch-clip', clip });
    });
  }

  forgot(clip: ClipId): Promise<void> {
    return new Promise((resolve) => {
      const listener = (message: ToMedia): void => {
        if (message.type !== 'clip-forgotten' || message.clip !== clip) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
      if (this.forgotten.includes(clip)) resolve();
    });
  }

  [Symbol.dispose](): void {
    this.#port.close();
  }
}
