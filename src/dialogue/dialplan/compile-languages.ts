import { anyOf } from '../../grammar/automaton/network.ts';
import { wordsOf } from '../../grammar/automaton/word-graph.ts';
import { askingFor } from '../../language/language-names.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { phrasesNetwork, type Sayable } from './compile-ask.ts';
import { dialplanError, type DialplanSource } from './dialplan-source.ts';
import type { PlanFile } from './flatten-flows.ts';
import type { Plan } from './plan.ts';
import type { PlanLanguage } from './plan-language.ts';

/** The languages of a dialplan, its own first. */
export const languagesOf = ({ language, languages = {} }: PlanFile): readonly PlanLanguage[] =>
  [...new Set([language, ...Object.keys(languages)])].map((tag) => {
    const { called = [], key } = languages[tag] ?? {};
    return { tag, called, key };
  });

/**
 * How callers ask for another language from any question: in the one that is spoken, which a recognizer can be held to, and in the one
 * that they want, which it hears as another language.
 */
export function languageCommands(file: PlanFile): Sayable | undefined {
  const all = languagesOf(file);
  if (all.length < 2) return undefined;
  const said = (tag: string, spoken: string) => phrasesNetwork(askingFor(spoken, tag), 'language', tag).meaning;
  const here = all.map(({ tag }) => said(tag, file.language));
  const elsewhere = all.flatMap(({ tag }) => (tag === file.language ? [] : [said(tag, tag)]));
  return { meaning: anyOf([...here, ...elsewhere]), words: wordsOf(anyOf(here)) };
}

/** That a dialplan is the same in all its languages, but for what is said. @throws IvrError DIALPLAN_INVALID */
export function checkSame({ file, at }: DialplanSource, [first, ...others]: readonly Plan[]): void {
  if (first === undefined) return;
  for (const other of others) {
    const missing = [...first.asks.keys()].find((path) => !other.asks.has(path));
    const more = [...other.asks.keys()].find((path) => !first.asks.has(path));
    const found = missing ?? more;
    if (found === undefined) continue;
    const state = found.split('/', 1)[0] ?? '';
    throw dialplanError(file, [
      {
        at: at(['states', state], true),
        text: `expected the same questions in every language, found '${found}' in ${missing === undefined ? other.language : first.language} alone`,
      },
    ]);
  }
}

/** Which of the languages somebody speaks; undefined: none of them. @param spoken - BCP 47 or ISO 639-1 */
export const languageAmong = (languages: readonly PlanLanguage[], spoken: string): string | undefined =>
  languages.find(({ tag }) => tag === spoken || primaryLanguage(tag) === primaryLanguage(spoken))?.tag;
