import { ms } from '../../domain/units.ts';
import type { SpeechService } from '../../speech/speech-service.ts';
import type { Deafness } from './contact-state.ts';

/** Beyond this wait in front of the recognizer, callers are asked for keys. */
const LONGEST_QUEUE = ms(1_000);

/** Why nobody should be asked to speak now; undefined: what is said can be understood. */
export function deafnessOf(speech: Pick<SpeechService, 'load'>): Deafness | undefined {
  const { recognizers, expectedWait } = speech.load();
  if (recognizers === 0) return 'no-recognizer';
  return expectedWait > LONGEST_QUEUE ? 'recognition-overloaded' : undefined;
}
