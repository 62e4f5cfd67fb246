import { IvrError } from '../domain/error.ts';
import { type GrammarFiles, loadLibrary } from './load-library.ts';
import { type GrammarProblem, grammarErrors, type Position } from './model/grammar-error.ts';
import { grammarIn, type GrammarLibrary, type MeaningValue, type SpokenFacts } from './model/grammar-library.ts';
import { type Expansion, type Mode, partsOf } from './model/srgs-grammar.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { saidAs } from '../language/said-as.ts';
import { sentenceAtoms } from './parse/atoms.ts';
import type { Parse, SaidNode } from './parse/best-parses.ts';
import { buildGrammar } from './parse/build-grammar.ts';
import type { ContextFreeGrammar } from './parse/context-free-grammar.ts';
import { parseSentence, textOf } from './parse/parse-sentence.ts';
import { type Interpreted, interpretationProgram } from './sisr/interpretation-program.ts';
import { literalMeaning, needsScripts } from './sisr/literal-meaning.ts';
import type { ScriptEngine } from './sisr/script-engine.ts';

/** What was heard, or one of several things that may have been. */
export interface Hypothesis {
  readonly text: string;
  /** How sure the recognizer is of it, 0 to 1; 1 when it is not said. */
  readonly confidence?: number;
}

/** One thing that a sentence can mean. */
export interface Interpretation {
  readonly meaning: MeaningValue;
  /** The words that were matched. */
  readonly text: string;
  /** Of the hypothesis. */
  readonly confidence: number;
  /** Negative log-likelihood by the grammar's weights, at least 0. */
  readonly cost: number;
}

export interface CompiledGrammar {
  readonly library: GrammarLibrary;
  readonly mode: Mode;
  /** BCP 47. */
  readonly language: string;
  /** The sentences alone: what the parser and the automata are made from. */
  readonly contextFree: ContextFreeGrammar;
  /**
   * All that the hypotheses can mean, the likeliest first, none twice; empty: none is a sentence of the grammar.
   *
   * @throws IvrError GRAMMAR_BUDGET_EXCEEDED, GRAMMAR_SCRIPT_FAILED
   */
  readonly interpret: (heard: string | readonly Hypothesis[], facts?: SpokenFacts) => readonly Interpretation[];
}

export interface GrammarOptions {
  /** Runs scripts; a grammar that has some is refused without it. */
  readonly scripts?: ScriptEngine;
  /** BCP 47, of a built-in grammar that is named directly. */
  readonly language?: string;
  /** Where the grammar is named. */
  readonly usedAt?: { readonly file: string } & Position;
  /** Errors of scripts quote what they said, which may be the caller's words: for whoever tries a grammar, never on a line. */
  readonly quoteScripts?: boolean;
}

const MOST_INTERPRETATIONS = 8;
const MOST_HYPOTHESES = 20;

/**
 * Compiles a grammar with all that it refers to.
 *
 * @throws IvrError GRAMMAR_INVALID with everything that is wrong, scripts included
 */
export function compileGrammar(uri: string, files: GrammarFiles, options: GrammarOptions = {}): CompiledGrammar {
  const library = loadLibrary(uri, files, options.usedAt, options.language);
  checkScripts(library, options.scripts);
  const contextFree = buildGrammar(library);
  const main = grammarIn(library, library.start.file);
  const compiled = { library, contextFree, mode: main?.mode ?? 'voice', language: main?.language ?? '' };
  return { ...compiled, interpret: (heard, facts = {}) => interpretAll(compiled, heard, facts, options) };
}

type Compiled = Omit<CompiledGrammar, 'interpret'>;

function interpretAll(
  grammar: Compiled,
  heard: string | readonly Hypothesis[],
  facts: SpokenFacts,
  options: GrammarOptions,
): readonly Interpretation[] {
  const hypotheses: readonly Hypothesis[] =
    typeof heard === 'string' ? [{ text: heard }] : heard.slice(0, MOST_HYPOTHESES);
  const found = new Map<string, Interpretation>();
  for (const hypothesis of hypotheses)
    for (const interpretation of interpretOne(grammar, hypothesis, facts, options)) {
      const key = JSON.stringify(interpretation.meaning);
      const known = found.get(key);
      if (known === undefined || known.confidence < interpretation.confidence) found.set(key, interpretation);
    }
  return [...found.values()]
    .sort((a, b) => b.confidence - a.confidence || a.cost - b.cost)
    .slice(0, MOST_INTERPRETATIONS);
}

