import type { GrammarGraph } from '../../../domain/grammar-graph.ts';
import type { DecodeKind } from '../../speech-service.ts';
import type { Understood } from './understand.ts';
import type { SpokenLanguage } from './vocabulary.ts';

/* Heads of the frames between the speech worker and the recognizer process. */

export type ToProcess =
  /** The body is the audio, 8 kHz 16-bit little-endian. `grammar` goes along when the process may not know `key`. */
  | {
      readonly type: 'decode';
      readonly job: number;
      readonly language: SpokenLanguage;
      readonly kind: DecodeKind;
      readonly key?: string;
      readonly grammar?: GrammarGraph;
      readonly orFree: boolean;
    }
  | { readonly type: 'cancel'; readonly job: number }
  | { readonly type: 'close' };

export type FromProcess =
  | { readonly type: 'ready' }
  | { readonly type: 'failed-to-start'; readonly code: string; readonly message: string }
  | { readonly type: 'decoded'; readonly job: number; readonly understood: Understood; readonly decode_ms: number }
  | { readonly type: 'unknown-grammar'; readonly job: number }
  | { readonly type: 'cancelled'; readonly job: number }
  | { readonly type: 'failed'; readonly job: number; readonly message: string };
