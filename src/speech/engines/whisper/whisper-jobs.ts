import type { GrammarGraph } from '../../../domain/grammar-graph.ts';
import type { DecodeKind } from '../../speech-service.ts';
import type { Understood } from './understand.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';

/* What the speech worker asks a recognizer process, and what it answers. */

export interface DecodeRequest {
  /** 8 kHz mono 16-bit. */
  readonly audio: Int16Array;
  readonly language: SpokenLanguage;
  readonly kind: DecodeKind;
  /** After a rejected constrained decode the free one counts. */
  readonly orFree: boolean;
  /** Of the grammar. The process keeps those that it has compiled; `grammar` goes along when it may not know the key. */
  readonly key?: string;
  readonly grammar?: GrammarGraph;
}

/** `unknown-grammar`: to be asked again, with the grammar. */
export type DecodeAnswer =
  | { readonly type: 'decoded'; readonly understood: Understood; readonly decode_ms: number }
  | { readonly type: 'unknown-grammar' };
