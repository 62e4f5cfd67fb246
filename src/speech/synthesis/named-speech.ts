import { createHash, randomUUID } from 'node:crypto';
import { TELEPHONE_RATE } from '../../domain/units.ts';
import { spokenText } from '../../language/en/spoken-text.ts';
import { spokenChineseText } from '../../language/zh/spoken-text.ts';
import type { ClipId, SpeechText } from '../speech-service.ts';
import type { SynthesizerName } from '../synthesizer.ts';
import { LONGEST_TEXT, speakableText } from './speakable-text.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { type Voicing, type VoicingDefaults, voicingOf } from './voicing.ts';

/** A text with its name and voice, as the speech worker gets it. */
export interface NamedSpeech {
  readonly clip: ClipId;
  readonly text: string;
  readonly voicing: Voicing;
  readonly kind: 'static' | 'dynamic';
}

/** Raised when the same words would now sound different (levels, trimming, pauses): old files are then not found. */
const FORMAT_VERSION = 2;

/** Versions of the engines, which a clip's name has in it: what another version spoke is not played. */
export type EngineVersions = Readonly<Partial<Record<SynthesizerName, string>>>;

/**
 * Static speech is named after its content, so that the same text is the same clip after every restart; dynamic speech
 * gets a name that says nothing.
 */
export function nameSpeech(speech: SpeechText, defaults: VoicingDefaults, versions: EngineVersions): NamedSpeech {
  const text = inWords(speakableText(speech.text), speech.language);
  const voicing = voicingOf(speech, defaults);
  const clip = speech.kind === 'static' ? contentKey(text, voicing, versions[voicing.engine]) : randomUUID();
  return { clip: clip as ClipId, text, voicing, kind: speech.kind };
}

/** Numbers, dates and symbols spelled out, in the languages whose words we have. What is too long is not worth it: it fails. */
function inWords(text: string, language: string): string {
  if (text.length > LONGEST_TEXT) return text;
  if (primaryLanguage(language) === 'en') return spokenText(text, language);
  return primaryLanguage(language) === 'zh' ? spokenChineseText(text) : text;
}

function contentKey(text: string, { engine, voice, language }: Voicing, version: string | undefined): string {
  const content = JSON.stringify([FORMAT_VERSION, engine, version ?? '', voice ?? '', language, TELEPHONE_RATE, text]);
  return createHash('sha256').update(content).digest('hex');
}
