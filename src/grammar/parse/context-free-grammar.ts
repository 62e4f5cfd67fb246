import type { Position } from '../model/grammar-error.ts';
import type { TagFormat } from '../model/srgs-grammar.ts';

/** A rule that was said, or the part of a built-in grammar that stands for a value. */
export interface SaidRule {
  /** File, or URI of a built-in grammar. */
  readonly file: string;
  readonly name: string;
  readonly tagFormat: TagFormat;
  /** Its name is the built-in grammar's: 'digits'. */
  readonly builtin: boolean;
}

export interface TagOccurrence {
  readonly content: string;
  readonly file: string;
  readonly at: Position;
}

/** `lhs → rhs`; tags stand between the symbols and cost nothing to pass. */
export interface Production {
  readonly id: number;
  readonly lhs: number;
  /** Symbols: nonterminals from 0 up; words as -1 - number, -1 being any word. */
  readonly rhs: readonly number[];
  /** tags[i] stand before rhs[i], the last ones at the end. */
  readonly tags: readonly (readonly number[] | undefined)[];
  /** Negative log-likelihood, at least 0. */
  readonly cost: number;
  /** Of the last symbol: that it may not be empty. A repeat of what may be empty would never end. */
  readonly lastSpeaks: boolean;
  /** Number of its first dotted item among all. */
  readonly item: number;
}

export const ANY_WORD = -1;

export interface ContextFreeGrammar {
  readonly start: number;
  /** Numbers of words, from 1 up. */
  readonly words: ReadonlyMap<string, number>;
  readonly productions: readonly Production[];
  readonly tags: readonly TagOccurrence[];
  /** By nonterminal: the rule that it is; undefined: it stands for a part of one. */
  readonly rules: readonly (SaidRule | undefined)[];
  /** By nonterminal: its productions that begin with a word, by that word, and the others. */
  readonly beginnings: readonly {
    readonly byWord: ReadonlyMap<number, readonly Production[]>;
    readonly others: readonly Production[];
  }[];
  readonly nullable: readonly boolean[];
  /** By nonterminal: numbers of the words that it may begin with; 0 is any. */
  readonly first: readonly ReadonlySet<number>[];
  /** All dotted items. */
  readonly items: number;
  /** Whether $GARBAGE is in it: a recognizer cannot be held to such a grammar. */
  readonly garbage: boolean;
}
