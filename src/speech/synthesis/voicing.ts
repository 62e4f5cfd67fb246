import { currentVoice, isNeuralVoice } from '../engines/neural-voice/voices.ts';
import type { SpeechText } from '../speech-service.ts';

export type SynthesizerName = 'neural-voice' | 'espeak-ng';

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

/** The neural voice speaks English; every other language is espeak-ng's. */
export function voicingOf(speech: Pick<SpeechText, 'language' | 'voice'>, defaults: VoicingDefaults): Voicing {
  const english = primaryLanguage(speech.language) === 'en';
  const engine = defaults.synthesizer === 'neural-voice' && english ? 'neural-voice' : 'espeak-ng';
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

/** 'en' of 'en-US'. */
export const primaryLanguage = (language: string): string => language.split('-', 1)[0]?.toLowerCase() ?? '';
