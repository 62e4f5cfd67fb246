import type { Dialogue, DialogueEvent, DialogueState, Heard, IntentExamples, Recognized } from './dialogue.ts';

/*
 * PORT. Understanding is a stage between recognition and the dialogue's step: recognised words get interpretations, and the
 * dialogue decides by those alone.
 */

export interface Understanding {
  /**
   * Adds interpretations to those of the question's grammars and keywords, or puts them in another order.
   *
   * @param asked - what was recognised, as the grammars interpret it
   * @returns at once, or a promise when it takes its time: whoever waits has a deadline, and then goes on with `asked.heard`
   * @throws IvrError UNDERSTANDING_FAILED, or rejects with it
   */
  interpret(asked: UnderstandingRequest, signal: AbortSignal): readonly Heard[] | Promise<readonly Heard[]>;
}

export interface UnderstandingRequest {
  readonly heard: readonly Heard[];
  /** The options and commands that the caller may want now, by name. */
  readonly intents: readonly string[];
  /** What the dialplan gives to learn from. The same list is the same dialplan. */
  readonly examples: readonly IntentExamples[];
  /** Of the dialogue, BCP 47. */
  readonly language: string;
}

/** By the dialplan's grammars and keywords alone. */
export const grammarUnderstanding: Understanding = { interpret: ({ heard }) => heard };

/** A dialogue event whose words have not been interpreted yet. */
export type UninterpretedEvent =
  | Exclude<DialogueEvent, { readonly type: 'said' | 'other-language' }>
  | { readonly type: 'said'; readonly heard: readonly Recognized[] }
  | { readonly type: 'other-language'; readonly language: string; readonly heard?: readonly Recognized[] };

/** The event as a dialogue in that state takes it, understood by its grammars and keywords. */
export const understood = (
  dialogue: Pick<Dialogue, 'interpret'>,
  state: DialogueState,
  event: UninterpretedEvent,
): DialogueEvent => {
  if (event.type === 'said') return { ...event, heard: dialogue.interpret(state, event.heard) };
  if (event.type !== 'other-language') return event;
  return { ...event, heard: dialogue.interpret(state, event.heard ?? [], event.language) };
};