function interpretOne(
  { library, contextFree, mode, language }: Compiled,
  { text, confidence = 1 }: Hypothesis,
  facts: SpokenFacts,
  options: GrammarOptions,
): Interpretation[] {
  const all: Interpretation[] = [];
  for (const { tree, cost, atoms } of parsesOf(contextFree, atomsOf(text, mode, language)))
    for (const values of choices(tree, atoms, library, facts)) {
      const said: Interpreted = {
        library,
        grammar: contextFree,
        atoms,
        score: confidence,
        builtin: (node) => values.get(node) ?? null,
      };
      const meaning = needsScripts(tree) ? runScripts(tree, said, options) : literalMeaning(tree, said);
      all.push({ meaning, text: textOf(atoms, 0, atoms.length), confidence, cost });
      if (all.length >= MOST_INTERPRETATIONS * 2) return all;
    }
  return all;
}

/** The ways in which it may have been said, figures as words; keys one by one. */
export function atomsOf(text: string, mode: Mode, language: string): readonly (readonly string[])[] {
  if (mode === 'dtmf') return [Array.from(text.replaceAll(/\s/g, '').toLowerCase())];
  return saidAs(text, primaryLanguage(language) === 'zh' ? 'zh' : 'en').map(sentenceAtoms);
}

function parsesOf(
  grammar: ContextFreeGrammar,
  ways: readonly (readonly string[])[],
): (Parse & { readonly atoms: readonly string[] })[] {
  return ways.flatMap((atoms) =>
    parseSentence(grammar, atoms, MOST_INTERPRETATIONS).parses.map((parse) => ({ ...parse, atoms })),
  );
}

/** Each built-in value may mean several things: every combination, the first of each first. Empty: one of them means nothing. */
function choices(
  tree: SaidNode,
  atoms: readonly string[],
  library: GrammarLibrary,
  facts: SpokenFacts,
): readonly ReadonlyMap<SaidNode, MeaningValue>[] {
  let all: ReadonlyMap<SaidNode, MeaningValue>[] = [new Map()];
  const visit = (node: SaidNode): void => {
    if (node.rule.builtin) {
      const words = atoms.slice(node.from, node.to).join(' ');
      const meanings = library.builtins.get(node.rule.file)?.meanings(words, facts) ?? [];
      all = all
        .flatMap((chosen) => meanings.map((meaning) => new Map([...chosen, [node, meaning]])))
        .slice(0, MOST_INTERPRETATIONS);
    } else for (const part of node.parts) if (part.kind === 'rule') visit(part.node);
  };
  visit(tree);
  return all;
}

function runScripts(tree: SaidNode, said: Interpreted, { scripts, quoteScripts }: GrammarOptions): MeaningValue {
  const program = interpretationProgram(tree, said);
  const result = scripts?.run(program.text) ?? { value: null };
  if ('value' in result) return result.value;
  const { name, message, line } = result.failure;
  const where = program.lines.findLast(({ from }) => from <= line) ?? program.lines[0];
  const { file = said.library.start.file, at = { line: 1, column: 1 } } = where ?? {};
  throw new IvrError(
    'GRAMMAR_SCRIPT_FAILED',
    `${file}:${at.line}:${at.column}: the script of this tag failed (${name}${quoteScripts === true && message !== '' ? `: ${message}` : ''}); scripts have some 20 ms, 2 MB and ECMAScript's own objects without clock and chance`,
    { file, line: at.line, column: at.column, error: name },
  );
}

/** Every script is looked at before a caller meets it. */
function checkScripts(library: GrammarLibrary, scripts: ScriptEngine | undefined): void {
  const problems: GrammarProblem[] = [];
  const look = (file: string, content: string, at: Position): void => {
    if (scripts === undefined) {
      problems.push({
        file,
        at,
        text: 'expected tags that are strings (tag-format semantics/1.0-literals): scripts are not run here',
      });
      return;
    }
    const fault = scripts.check(content);
    if (fault === undefined) return;
    const place = fault.line === 1 ? at : { line: at.line + fault.line - 1, column: 1 };
    problems.push({ file, at: place, text: `expected ECMAScript in the tag, found: ${fault.message}` });
  };
  for (const { file, tagFormat, headerTags, rules } of library.grammars.values()) {
    if (tagFormat !== 'semantics/1.0') continue;
    for (const { content, at } of headerTags) look(file, content, at);
    const visit = (expansion: Expansion): void => {
      if (expansion.kind === 'tag') look(file, expansion.content, expansion.at);
      for (const part of partsOf(expansion)) visit(part);
    };
    for (const { expansion } of rules.values()) visit(expansion);
  }
  if (problems.length > 0) throw grammarErrors(problems.slice(0, 50));
}
