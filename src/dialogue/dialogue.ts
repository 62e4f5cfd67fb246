import type { CallFact, EndReason, TransferOutcome } from '../domain/call-event.ts';
import type { GrammarGraph } from '../domain/grammar-graph.ts';
import type { Secret } from '../domain/secret.ts';

/*
 * The dialogue as its callers (a phone call, a chat, the simulator) see it: a pure machine. `step` takes what happened
 * and returns the next state with what to do; it reads no clock and holds no audio.
 */

/** Plain JSON: can be stored, replayed and compared. Holds no Secret. */
export type DialogueState = { readonly dialogue: unique symbol };

export interface DialogueStart {
  readonly contact: string;
  /** What the line knows before a word is said. */
  readonly caller: string;
  /** The number that was dialled. */
  readonly called?: string;
  /** Whose call it was before it was sent on to us: `diverted-from` in prompts, look-ups and contexts; '' when nobody's. */
  readonly divertedFrom?: string;
  /** The day where the line is, ISO 8601: what "tomorrow" follows. */
  readonly today?: string;
  /** False: there is nobody whom callers could be put through to, and nobody is promised one. By default there is. */
  readonly person?: boolean;
}

/** Words as recognised; `free` when they come from no grammar. */
export interface Recognized {
  readonly words: readonly string[];
  readonly confidence: number;
  readonly free: boolean;
  /** They begin a sentence of the grammar and end within its number. */
  readonly unfinished?: true;
}

/** One reading of recognised words. */
export interface Interpretation {
  /** `grammar`: they are a sentence of the open question's grammars; `intent`: a guess at what the caller wants. */
  readonly by: 'grammar' | 'intent';
  /** As the grammar's tags give it; of a guess, `intent` or `command` with the name of an option or a command. */
  readonly meaning: Readonly<Record<string, string>>;
  /** 0…1 */
  readonly confidence: number;
  /** Whether it is sure enough to be taken, by the interpreter's own measure; where absent, by the dialplan's `accept`. */
  readonly sure?: boolean;
  /** Of an option: another one that the caller wants after it. */
  readonly also?: string;
}

/** Words as recognised and what they may mean to the open question, the most likely interpretation first. */
export interface Heard extends Recognized {
  /** The language of the dialplan that it was understood in, where another one is spoken; BCP 47. */
  readonly language?: string;
  readonly interpretations: readonly Interpretation[];
}

/**
 * Heard between this and the dialplan's `reject`: not taken, but asked back where a question can be confirmed. Below it
 * nobody need be told.
 */
export const LEAST_DOUBT = 0.3;

export type LookUpResult =
  | { readonly outcome: 'done'; readonly values: Readonly<Record<string, string | number | boolean>> }
  /** A refusal that the dialplan knows by name: 'wrong-pin', 'locked', 'unknown-account'… */
  | { readonly outcome: 'refused'; readonly because: string }
  | { readonly outcome: 'failed' };

export type DialogueEvent =
  | { readonly type: 'said'; readonly heard: readonly Heard[] }
  /** Collected keys. A Secret when the listening was secret. */
  | { readonly type: 'keyed'; readonly digits: string | Secret }
  | { readonly type: 'no-input' }
  /** Speech that no grammar accepts (rejected, or recognition failed). */
  | { readonly type: 'no-match' }
  /** Speech in another language than the question's; `language` as ISO 639-1, `heard` what was said in it, where anything might be said. */
  | { readonly type: 'other-language'; readonly language: string; readonly heard?: readonly Heard[] }
  /** All that the last `say` queued was heard to its end, and no listening is open. */
  | { readonly type: 'prompts-finished' }
  | { readonly type: 'looked-up'; readonly id: number; readonly result: LookUpResult }
  /** `verify`: the person waits, and the caller has to prove again who they are; the next transfer leads back. */
  | { readonly type: 'transfer-ended'; readonly outcome: TransferOutcome | 'verify' }
  /** What was said could not be understood, for no fault of the caller's: this question is asked again, for keys. */
  | { readonly type: 'keys-only' }
  /** The maximum call duration is near: say so and end. */
  | { readonly type: 'time-up' }
  /** The server is going down: apologise and end. */
  | { readonly type: 'shutdown' };

