import { isFliteVoice } from '../engines/flite/flite-voices.ts';
import type { SpeechText } from '../speech-service.ts';

export type SynthesizerName = 'flite' | 'espeak-ng';

/** Who speaks a text, and how. */
export interface Voicing {
  readonly engine: SynthesizerName;
  /** BCP 47. */
  readonly language: string;
  /** Absent: the engine's own choice for the language. */
  readonly voice: string | undefined;
}

export interface VoicingDefaults {
  readonly synthesizer: SynthesizerName;
  /** The language that `voice` is meant for. */
  readonly language: string;
  readonly voice?: string;
}

/** Flite speaks English; every other language is espeak-ng's. */
export function voicingOf(speech: Pick<SpeechText, 'language' | 'voice'>, defaults: VoicingDefaults): Voicing {
  const english = primary(speech.language) === 'en';
  const engine = defaults.synthesizer === 'flite' && english ? 'flite' : 'espeak-ng';
  const voice =
    speech.voice ?? (primary(speech.language) === primary(defaults.language) ? fit(defaults, engine) : undefined);
  return { engine, language: speech.language, voice };
}

/** The usual voice, when it is one of this engine's. */
const fit = ({ voice }: VoicingDefaults, engine: SynthesizerName): string | undefined =>
  voice !== undefined && isFliteVoice(voice) === (engine === 'flite') ? voice : undefined;

const primary = (language: string): string => language.split('-', 1)[0]?.toLowerCase() ?? '';
