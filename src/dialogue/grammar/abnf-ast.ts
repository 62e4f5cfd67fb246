import type { Tag } from '../../grammar/automaton/network.ts';
import type { Position } from '../../grammar/model/grammar-error.ts';

/*
 * A grammar in SRGS 1.0 ABNF form as read, before references are followed. The subset: no weights, no language
 * attachments, no $GARBAGE or $VOID; tags hold literals (`{intent=balance}`), no script.
 */

export type Expansion =
  /** As the author spelled it. */
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'tag'; readonly tags: readonly Tag[] }
  | { readonly kind: 'sequence'; readonly items: readonly Expansion[] }
  | { readonly kind: 'alternatives'; readonly items: readonly Expansion[] }
  /** `max` undefined: any number of times. */
  | { readonly kind: 'repeat'; readonly item: Expansion; readonly min: number; readonly max: number | undefined }
  | { readonly kind: 'rule'; readonly name: string; readonly at: Position }
  /** `$<file.abnf#rule>` or `$<builtin:digits?length=8>`. */
  | { readonly kind: 'external'; readonly uri: string; readonly at: Position };

export interface Rule {
  readonly name: string;
  readonly public: boolean;
  readonly expansion: Expansion;
  readonly at: Position;
}

export interface AbnfGrammar {
  readonly file: string;
  readonly language: string;
  readonly root: string;
  readonly rules: ReadonlyMap<string, Rule>;
}
