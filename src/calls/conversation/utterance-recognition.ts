import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Endpoint, UtteranceId } from '../../media/media-server.ts';
import type { DecodeKind, RecognitionJob, RecognitionRequest, SpeechService } from '../../speech/speech-service.ts';

import type { UnderstoodTranscript } from '../turn/turn-state.ts';
import type { UnderstandingStage } from './understanding-stage.ts';

export interface UtteranceListener {
  decoded(utterance: UtteranceId, kind: DecodeKind, transcript: UnderstoodTranscript): void;
  failed(utterance: UtteranceId, kind: DecodeKind, code: string): void;
}

export interface UtteranceRecognition {
  decode(utterance: UtteranceId, request: RecognitionRequest): void;
  /** What is being decoded is not wanted any more; nothing of it is told. */
  forget(): void;
}

/** Opens recognition jobs for utterances, has their transcripts understood and reports what came of those that are still wanted. */
export function openUtteranceRecognition(
  endpoint: Endpoint,
  speech: SpeechService,
  deadline: Milliseconds,
  understand: UnderstandingStage,
  listener: UtteranceListener,
  logger: Logger,
): UtteranceRecognition {
  const wanted = new Map<RecognitionJob, AbortController>();

  async function run(utterance: UtteranceId, request: RecognitionRequest): Promise<void> {
    const job = speech.recognize(request, deadline);
    const given = new AbortController();
    wanted.set(job, given);
    endpoint.submit(utterance, job.id);
    try {
      const recognized = await job.transcript;
      if (!wanted.has(job)) return;
      const understood = understand(recognized, request.kind, given.signal);
      // what is understood at once is told at once
      const transcript = understood instanceof Promise ? await understood : understood;
      if (wanted.delete(job)) listener.decoded(utterance, request.kind, transcript);
    } catch (thrown) {
      if (!wanted.delete(job)) return;
      const code = thrown instanceof IvrError ? thrown.code : 'RECOGNITION_FAILED';
      // a decode that runs ahead may come too late on a busy machine: the final one is asked for
      if (request.kind !== 'final' && code !== 'RECOGNITION_FAILED')
        logger.info({ code, kind: request.kind }, 'a speculative decode finished too late');
      else logger.warn({ code, kind: request.kind }, 'an utterance was not recognised', asError(thrown));
      listener.failed(utterance, request.kind, code);
    }
  }

  return {
    decode: (utterance, request) => void run(utterance, request),
    forget() {
      for (const [job, given] of wanted) {
        given.abort();
        job.cancel();
      }
      wanted.clear();
    },
  };
}
