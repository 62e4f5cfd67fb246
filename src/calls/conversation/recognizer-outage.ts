import { ms } from '../../domain/units.ts';
import type { SpeechService } from '../../speech/speech-service.ts';
import type { Deafness } from './contact-state.ts';

/*
 * What happens when the recognizer dies, rung by rung:
 *
 * 1. Its process is replaced, after a growing delay (speech/processes/engine-process-pool.ts). An utterance that it had is decoded
 *    once more by the next one (speech/recognition/recognition-queue.ts).
 * 2. If that fails too, or the transcript is later than `speech.deadline_ms`, the question is asked again, as after a
 *    no-match; at the second failure in a row for keys alone (calls/turn/turn-speech.ts).
 * 3. While there is no recognizer, or the wait in front of it is too long, every question is asked for keys alone from the
 *    start (`deafnessOf` below): nobody is asked to speak who cannot be understood.
 * 4. A caller who does not answer by keys either goes where the dialplan says: `keys-only.escalate`, as a rule a person.
 *
 * Each rung is journalled (`trouble`, `recognized` as failed, `keys-only`) and counted (`tellerline_keys_only_total`).
 */

/** Beyond this wait in front of the recognizer, callers are asked for keys. */
const LONGEST_QUEUE = ms(1_000);

/** Why nobody should be asked to speak now; undefined: what is said can be understood. */
export function deafnessOf(speech: Pick<SpeechService, 'load'>): Deafness | undefined {
  const { recognizers, expectedWait } = speech.load();
  if (recognizers === 0) return 'no-recognizer';
  return expectedWait > LONGEST_QUEUE ? 'recognition-overloaded' : undefined;
}
