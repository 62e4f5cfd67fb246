import type { EndReason } from '../../domain/call-event.ts';
import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import type { Listening } from '../dialogue.ts';
import type { Network } from '../../grammar/automaton/network.ts';
import type { Expression } from '../expression/expression.ts';
import type { ValueType } from '../values/value-type.ts';
import type { Pattern } from './pattern.ts';
import type { PlanLanguage } from './plan-language.ts';
import type { PromptTemplate } from './prompt-template.ts';

/*
 * The intermediate form: a dialplan with every reference resolved and every default filled in. Checks work on it, and
 * the interpreter steps it.
 */

export interface Plan {
  readonly name: string;
  readonly version: number;
  readonly language: string;
  /** All languages of the dialplan, its own first; the plan is one for each of them. */
  readonly languages: readonly PlanLanguage[];
  readonly voice: string | undefined;
  /** Written words → how they are said, by the pronunciation lexicon. */
  readonly say: (text: string) => string;
  readonly maximumCallMs: number;
  readonly notices: readonly PromptTemplate[];
  readonly start: string;
  readonly accept: number;
  readonly reject: number;
  readonly silentTries: number;
  readonly silent: string;
  readonly timeUp: string;
  readonly shutdown: string;
  readonly keysOnlySay: PromptTemplate;
  readonly keysOnlyEscalate: Go;
  /** Between the questions about two options of which one is meant; in front of what was asked for besides. */
  readonly orSay: PromptTemplate;
  readonly laterSay: PromptTemplate;
  /** In front of what is said again because the line was disturbed. */
  readonly disturbedSay: PromptTemplate;
  /** The dialplan has gone round in circles: an apology, and what is said when nobody can be reached either. */
  readonly flowLoopSay: PromptTemplate;
  readonly goodbyeSay: PromptTemplate;
  /** A command that would have ended the call was not meant. */
  readonly keptSay: PromptTemplate;
  /** That the call goes on without a recording, that it ends for want of one, and that it ends with its line. */
  readonly notRecordedSay: PromptTemplate;
  readonly recordingLostSay: PromptTemplate;
  readonly lineLostSay: PromptTemplate;
  /** Says back the part of a number that was heard, and asks for the rest. */
  readonly begunSay: PromptTemplate;
  readonly otherLanguage: {
    /** By ISO 639-1: where callers are served who speak it. */
    readonly languages: ReadonlyMap<string, Go>;
    /** In front of the question in keys' words; none when nobody wrote it in the dialplan's language. */
    readonly say: readonly PromptTemplate[];
    /** The second time. */
    readonly escalate: Go;
  };
  readonly commands: readonly Command[];
  /** In front of a question that was interrupted by another one. */
  readonly resumeSay: PromptTemplate;
  /** By name; `main` is where a call begins. */
  readonly flows: ReadonlyMap<string, PlanFlow>;
  /** Names of slots that are known in all flows to the end of the call. */
  readonly kept: ReadonlySet<string>;
  readonly states: readonly PlanState[];
  /** By id. */
  readonly prompts: ReadonlyMap<string, PromptTemplate>;
  /** By the path of the place where it is asked, 'main/asking'. */
  readonly asks: ReadonlyMap<string, Ask>;
  /** Those of the states: what a command can interrupt. */
  readonly questions: readonly Ask[];
  /** Names of slots that hold secrets: only their count of digits is kept. */
  readonly secrets: ReadonlySet<string>;
  /** Slots that a meaning may fill on the way. */
  readonly slots: ReadonlySet<string>;
}

export type BargeIn = 'none' | 'keys' | 'speech' | 'both';
export type Risk = 'low' | 'high';

export interface Go {
  readonly to: string;
  readonly say: PromptTemplate | undefined;
  readonly clear: 'all' | readonly string[];
  readonly because: string | undefined;
}

export interface PlanFlow {
  readonly name: string;
  readonly start: string;
  readonly params: readonly string[];
  /** Slots that its caller may save. */
  readonly returns: readonly string[];
}

/** A question in between: it is answered, and then the one that it interrupts is asked again. */
export interface Aside {
  readonly name: string;
  readonly say: PromptTemplate | undefined;
  /** The flow that answers it. */
  readonly flow: string | undefined;
  readonly keywords: readonly string[];
}

export interface Command {
  readonly name: string;
  /** Undefined: it is an aside, or repeats what was said. */
  readonly go: Go | undefined;
  readonly aside: Aside | undefined;
  readonly keys: string | undefined;
  readonly keywords: readonly string[];
  readonly examples: readonly string[];
  readonly risk: Risk;
  /** Asked before it is obeyed: it ends the call, or the dialplan wants it so. */
  readonly confirm: Ask | undefined;
}

export interface Option {
  readonly name: string;
  readonly go: Go;
  readonly keys: string | undefined;
  readonly keywords: readonly string[];
  /** Sentences in which callers want it. */
  readonly examples: readonly string[];
  readonly confirm: PromptTemplate;
  readonly risk: Risk;
}

