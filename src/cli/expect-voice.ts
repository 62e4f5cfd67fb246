import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { SYNTHESIZERS } from '../speech/engines/engines.ts';

/** @throws IvrError CONFIG_INVALID when the voice is none that the synthesizer has; those of an installed program are the machine's */
export function expectVoice({ voice, synthesizer }: Config['speech']): void {
  const { voices } = SYNTHESIZERS[synthesizer];
  if (voices !== 'machine' && !voices.includes(voice))
    throw new IvrError('CONFIG_INVALID', `speech.voice expects one of ${voices.join(', ')}`);
}
