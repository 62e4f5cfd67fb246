import { IvrError } from '../domain/error.ts';
import { durationOf, type Milliseconds, ms, TELEPHONE_RATE } from '../domain/units.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { openMoonshine } from './engines/moonshine/moonshine.ts';
import { NOBODY_LISTENS } from './nobody-listens.ts';
import { Slots } from './slots.ts';
import type { RecognitionRequest, SpeechLoad, Transcript } from './speech-service.ts';
import type { SpeechWorkerOptions } from './speech-worker-protocol.ts';

export interface Recognition extends AsyncDisposable {
  /** Queues and decodes. @throws as RecognitionJob.transcript */
  recognize(
    audio: Int16Array,
    request: RecognitionRequest,
    deadline: Milliseconds,
    signal: AbortSignal,
  ): Promise<Transcript>;
  load(): SpeechLoad;
}

const deaf: Recognition = {
  recognize: () => Promise.reject(new IvrError('RECOGNIZER_UNREACHABLE', 'no recognizer is configured')),
  load: () => NOBODY_LISTENS,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** The recognizer of the configuration behind its queue. @throws IvrError MODEL_MISSING, RECOGNIZER_UNREACHABLE */
export async function openRecognition(options: SpeechWorkerOptions, logger: Logger): Promise<Recognition> {
  if (options.recognizer === 'none') return deaf;
  const { recognizers, recognizerThreads, queueLimit } = options;
  const recognizer = await openMoonshine({ processes: recognizers, threads: recognizerThreads }, logger);
  const slots = new Slots(recognizer.concurrency);
  let waiting = 0;
  let typical = 350;
  return {
    async recognize(audio, request, _deadline, signal) {
      if (waiting >= queueLimit)
        throw new IvrError('RECOGNIZER_BUSY', 'the recognition queue is full', { limit: queueLimit });
      const began = systemClock.now();
      waiting++;
      const leave = await slots.enter(signal).finally(() => waiting--);
      try {
        const queued = ms(systemClock.now() - began);
        const decoded = await recognizer.decode(audio, request, signal);
        typical += (decoded.decode - typical) / 8;
        return { ...decoded, queued, audio: durationOf(audio.length, TELEPHONE_RATE) };
      } finally {
        leave();
      }
    },
    load: () => ({
      queued: waiting,
      expectedWait: ms((waiting * typical) / recognizer.concurrency),
      recognizers: recognizer.concurrency,
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(recognizer[Symbol.asyncDispose]()),
  };
}
