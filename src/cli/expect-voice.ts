import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { isNeuralVoice, NEURAL_VOICES } from '../speech/engines/neural-voice/voices.ts';

/** @throws IvrError CONFIG_INVALID when the voice is none that the synthesizer has; those of espeak-ng are the machine's */
export function expectVoice({ voice, synthesizer }: Config['speech']): void {
  if (synthesizer === 'neural-voice' && !isNeuralVoice(voice))
    throw new IvrError('CONFIG_INVALID', `speech.voice expects one of ${NEURAL_VOICES.join(', ')}`);
}
