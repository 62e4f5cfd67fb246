import type { RecognizerCapabilities } from '../../recognizer.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';

/** Whisper takes whole utterances; our search holds it to a grammar. */
export const WHISPER = {
  languages: ['en', 'zh'],
  rates: [8000],
  streaming: false,
  partials: true,
  hints: 'grammar',
} as const satisfies RecognizerCapabilities & { readonly languages: readonly SpokenLanguage[] };
