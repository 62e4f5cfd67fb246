import type { Position } from './grammar-error.ts';

/*
 * A grammar as W3C SRGS 1.0 (https://www.w3.org/TR/speech-grammar) means it, whichever form it was written in: references are
 * not followed yet, nothing is written out.
 */

export type Mode = 'voice' | 'dtmf';
/** What a tag's content is: a script or a string (SISR 1.0, section 6), or something that is kept as it is. */
export type TagFormat = 'semantics/1.0' | 'semantics/1.0-literals' | 'none';

/** One rule of another grammar, or its root; `builtin:digits?length=4` is a grammar, too. */
export interface Reference {
  readonly kind: 'reference';
  /** Undefined: a rule of the same grammar. */
  readonly uri?: string;
  /** Undefined: the root rule. */
  readonly rule?: string;
  readonly mediaType?: string;
  readonly at: Position;
}

export type Expansion =
  /** One or more words that are one token (`"San Francisco"`), white space normalised; in DTMF mode one key. */
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'tag'; readonly content: string; readonly at: Position }
  /** Of two or more, in temporal order. */
  | { readonly kind: 'sequence'; readonly items: readonly Expansion[] }
  | { readonly kind: 'alternatives'; readonly items: readonly Alternative[] }
  | {
      readonly kind: 'repeat';
      readonly item: Expansion;
      readonly min: number;
      /** Undefined: any number of times. */
      readonly max?: number;
      /** That it is said once more, 0 to 1. */
      readonly probability?: number;
    }
  | { readonly kind: 'special'; readonly name: 'NULL' | 'VOID' | 'GARBAGE' }
  /** BCP 47, where it is not the grammar's. */
  | { readonly kind: 'in-language'; readonly language: string; readonly item: Expansion }
  | Reference;

export interface Alternative {
  readonly item: Expansion;
  /** Likelihood compared with its neighbours; 1 when none is given. */
  readonly weight?: number;
}

/** What it is made of; nothing where it is a leaf. */
export function partsOf(expansion: Expansion): readonly Expansion[] {
  switch (expansion.kind) {
    case 'sequence':
      return expansion.items;
    case 'alternatives':
      return expansion.items.map(({ item }) => item);
    case 'repeat':
    case 'in-language':
      return [expansion.item];
    case 'token':
    case 'tag':
    case 'special':
    case 'reference':
      return [];
  }
}

export interface Rule {
  readonly name: string;
  readonly scope: 'public' | 'private';
  readonly expansion: Expansion;
  readonly at: Position;
}

export interface SrgsGrammar {
  readonly file: string;
  readonly mode: Mode;
  /** BCP 47; empty in DTMF mode where none is declared. */
  readonly language: string;
  readonly root?: string;
  readonly tagFormat: TagFormat;
  /** What relative references are relative to, where it is not the file. */
  readonly base?: string;
  readonly lexicons: readonly string[];
  readonly metas: readonly { readonly name: string; readonly content: string; readonly httpEquivalent: boolean }[];
  /** Global tags of the header, in order (SISR 1.0, section 3.1). */
  readonly headerTags: readonly { readonly content: string; readonly at: Position }[];
  readonly rules: ReadonlyMap<string, Rule>;
}
