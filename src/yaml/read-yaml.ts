import { Composer, type Document, LineCounter, Parser } from 'yaml';
import { nestedTooDeeply } from './nesting.ts';
import { placesIn } from './places.ts';
import { plainValue } from './plain-value.ts';
import type { YamlFile, YamlPosition, YamlProblem } from './yaml-file.ts';
import { yamlHint } from './yaml-hint.ts';

/** Files that people write are far smaller. */
const MOST_CHARACTERS = 500_000;
/** Collections in each other. */
const DEEPEST = 50;
/** Values, those that aliases repeat counted each time. */
const MOST_VALUES = 100_000;

/**
 * Reads one YAML 1.2 document with bounded work: its length, its nesting and what its aliases expand to are limited. A key
 * that stands twice is a problem.
 *
 * @returns the file, or all that is wrong with it as YAML
 */
export function readYaml(text: string): YamlFile | { readonly problems: readonly YamlProblem[] } {
  const lines = new LineCounter();
  const position = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problem = (offset: number, code: string, said: string, hint?: string): YamlProblem => ({
    at: position(offset),
    code,
    text: hint === undefined ? said : `${said}: ${hint}`,
    hint,
  });

  if (text.length > MOST_CHARACTERS)
    return {
      problems: [problem(0, 'TOO_LONG', `expected at most ${MOST_CHARACTERS} characters, found ${text.length}`)],
    };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  // before they are composed, which is done by recursion
  const deep = nestedTooDeeply(tokens, DEEPEST);
  if (deep !== undefined)
    return {
      problems: [problem(deep, 'TOO_DEEP', `expected at most ${DEEPEST} collections in each other, found more`)],
    };

  const [document, second]: readonly Document.Parsed[] = [
    // its own search for a key that stands twice takes quadratic time; `plainValue` looks them up
    ...new Composer({ uniqueKeys: false, prettyErrors: false }).compose(tokens, true, text.length),
  ];
  if (document === undefined || second !== undefined)
    return { problems: [problem(second?.range[0] ?? 0, 'MULTIPLE_DOCS', 'expected one document, found a second')] };
  if (document.errors.length > 0)
    return {
      problems: document.errors.map(({ code, message, pos }) =>
        problem(pos[0], code, message, yamlHint(code, text, pos[0])),
      ),
    };
  const { value, problems, targets } = plainValue(document.contents, { values: MOST_VALUES, depth: DEEPEST });
  if (problems.length > 0)
    return {
      problems: problems.map(({ offset, code, text: said }) =>
        problem(offset, code, said, yamlHint(code, text, offset)),
      ),
    };
  return { value, ...placesIn(document.contents, targets, position) };
}
