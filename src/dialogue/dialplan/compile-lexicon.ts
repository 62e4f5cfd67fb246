import { pathOf, textOf } from '../grammar/compile-grammar.ts';
import type { Compiling } from './compiling.ts';
import { dialplanError } from './dialplan-source.ts';
import { LexiconFault, parseLexicon } from './pronunciation-lexicon.ts';

/**
 * The lexicon that the dialplan names, if it names one.
 *
 * @returns written words to spoken ones @throws IvrError DIALPLAN_INVALID for a fault inside the lexicon's file
 */
export function compileLexicon(compiling: Compiling): (text: string) => string {
  const { lexicon: file, language } = compiling.source.plan;
  if (file === undefined) return (text) => text;
  const xml = file.endsWith('.pls') ? textOf(compiling.grammars, file) : undefined;
  if (xml === undefined) {
    compiling.problem(['lexicon'], `expected a .pls file in the folder of the grammars, found '${file}'`);
    return (text) => text;
  }
  try {
    const lexicon = parseLexicon(xml);
    if (primary(lexicon.language) !== primary(language))
      compiling.problem(['lexicon'], `expected a lexicon of ${language}, found one of '${lexicon.language}'`);
    return lexicon.say;
  } catch (thrown) {
    if (thrown instanceof LexiconFault)
      throw dialplanError(pathOf(compiling.grammars, file), [{ at: thrown.at, text: thrown.message }]);
    throw thrown;
  }
}

const primary = (language: string): string => language.split('-', 1)[0]?.toLowerCase() ?? '';
