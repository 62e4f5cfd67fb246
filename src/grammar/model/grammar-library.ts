import type { Reference, SrgsGrammar } from './srgs-grammar.ts';

/** A grammar that is not in a file: `builtin:digits?length=4`. */
export interface BuiltinGrammar {
  readonly uri: string;
  /** What is said or keyed for it; without tags. */
  readonly grammar: SrgsGrammar;
  /**
   * What words that it accepts can mean, the likeliest first; empty: nothing ("the thirty-first of February").
   *
   * @param words - as they were said, joined by spaces; keys one by one
   */
  readonly meanings: (words: string, facts: SpokenFacts) => readonly MeaningValue[];
}

/** What a value's meaning depends on beside the words. */
export interface SpokenFacts {
  /** ISO 8601 date of the caller's day; without it, "tomorrow" means nothing. */
  readonly today?: string;
}

/** JSON. */
export type MeaningValue =
  | string
  | number
  | boolean
  | null
  | readonly MeaningValue[]
  | { readonly [name: string]: MeaningValue };

export interface RuleAddress {
  /** Of `grammars`, or the URI of a built-in one. */
  readonly file: string;
  readonly rule: string;
}

/** A grammar with all that it refers to. Every reference in it leads somewhere. */
export interface GrammarLibrary {
  readonly start: RuleAddress;
  readonly grammars: ReadonlyMap<string, SrgsGrammar>;
  readonly builtins: ReadonlyMap<string, BuiltinGrammar>;
  /** By file and reference (`uri#rule`), where each reference to another grammar leads. */
  readonly targets: ReadonlyMap<string, RuleAddress>;
}

/** A grammar of the library; by its URI, what is said or keyed for a built-in one. */
export const grammarIn = (
  { grammars, builtins }: Pick<GrammarLibrary, 'grammars' | 'builtins'>,
  file: string,
): SrgsGrammar | undefined => grammars.get(file) ?? builtins.get(file)?.grammar;

/** Where a reference leads. @param place - it stands in this file, in a part that is said in this language */
export const targetIn = (
  { targets }: GrammarLibrary,
  { file, language }: { readonly file: string; readonly language: string },
  { uri, rule }: Reference,
): RuleAddress | undefined =>
  uri === undefined ? { file, rule: rule ?? '' } : targets.get(targetKey(file, language, uri, rule));

export const targetKey = (file: string, language: string, uri: string, rule: string | undefined): string =>
  `${file} ${language} ${uri}#${rule ?? ''}`;
