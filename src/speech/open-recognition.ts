import { IvrError } from '../domain/error.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { Logger } from '../lib/logger.ts';
import { NOBODY_LISTENS } from './nobody-listens.ts';
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

export async function openRecognition(options: SpeechWorkerOptions, logger: Logger): Promise<Recognition> {
  if (options.recognizer === 'none') return deaf;
  logger.warn({}, 'not yet');
  return deaf;
}
