import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { FLITE_VOICES, isFliteVoice } from '../speech/engines/flite/flite-voices.ts';

/** @throws IvrError CONFIG_INVALID when the voice is none that the synthesizer has; those of espeak-ng are the machine's */
export function expectVoice({ voice, synthesizer }: Config['speech']): void {
  if (synthesizer === 'flite' && !isFliteVoice(voice))
    throw new IvrError('CONFIG_INVALID', `speech.voice expects one of ${FLITE_VOICES.join(', ')} where flite speaks`);
}
