import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { RECOGNIZERS, SYNTHESIZERS } from '../speech/engines/engines.ts';
import type { Logger } from '../lib/logger.ts';
import type { LanguageVoice } from '../speech/speech-service.ts';
import { primaryLanguage } from '../language/primary-language.ts';

/**
 * That callers of a dialplan in this language could be understood and answered: a recognizer that does not know it hears
 * nonsense, and a voice that does not know it is silent.
 *
 * @param file - the dialplan's
 * @throws IvrError DIALPLAN_INVALID with the languages that there are
 */
export function expectLanguage(language: string, { recognizer, synthesizer }: Config['speech'], file: string): void {
  const primary = primaryLanguage(language);
  const understood = RECOGNIZERS[recognizer].languages;
  if (recognizer !== 'none' && !understood.includes(primary))
    throw refused(
      file,
      `expected a language that the recognizer understands (${understood.join(', ')}), found '${language}'; with speech.recognizer: none callers use the keys`,
    );
  const spoken = new Set([...SYNTHESIZERS[synthesizer].languages, ...SYNTHESIZERS['espeak-ng'].languages]);
  if (!spoken.has(primary))
    throw refused(file, `expected a language that a voice speaks (${[...spoken].join(', ')}), found '${language}'`);
}

/** That the voice of a dialplan's language was found at the start, and understood. @throws IvrError DIALPLAN_INVALID */
export function expectIntelligible(language: string, voices: readonly LanguageVoice[], file: string): void {
  const voice = voices.find((one) => one.language === primaryLanguage(language));
  if (voice?.intelligible === true) return;
  throw refused(
    file,
    voice === undefined
      ? `expected a voice for '${language}', found none: install the Debian package espeak-ng`
      : `expected a voice for '${language}' that its recognizer understands, found only that of ${voice.engine}; speech.check_voices: off takes it all the same`,
  );
}

/**
 * The languages of a dialplan that somebody speaks here: its own has to be one of them.
 *
 * @throws IvrError DIALPLAN_INVALID as `expectIntelligible`
 */
export function spokenLanguages(
  { language: own, languages }: { readonly language: string; readonly languages: readonly string[] },
  voices: readonly LanguageVoice[],
  file: string,
  logger: Pick<Logger, 'warn'>,
): readonly string[] {
  return languages.filter((language) => {
    try {
      expectIntelligible(language, voices, file);
      return true;
    } catch (thrown) {
      if (language === own) throw thrown;
      logger.warn(
        { file, language },
        'no voice speaks this language of the dialplan here; callers are served in its others',
      );
      return false;
    }
  });
}

const refused = (file: string, text: string): IvrError =>
  new IvrError('DIALPLAN_INVALID', `${file}: ${text}`, { file });