export interface SpokenPrompt {
  /** 'greeting', 'balance/ask-account#2'… stable names for journal and metrics. */
  readonly id: string;
  /** As it is written. */
  readonly text: string;
  /** What is said instead, where that differs: names that a voice would mispronounce. */
  readonly speech?: string;
  /** Dynamic text carries slot values: it is never kept on disk. */
  readonly kind: 'static' | 'dynamic';
  readonly language: string;
  readonly voice?: string;
  /** The recording notice or the words that an automated assistant speaks, with the version that the journal keeps. */
  readonly notice?: { readonly id: string; readonly version: number };
}

/** What a caller can answer with (VoiceXML's inputmodes, section 6.3.6). */
export type InputModes = 'voice-and-keys' | 'keys';

/** What counts as an answer now. Times in ms; silence is counted from the end of the prompts. */
export interface Listening {
  /** Absent: keys only. `orFree`: what the grammar refuses is also decoded freely. */
  readonly speech?: { readonly grammar: GrammarGraph; readonly orFree: boolean };
  readonly keys?: {
    readonly min: number;
    readonly max: number;
    readonly terminator: '#' | undefined;
    readonly interDigitMs: number;
    /** How long a '#' after an entry of full length is part of it; as long as between two keys where absent. */
    readonly terminatorMs?: number;
    /** PIN and the like: digits are Secrets, the recording is masked meanwhile. */
    readonly secret: boolean;
  };
  readonly noInputMs: number;
  readonly maxSpeechMs: number;
  /**
   * Silence that ends the turn once what was heard is a complete match, when it is one to which more could be said, and
   * otherwise (VoiceXML completetimeout and incompletetimeout; the middle one lies between them).
   */
  readonly completeMs: number;
  readonly extendableMs: number;
  readonly incompleteMs: number;
}

type Reported = Extract<
  CallFact,
  {
    readonly type:
      | 'state-entered'
      | 'intent-matched'
      | 'slot-filled'
      | 'person-requested'
      | 'no-input'
      | 'no-match'
      | 'flow-loop';
  }
>;
/** Facts that the dialogue alone knows; the call adds the turn. */
export type DialogueFact = Reported extends infer F ? (F extends unknown ? Omit<F, 'turn'> : never) : never;

export type DialogueEffect =
  | {
      readonly do: 'say';
      readonly prompts: readonly SpokenPrompt[];
      readonly bargeIn: 'none' | 'keys' | 'speech' | 'both';
    }
  /**
   * Open as soon as barge-in allows, or when the prompts end. Replaces what was listened for. `deaf`: the question takes
   * speech, which cannot be understood at present.
   */
  | { readonly do: 'listen'; readonly listening: Listening; readonly deaf?: true }
  /** `id` comes back in `looked-up`. Fillers are said when it takes longer than each delay (PAINS 25). */
  | {
      readonly do: 'look-up';
      readonly id: number;
      readonly service: string;
      readonly args: Readonly<Record<string, string | Secret>>;
      /** Arguments that no journal keeps: the session that an earlier look-up opened. For the bank alone. */
      readonly confidential?: readonly string[];
      /** What comes of it proves who the caller is. */
      readonly identifies?: true;
      readonly timeoutMs: number;
      readonly fillers: readonly { readonly afterMs: number; readonly prompt: SpokenPrompt }[];
    }
  | {
      readonly do: 'transfer';
      readonly because: string;
      readonly ringMs: number;
      /** Whose agents are asked; absent: those of the default queue, or the person of the configuration. */
      readonly queue?: string;
      /** That the caller speaks, BCP 47, where it is another one than the dialplan's own. */
      readonly language?: string;
      /** The person may send the caller back to prove again who they are. */
      readonly verifies?: true;
      readonly context: Readonly<Record<string, string>>;
    }
  /** When all that was said has been heard. */
  | { readonly do: 'hang-up'; readonly because: EndReason }
  | { readonly do: 'report'; readonly fact: DialogueFact };

