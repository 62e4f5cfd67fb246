import { primaryLanguage } from '../../language/primary-language.ts';
import { SYNTHESIZERS } from '../engines/engines.ts';
import { currentVoice, isNeuralVoice } from '../engines/neural-voice/voices.ts';
import type { SpeechText } from '../speech-service.ts';
import type { SynthesizerName } from '../synthesizer.ts';

/** The voice of a text, and its manner. */
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
  /** Primary subtags of the languages whose prompts were recorded ahead. */
  readonly recorded?: readonly string[];
}

/** A language that the usual synthesizer does not speak is that of the recordings, where there are any, else espeak-ng's. */
export function voicingOf(speech: Pick<SpeechText, 'language' | 'voice'>, defaults: VoicingDefaults): Voicing {
  const { languages } = SYNTHESIZERS[defaults.synthesizer];
  const language = primaryLanguage(speech.language);
  const isRecorded =
    defaults.recorded?.includes(language) === true &&
    (speech.voice === undefined || SYNTHESIZERS.recordings.voices.includes(speech.voice));
  const engine = languages.includes(language) ? defaults.synthesizer : isRecorded ? 'recordings' : 'espeak-ng';
  const usual = primaryLanguage(speech.language) === primaryLanguage(defaults.language) ? defaults.voice : undefined;
  const voice = speech.voice === undefined ? fit(usual, engine) : currentVoice(speech.voice);
  return { engine, language: speech.language, voice };
}

/** The usual voice, when it is one of this engine's. */
function fit(usual: string | undefined, engine: SynthesizerName): string | undefined {
  if (usual === undefined) return undefined;
  const voice = currentVoice(usual);
  return isNeuralVoice(voice) === (engine === 'neural-voice') ? voice : undefined;
}
