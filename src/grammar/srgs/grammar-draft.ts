import type { GrammarProblem, Position } from '../model/grammar-error.ts';
import { grammarErrors } from '../model/grammar-error.ts';
import {
  type Expansion,
  type Mode,
  partsOf,
  type Rule,
  type SrgsGrammar,
  type TagFormat,
} from '../model/srgs-grammar.ts';
import { MOST_PROBLEMS, readKey } from './srgs-values.ts';

/** What a reader has of a grammar while it reads, and all that is wrong with it. */
export class GrammarDraft {
  readonly file: string;
  mode: Mode = 'voice';
  language = '';
  root: { readonly name: string; readonly at: Position } | undefined;
  tagFormat: TagFormat = 'none';
  base: string | undefined;
  readonly lexicons: string[] = [];
  readonly metas: SrgsGrammar['metas'][number][] = [];
  readonly headerTags: SrgsGrammar['headerTags'][number][] = [];
  readonly #rules = new Map<string, Rule>();
  readonly #problems: GrammarProblem[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** The first fifty; the others follow from them more often than not. */
  problem(at: Position, text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ file: this.file, at, text });
  }

  get isFull(): boolean {
    return this.#problems.length >= MOST_PROBLEMS;
  }

  rule(rule: Rule): void {
    if (this.#rules.has(rule.name)) this.problem(rule.at, `expected one rule named ${rule.name}, found a second`);
    else this.#rules.set(rule.name, rule);
  }

  /** A token of the grammar's mode; a key that is none becomes a problem. */
  token(text: string, at: Position): Expansion {
    if (this.mode === 'voice') return { kind: 'token', text };
    const keys = text.split(' ').map((word) => readKey(word));
    if (keys.includes(undefined))
      this.problem(at, `expected a key (0 to 9, *, # or A to D) in a grammar of mode dtmf, found '${text}'`);
    const items = keys.map((key): Expansion => ({ kind: 'token', text: key ?? text }));
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'sequence', items };
  }

  /** @throws IvrError GRAMMAR_INVALID with everything that is wrong */
  finish(): SrgsGrammar {
    const start = { line: 1, column: 1 };
    if (this.mode === 'voice' && this.language === '' && this.#problems.length === 0)
      this.problem(start, 'expected the language of a grammar of mode voice, such as en-US or zh-CN, found none');
    if (this.root !== undefined && !this.#rules.has(this.root.name) && this.#problems.length === 0)
      this.problem(this.root.at, `expected a rule named ${this.root.name}, the root, found none`);
    for (const rule of this.#rules.values()) this.#localReferences(rule.expansion);
    if (this.#problems.length > 0) throw grammarErrors(this.#problems);
    return {
      file: this.file,
      mode: this.mode,
      language: this.language,
      ...(this.root === undefined ? {} : { root: this.root.name }),
      tagFormat: this.tagFormat,
      ...(this.base === undefined ? {} : { base: this.base }),
      lexicons: this.lexicons,
      metas: this.metas,
      headerTags: this.headerTags,
      rules: this.#rules,
    };
  }

  #localReferences(expansion: Expansion): void {
    if (expansion.kind === 'reference') {
      const { uri, rule, at } = expansion;
      if (uri === undefined && rule !== undefined && !this.#rules.has(rule))
        this.problem(at, `expected a rule named ${rule}, found none`);
    }
    for (const part of partsOf(expansion)) this.#localReferences(part);
  }
}

/** One after the other; one alone is itself. */
export function sequenceOf(items: readonly Expansion[]): Expansion {
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: 'sequence', items };
}
