import type { MessagePort } from 'node:worker_threads';
import type { PromptCache } from '../clips/prompt-cache.ts';
import type { FromMedia, ToMedia } from '../speech-channel.ts';
import type { ClipId } from '../speech-service.ts';
import type { JobMatcher } from './job-matcher.ts';

/** A media worker's channel, seen from the speech worker. */
export interface ServedChannel {
  forget(clip: ClipId): void;
  close(): void;
}

/** Answers one media worker: clips in chunks as they come into being, utterances to their jobs. */
export function serveChannel(
  port: MessagePort,
  cache: PromptCache,
  jobs: JobMatcher,
  onClosed: () => void,
): ServedChannel {
  const reading = new Set<() => void>();

  const fetch = (clip: ClipId): void => {
    let over = false;
    let stop: (() => void) | undefined;
    const finish = (): void => {
      over = true;
      if (stop !== undefined) reading.delete(stop);
    };
    stop = cache.fetch(clip, {
      chunk(offset, samples, last, keep) {
        const sent = samples.slice(); // the cache keeps its own
        const message: ToMedia = { type: 'clip-chunk', clip, offset, samples: sent, last, keep };
        port.postMessage(message, [sent.buffer]);
        if (last) finish();
      },
      failed(code) {
        port.postMessage({ type: 'clip-failed', clip, code } satisfies ToMedia);
        finish();
      },
    });
    if (!over) reading.add(stop);
  };

  port.on('message', (message: FromMedia) => {
    if (message.type === 'fetch-clip') fetch(message.clip);
    else jobs.hear(message.job, message.samples);
  });
  port.on('close', () => {
    for (const stop of reading) stop();
    reading.clear();
    onClosed();
  });
  return {
    forget: (clip) => port.postMessage({ type: 'clip-forgotten', clip } satisfies ToMedia),
    close: () => port.close(),
  };
}