/** One way of asking: what is said, what is listened for, and how an answer is read. */
export interface Ask {
  /** 'main/asking', as in `Plan.asks`. */
  readonly path: string;
  readonly say: PromptTemplate;
  readonly again: PromptTemplate;
  /** What may be said here. */
  readonly help: PromptTemplate;
  /** When only keys can answer; undefined: keys cannot answer here. */
  readonly keysSay: PromptTemplate | undefined;
  /** 1st, 2nd, 3rd… time; the last one stays. */
  readonly noInput: readonly (readonly PromptTemplate[])[];
  readonly noMatch: readonly (readonly PromptTemplate[])[];
  readonly invalid: PromptTemplate | undefined;
  readonly bargeIn: BargeIn;
  readonly tries: number;
  readonly escalate: Go;
  /** As they are tried: the state's own first, then the commands. */
  readonly networks: readonly Network[];
  readonly graph: GrammarGraph | undefined;
  readonly listening: Listening;
  readonly reads: Reads;
}

export interface Reads {
  readonly options: readonly Option[];
  readonly asides: readonly Aside[];
  readonly free: boolean;
  /** Yes and no, by word or by keys 1 and 2. */
  readonly answers: boolean;
  /** The first or the second of two readings, by word or by keys 1 and 2. */
  readonly picks: boolean;
  readonly risk: Risk;
  readonly slot: SlotReading | undefined;
  readonly collectsDigits: boolean;
  /** Slots of the form that a sentence may give besides the one that is asked. */
  readonly together: ReadonlySet<string>;
}

export interface SlotReading {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
  /** Whatever is said is the value. */
  readonly free: boolean;
  readonly min: number;
  readonly max: number;
  readonly matches: Pattern | undefined;
  /** Undefined: what the grammar says is the value. */
  readonly type: ValueType | undefined;
  /** What is keyed may be the beginning or the end of it: a number, or digits of a fixed length. */
  readonly inPieces: boolean;
}

export interface PlanSlot {
  readonly name: string;
  readonly secret: boolean;
  /** Known in all flows to the end of the call. */
  readonly keep: boolean;
  /** It is asked only when this holds. */
  readonly when: Expression | undefined;
  /** Its value when nobody has said one. */
  readonly default: Expression | undefined;
  readonly ask: Ask;
  readonly confirm: Ask | undefined;
  readonly confirmWhen: 'unsure' | 'always';
  /** Reads it back in figures, where it is easily taken for another value. */
  readonly inFigures: PromptTemplate | undefined;
  /** Which of two readings is meant. */
  readonly which: Ask | undefined;
}

export type PlanState =
  | {
      readonly kind: 'say';
      readonly id: string;
      readonly say: PromptTemplate;
      readonly bargeIn: BargeIn;
      readonly next: Go;
    }
  | {
      readonly kind: 'choice';
      readonly id: string;
      readonly ask: Ask;
      readonly confirm: Ask;
      readonly options: readonly Option[];
    }
  | {
      readonly kind: 'form';
      readonly id: string;
      readonly slots: readonly PlanSlot[];
      readonly unless: { readonly known: string; readonly to: string } | undefined;
      readonly next: Go;
    }
  | {
      readonly kind: 'confirm';
      readonly id: string;
      readonly ask: Ask;
      readonly yes: Go;
      readonly no: Go;
      /** The form of which any slot may be corrected: it is gone through again then. */
      readonly corrects: string | undefined;
    }
  | {
      readonly kind: 'look-up';
      readonly id: string;
      readonly service: string;
      readonly args: Readonly<Record<string, string>>;
      readonly saves: readonly string[];
      readonly keeps: readonly string[];
      /** Whoever comes through is known: the service gives a session. */
      readonly identifies: boolean;
      readonly timeoutMs: number;
      readonly fillers: readonly { readonly afterMs: number; readonly say: PromptTemplate }[];
      readonly done: Go;
      readonly refused: readonly {
        readonly because: string;
        readonly go: Go;
        readonly tries: number | undefined;
        readonly otherwise: Go | undefined;
      }[];
      readonly failed: Go;
    }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly flow: string;
      readonly with: readonly Assignment[];
      /** Name here, name there. */
      readonly saves: readonly (readonly [string, string])[];
      readonly next: Go;
      readonly otherwise: ReadonlyMap<string, Go>;
    }
  | { readonly kind: 'return'; readonly id: string; readonly as: string | undefined }
  | {
      readonly kind: 'branch';
      readonly id: string;
      readonly ways: readonly { readonly when: Expression; readonly go: Go }[];
      readonly otherwise: Go;
    }
  | { readonly kind: 'set'; readonly id: string; readonly values: readonly Assignment[]; readonly next: Go }
  | {
      readonly kind: 'transfer';
      readonly id: string;
      readonly say: PromptTemplate | undefined;
      readonly because: string;
      readonly ringMs: number;
      readonly queue: string | undefined;
      readonly context: readonly string[];
      readonly completed: Go;
      readonly noAnswer: Go;
      readonly busy: Go;
      readonly declined: Go;
      readonly failed: Go;
      /** Where the caller proves again who they are, when the person asks for it; the next transfer leads back to them. */
      readonly verify: Go | undefined;
    }
  | {
      readonly kind: 'end';
      readonly id: string;
      readonly say: PromptTemplate | undefined;
      readonly because: EndReason;
    };

export interface Assignment {
  readonly name: string;
  readonly value: Expression;
}

export type StateOf<K extends PlanState['kind']> = Extract<PlanState, { readonly kind: K }>;
