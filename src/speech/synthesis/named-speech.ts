import { createHash, randomUUID } from 'node:crypto';
import { TELEPHONE_RATE } from '../../domain/units.ts';
import type { ClipId, SpeechText } from '../speech-service.ts';
import { speakableText } from './speakable-text.ts';
import { type Voicing, type VoicingDefaults, voicingOf } from './voicing.ts';

/** A text with its name and voice, as the speech worker gets it. */
export interface NamedSpeech {
  readonly clip: ClipId;
  readonly text: string;
  readonly voicing: Voicing;
  readonly kind: 'static' | 'dynamic';
}

/** Raised when the same text would now sound different (trimming, pauses, engines): old files are then not found. */
const FORMAT_VERSION = 1;

/**
 * Static speech is named after its content, so that the same text is the same clip after every restart; dynamic speech
 * gets a name that says nothing.
 */
export function nameSpeech(speech: SpeechText, defaults: VoicingDefaults): NamedSpeech {
  const text = speakableText(speech.text);
  const voicing = voicingOf(speech, defaults);
  const clip = speech.kind === 'static' ? contentKey(text, voicing) : randomUUID();
  return { clip: clip as ClipId, text, voicing, kind: speech.kind };
}

function contentKey(text: string, { engine, voice, language }: Voicing): string {
  const content = JSON.stringify([FORMAT_VERSION, engine, voice ?? '', language, TELEPHONE_RATE, text]);
  return createHash('sha256').update(content).digest('hex');
}