export type DialogueStep = readonly [DialogueState, ...DialogueEffect[]];

/** What callers say who want an option or a command, to learn from. */
export interface IntentExamples {
  readonly intent: string;
  readonly of: 'option' | 'command';
  readonly sentences: readonly string[];
}

/** What the bank answers to a question, as the dialplan has it. */
export interface PublishedAnswer {
  /** Of the option: 'opening-hours'. */
  readonly name: string;
  /** The question: 'Do you want to know our opening hours?'. */
  readonly title: string;
  readonly text: string;
  /** Phrases that speak for it; those with a leading - speak against it. */
  readonly keywords: readonly string[];
}

/** Where a conversation stands, for whoever watches or tries it. */
export interface DialoguePlace {
  readonly flow: string;
  /** '' before the first state. */
  readonly state: string;
  /** What is known of the flow's slots; no secret. */
  readonly slots: Readonly<Record<string, string>>;
  /** The caller is asked whether something was meant. */
  readonly confirming: boolean;
  /** That is spoken, BCP 47. */
  readonly language: string;
}

export interface Dialogue {
  readonly name: string;
  readonly version: number;
  /** BCP 47, at first; `place` tells the one that is spoken. */
  readonly language: string;
  /** All that callers may speak, the first one among them. */
  readonly languages: readonly string[];
  /** The same dialogue in its own language and in those of the others that are named. @param languages - BCP 47, as in `languages` */
  speaking(languages: readonly string[]): Dialogue;
  readonly maximumCallMs: number;
  /** To be synthesised before the line opens. */
  readonly staticPrompts: readonly SpokenPrompt[];
  /** Of all questions and commands, by the name of what is wanted. */
  readonly examples: readonly IntentExamples[];
  /** Those whose agents its transfers ask for by name. */
  readonly queues: readonly string[];
  /** Answers that are the same for everybody: for whoever speaks to customers besides the bot. */
  readonly answers: readonly PublishedAnswer[];
  /** The apology in front of what is said again because the line was disturbed. */
  readonly disturbed: SpokenPrompt;
  /** The call goes on without a recording. */
  readonly notRecorded: SpokenPrompt;
  /** The goodbye of a call that can no longer be recorded. */
  readonly recordingLost: SpokenPrompt;
  /** The goodbye of a call whose signalling is gone: short, its media lives for three seconds. */
  readonly lineLost: SpokenPrompt;
  /** @param input - what callers can answer with at present; by default with both. It is decided anew at every step */
  start(start: DialogueStart, input?: InputModes): DialogueStep;
  step(state: DialogueState, event: DialogueEvent, input?: InputModes): DialogueStep;
  /**
   * What recognised words may mean to the question that is open, by its grammars and keywords. This comes before the step:
   * `said` carries it, with whatever other interpreters have added.
   *
   * @param told - the language that the recognizer heard, ISO 639-1, where that is another one than was expected; without it the writing tells
   */
  interpret(state: DialogueState, recognized: readonly Recognized[], told?: string): readonly Heard[];
  /** The options and commands that a caller may want in this state, by name: what interpreters may guess at. */
  intents(state: DialogueState): readonly string[];
  /** Whether these words would be a whole answer in this state: then the turn may end early. */
  completes(state: DialogueState, words: readonly string[]): boolean;
  /** Whether more could be said after these words, courtesies apart, and all of it still be one answer. */
  extendable(state: DialogueState, words: readonly string[]): boolean;
  place(state: DialogueState): DialoguePlace;
  /** The same dialogue for whoever speaks to its caller besides: what it has to say ready made, in one of its languages (BCP 47). */
  inLanguage(language: string): Dialogue;
  /** What keys mean to the question that is open: an option, a command, yes, no or the slot that they fill; undefined: nothing. */
  keyed(state: DialogueState, digits: string | Secret): string | undefined;
  /** Whether the dialogue could use what was heard: it is not a no-match here. */
  means(state: DialogueState, heard: readonly Heard[]): boolean;
}
