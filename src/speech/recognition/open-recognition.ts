import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { openWhisper } from '../engines/whisper/whisper.ts';
import type { RecognizerCapabilities } from '../recognizer.ts';
import type { RecognitionRequest, SpeechLoad, Transcript } from '../speech-service.ts';
import type { SpeechWorkerOptions } from '../worker/speech-worker-protocol.ts';
import { NO_RECOGNITIONS, NOBODY_LISTENS } from './nobody-listens.ts';
import { RecognitionQueue, type RecognitionStatistics } from './recognition-queue.ts';

export interface Recognition extends AsyncDisposable {
  /** Of the recognizer. */
  readonly engine: string;
  /** That it understands, primary subtags of BCP 47. */
  readonly languages: readonly string[];
  /** Queues and decodes. @throws as RecognitionJob.transcript */
  recognize(
    audio: Int16Array,
    request: RecognitionRequest,
    deadline: Milliseconds,
    signal: AbortSignal,
  ): Promise<Transcript>;
  load(): SpeechLoad;
  statistics(): RecognitionStatistics;
}

const deaf: Recognition = {
  engine: 'none',
  languages: [],
  recognize: () => Promise.reject(new IvrError('RECOGNIZER_UNREACHABLE', 'no recognizer is configured')),
  load: () => NOBODY_LISTENS,
  statistics: () => NO_RECOGNITIONS,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** What a recognizer that cannot be held to a grammar is asked: its free text is held against the grammar afterwards. */
function askable(request: RecognitionRequest, { hints }: RecognizerCapabilities): RecognitionRequest {
  if (hints === 'grammar') return request;
  const { grammar: _, ...open } = request;
  return { ...open, orFree: true };
}

/** The recognizer of the configuration behind its queue. @throws IvrError MODEL_MISSING, MODEL_ALTERED, RECOGNIZER_UNREACHABLE */
export async function openRecognition(options: SpeechWorkerOptions, logger: Logger): Promise<Recognition> {
  if (options.recognizer === 'none') return deaf;
  const { recognizers, recognizerThreads, queueLimit } = options;
  const recognizer = await openWhisper({ decoders: recognizers, threads: recognizerThreads }, logger);
  const queue = new RecognitionQueue(recognizer, systemClock, { capacity: queueLimit });
  return {
    engine: recognizer.name,
    languages: recognizer.capabilities.languages,
    recognize(audio, request, deadline, signal) {
      if (request.kind === 'partial' && !recognizer.capabilities.partials)
        return Promise.reject(new IvrError('RECOGNITION_FAILED', 'the recognizer hears whole utterances only'));
      const entered = queue.enter(audio, askable(request, recognizer.capabilities), deadline);
      const cancel = (): void => entered.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      return entered.transcript.finally(() => signal.removeEventListener('abort', cancel));
    },
    load: () => ({
      queued: queue.statistics.queued,
      expectedWait: queue.expectedWait(),
      recognizers: recognizer.concurrency,
    }),
    statistics: () => queue.statistics,
    async [Symbol.asyncDispose]() {
      queue.close();
      await recognizer[Symbol.asyncDispose]();
    },
  };
}
