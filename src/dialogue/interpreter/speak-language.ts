import { primaryLanguage } from '../../language/primary-language.ts';
import type { DialogueEvent, Heard } from '../dialogue.ts';
import { languageAmong } from '../dialplan/compile-languages.ts';
import type { Plan } from '../dialplan/plan.ts';
import { type Draft, remember } from './draft.ts';
import { sayOnce } from './speaking.ts';

/* The language of the caller: by the number called, by what they speak, by a word or a key; it changes at any time. */

/**
 * Goes on in another language of the dialplan. What everybody has to hear is said in it once.
 *
 * @param spoken - BCP 47, or ISO 639-1
 * @returns whether it is another one
 */
export function speak(draft: Draft, spoken: string): boolean {
  const language = languageAmong(draft.program.plan.languages, spoken);
  const program = language === undefined ? undefined : draft.programs.get(language);
  if (program === undefined || language === undefined || language === draft.now.language) return false;
  draft.program = program;
  const { noticed } = draft.now;
  remember(draft, { language, noticed: [...new Set([...noticed, language])] });
  if (!noticed.includes(language)) sayOnce(draft, 'none', program.plan.notices);
  return true;
}

const HAN = /\p{Script=Han}/u;

/**
 * The language of a dialplan that words are written in, where it is not the one that is spoken: recognizers that cannot be held to
 * a language, and whoever types, change it without a word about it.
 */
export function writtenIn({ language, languages }: Plan, heard: readonly Heard[]): string | undefined {
  const [best] = heard;
  if (best === undefined || languages.length < 2) return undefined;
  // letters are spelled in Chinese, too: an answer is no other language
  if (best.interpretations.some(({ by }) => by === 'grammar')) return undefined;
  const text = best.words.join(' ');
  const written = HAN.test(text)
    ? 'zh'
    : best.words.length > 1 && /^[\p{Script=Latin}\s'’.,?!-]+$/u.test(text)
      ? 'en'
      : undefined;
  return written === undefined || written === primaryLanguage(language) ? undefined : languageAmong(languages, written);
}

/** The language of the dialplan in which an event was understood, where it is another one than is spoken. */
export const languageHeard = (event: DialogueEvent): string | undefined =>
  'heard' in event ? event.heard?.find(({ language }) => language !== undefined)?.language : undefined;

/** Words of another language that the dialplan has are said, as all words are. */
export const saidIn = (event: DialogueEvent): DialogueEvent =>
  event.type === 'other-language' && event.heard !== undefined && languageHeard(event) !== undefined
    ? { type: 'said', heard: event.heard }
    : event;

/** For the number that was called. @param called - as it was dialled */
export function languageOfNumber({ languages, language }: Plan, called: string): string {
  const digits = called.replaceAll(/\D/g, '');
  return (
    languages.find((one) => one.called.some((number) => number === called || number.replaceAll(/\D/g, '') === digits))
      ?.tag ?? language
  );
}
