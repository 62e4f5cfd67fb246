import type { CallFact } from '../../domain/call-event.ts';
import { writtenConfidence } from '../../domain/confidence.ts';
import type { TurnId } from '../../domain/ids.ts';
import type { Transcript } from '../../speech/speech-service.ts';

/** @param transcript - undefined when recognition failed */
export function recognizedFact(turn: TurnId, transcript: Transcript | undefined, speculative: boolean): CallFact {
  const best = transcript?.hypotheses[0];
  return {
    type: 'recognized',
    turn,
    outcome:
      transcript === undefined
        ? 'failed'
        : transcript.outcome === 'match' && best === undefined
          ? 'no-match'
          : transcript.outcome,
    ...(transcript?.language === undefined ? {} : { language: transcript.language }),
    text: best?.words.join(' ') ?? '',
    confidence: writtenConfidence(best?.confidence ?? 0),
    decode_ms: Math.round(transcript?.decode ?? 0),
    queue_ms: Math.round(transcript?.queued ?? 0),
    speculative,
  };
}
