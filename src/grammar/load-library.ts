import { posix } from 'node:path';
import {
  type BuiltinGrammar,
  grammarIn,
  type GrammarLibrary,
  type RuleAddress,
  targetKey,
} from './model/grammar-library.ts';
import { type GrammarProblem, grammarErrors, grammarProblems, type Position } from './model/grammar-error.ts';
import { type Expansion, partsOf, type Reference, type SrgsGrammar } from './model/srgs-grammar.ts';
import { parseSrgs } from './srgs/parse-srgs.ts';

/** Grammar files by name, '/' between folders. Pure: whoever reads them does it beforehand, or here; nothing is fetched from a network. */
export interface GrammarFiles {
  /** The text of a file, or undefined: there is none. */
  readonly read: (name: string) => string | undefined;
  /** The built-in grammar of a URI in a language (BCP 47), or what was expected. */
  readonly builtin: (uri: string, language: string) => BuiltinGrammar | string;
}

const MOST_FILES = 100;
const MOST_CHARACTERS = 16_000_000;
const MOST_PROBLEMS = 50;

/**
 * Reads a grammar and all grammars that it refers to, in whatever circle.
 *
 * @param uri - `cities.grxml`, `cities.grxml#chinese`, `builtin:date`
 * @param usedAt - where the reference stands, for messages about the reference itself
 * @param language - of a built-in grammar, BCP 47
 * @throws IvrError GRAMMAR_INVALID with everything that is wrong in all files
 */
export function loadLibrary(
  uri: string,
  files: GrammarFiles,
  usedAt: { readonly file: string } & Position = { file: uri, line: 1, column: 1 },
  language = 'en-US',
): GrammarLibrary {
  const loader = new Loader(files);
  const [name = '', rule] = uri.startsWith('builtin:') ? [uri] : uri.split('#');
  const start = loader.target(name, rule, { file: usedAt.file, base: '', at: usedAt, language });
  loader.followAll();
  if (start === undefined || loader.problems.length > 0) throw grammarErrors(loader.problems);
  return { start, grammars: loader.grammars, builtins: loader.builtins, targets: loader.targets };
}

interface From {
  readonly file: string;
  /** What the URI is relative to. */
  readonly base: string;
  readonly at: Position;
  readonly language: string;
}

class Loader {
  readonly grammars = new Map<string, SrgsGrammar>();
  readonly builtins = new Map<string, BuiltinGrammar>();
  readonly targets = new Map<string, RuleAddress>();
  readonly problems: GrammarProblem[] = [];
  readonly #files: GrammarFiles;
  readonly #unreadable = new Set<string>();
  readonly #waiting: SrgsGrammar[] = [];
  #characters = 0;

  constructor(files: GrammarFiles) {
    this.#files = files;
  }

  followAll(): void {
    for (let grammar = this.#waiting.pop(); grammar !== undefined; grammar = this.#waiting.pop())
      for (const { expansion } of grammar.rules.values()) this.#follow(grammar, expansion, grammar.language);
  }

  #follow(grammar: SrgsGrammar, expansion: Expansion, language: string): void {
    if (expansion.kind === 'reference') this.#reference(grammar, expansion, language);
    const within = expansion.kind === 'in-language' ? expansion.language : language;
    for (const part of partsOf(expansion)) this.#follow(grammar, part, within);
  }

  #reference(grammar: SrgsGrammar, { uri, rule, at }: Reference, language: string): void {
    if (uri === undefined) return;
    const key = targetKey(grammar.file, language, uri, rule);
    if (this.targets.has(key)) return;
    const target = this.target(uri, rule, { file: grammar.file, base: grammar.base ?? grammar.file, at, language });
    if (target === undefined) return;
    this.targets.set(key, target);
    const mode = grammarIn(this, target.file)?.mode;
    if (mode !== undefined && mode !== grammar.mode)
      this.#problem(grammar.file, at, `expected a grammar of mode ${grammar.mode}, found ${uri} of mode ${mode}`);
  }

  /** Where a reference leads; undefined when it leads nowhere, which is among the problems then. */
  target(uri: string, rule: string | undefined, { file, base, at, language }: From): RuleAddress | undefined {
    if (uri.startsWith('builtin:')) return this.#builtin(uri, language, file, at);
    const name = this.#resolved(uri, base, file, at);
    const grammar = name === undefined ? undefined : this.#grammar(name, uri, file, at);
    if (grammar === undefined) return undefined;
    if (rule === undefined) {
      if (grammar.root !== undefined) return { file: grammar.file, rule: grammar.root };
      this.#problem(file, at, `expected a root rule in ${uri}, found none; add one, or refer to ${uri}#rule`);
      return undefined;
    }
    const found = grammar.rules.get(rule);
    const local = grammar.file === file;
    if (found !== undefined && (found.scope === 'public' || local)) return { file: grammar.file, rule };
    this.#problem(
      file,
      at,
      found === undefined
        ? `expected a rule named ${rule} in ${uri}, found none`
        : `expected a public rule in ${uri}, found ${rule}, which is private`,
    );
    return undefined;
  }

  #builtin(uri: string, language: string, file: string, at: Position): RuleAddress | undefined {
    const name = `${uri} ${language}`;
    const known = this.builtins.get(name) ?? this.#files.builtin(uri, language);
    if (typeof known === 'string') {
      this.#problem(file, at, `expected ${known}, found '${uri}'`);
      return undefined;
    }
    this.builtins.set(name, known);
    return { file: name, rule: known.grammar.root ?? '' };
  }

  #resolved(uri: string, base: string, file: string, at: Position): string | undefined {
    const absolute = [uri, base].find(
      (one) => /^(?:[a-z][a-z\d+.-]*:|\/)/i.test(one) && !(one === base && base.startsWith('/')),
    );
    if (absolute === undefined) {
      try {
        return posix.normalize(posix.join(base.endsWith('/') ? base : posix.dirname(base), decodeURIComponent(uri)));
      } catch {
        // a '%' that begins no character
      }
    }
    this.#problem(
      file,
      at,
      `expected a file beside this one, such as ./cities.grxml, found '${uri}'${absolute === base ? ` relative to ${base}` : ''}; nothing is fetched from elsewhere`,
    );
    return undefined;
  }

  #grammar(name: string, uri: string, file: string, at: Position): SrgsGrammar | undefined {
    const known = this.grammars.get(name);
    if (known !== undefined || this.#unreadable.has(name)) return known;
    const text = this.#files.read(name);
    this.#characters += text?.length ?? 0;
    const problem =
      text === undefined
        ? `expected a grammar file, found no '${uri}'`
        : this.grammars.size >= MOST_FILES
          ? `expected at most ${MOST_FILES} files that refer to each other, found more`
          : this.#characters > MOST_CHARACTERS
            ? `expected at most ${MOST_CHARACTERS} characters in all files together, found more`
            : undefined;
    if (text === undefined || problem !== undefined) {
      this.#unreadable.add(name);
      this.#problem(file, at, problem ?? '');
      return undefined;
    }
    try {
      const grammar = parseSrgs(name, text);
      this.grammars.set(name, grammar);
      this.#waiting.push(grammar);
      return grammar;
    } catch (thrown) {
      const problems = grammarProblems(thrown);
      if (problems === undefined) throw thrown;
      this.#unreadable.add(name);
      for (const { file: where, at: place, text: what } of problems) this.#problem(where, place, what);
      return undefined;
    }
  }

  #problem(file: string, at: Position, text: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ file, at, text });
  }
}
