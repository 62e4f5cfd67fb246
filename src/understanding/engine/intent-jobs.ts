import type { EncodedSentence, IntentModel } from '../intent-model.ts';

/* What the main thread asks the process of the sentence encoder, and what it answers. */

/** A sentence of a dialplan and what it wants. */
export interface ExampleSentence {
  readonly text: string;
  readonly intent: string;
}

export type IntentRequest =
  | { readonly do: 'encode'; readonly text: string }
  | { readonly do: 'learn'; readonly examples: readonly ExampleSentence[] };

export type IntentAnswer =
  | { readonly did: 'encode'; readonly sentence: EncodedSentence }
  | { readonly did: 'learn'; readonly model: IntentModel };
