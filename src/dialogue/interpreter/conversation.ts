import { BEGUN } from '../begun.ts';
import type { DialogueStart } from '../dialogue.ts';
import { READINGS } from '../dialplan/compile-typed.ts';
import type { Values } from '../dialplan/prompt-template.ts';
import { digitsSaid } from '../nlu/digits-said.ts';

/*
 * What the interpreter remembers of a conversation: plain JSON, no Secret. It stands in frames: a flow that is left for a
 * while (for another flow, or for a question in between) is found again as it was left.
 */

/** Where a frame stands. `passing`: nobody is waited for here, the interpreter goes on when it is told to. */
export interface Place {
  readonly state: string;
  /** Of a form. */
  readonly slot: string | null;
  readonly phase: 'passing' | 'asking' | 'confirming' | 'choosing' | 'waiting' | 'over';
}

/** How a value was heard. */
export interface Unread {
  /** 0…1 */
  readonly confidence: number;
  /** Other readings of what was said. */
  readonly others: readonly string[];
  /** Easily taken for another value. */
  readonly confusable: boolean;
}

export interface Frame {
  readonly flow: string;
  readonly at: Place;
  readonly slots: Readonly<Record<string, string>>;
  /** Slots that came along with something else and were not read back, with how they were heard. */
  readonly unread: Readonly<Record<string, Unread>>;
  /** With the present question. */
  readonly troubles: { readonly noInputs: number; readonly noMatches: number };
  /** Waiting for a yes. */
  readonly pending: {
    readonly option: string | null;
    readonly slots: Readonly<Record<string, string>>;
    /** How sure they were heard, 0…1. */
    readonly confidence: number;
    /** To be served after it. */
    readonly also?: string;
    /** Of a slot: another reading of what was said for it. */
    readonly other?: string;
  } | null;
  /** Words that began an answer of the present question, when its number was not said to the end. */
  readonly begun: readonly string[];
  /** How surely those were heard. */
  readonly begunSurely: number;
  /** Ids of the prompts since the caller last answered: what "repeat" repeats. */
  readonly recent: readonly string[];
}

export interface Conversation {
  /** The last one is where the conversation is; each of the others waits for the one above it. Never empty. */
  readonly frames: readonly Frame[];
  /** BCP 47 */
  readonly language: string;
  /** Languages in which what everybody has to hear was said. */
  readonly noticed: readonly string[];
  /** The dialplan that it was begun with, and is brought to its end with. */
  readonly bundle: string;
  readonly contact: string;
  readonly caller: string;
  readonly called: string;
  readonly divertedFrom: string;
  /** Where the caller is, ISO 8601; '' when nobody said. */
  readonly today: string;
  /** There is somebody to be put through to. */
  readonly person: boolean;
  /** The last thing that was chosen. */
  readonly intent: string | null;
  /** What the caller asked for besides: it is served at the next question that offers it. */
  readonly later: string | null;
  /** Of the whole call: from look-ups. */
  readonly values: Values;
  /** How often another language was spoken in this call. */
  readonly otherLanguages: number;
  /** No-inputs in a row, over questions. */
  readonly silent: number;
  /** Refusals in this call: starting again does not forgive them. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly lookUp: number;
  /** Speech cannot be understood at present. */
  readonly keysOnly: boolean;
  /** The caller knows that; forgotten when speech is understood again. */
  readonly keysOnlySaid: boolean;
  /** The reason that the next transfer gives. */
  readonly because: string | null;
}

export const freshFrame = (flow: string, at: Place): Frame => ({
  flow,
  at,
  slots: {},
  unread: {},
  troubles: { noInputs: 0, noMatches: 0 },
  pending: null,
  begun: [],
  begunSurely: 1,
  recent: [],
});

export const freshConversation = (
  { contact, caller, called = '', divertedFrom = '', today = '', person = true }: DialogueStart,
  first: Frame,
  { language, bundle, keysOnly }: Pick<Conversation, 'language' | 'bundle' | 'keysOnly'>,
): Conversation => ({
  frames: [first],
  language,
  noticed: [language],
  bundle,
  contact,
  caller,
  called,
  divertedFrom,
  today,
  person,
  intent: null,
  later: null,
  values: {},
  otherLanguages: 0,
  silent: 0,
  refusals: {},
  lookUp: 0,
  keysOnly,
  keysOnlySaid: false,
  because: null,
});

/** The frame where the conversation is. */
export function topFrame({ frames }: Conversation): Frame {
  const top = frames.at(-1);
  if (top === undefined) throw new RangeError('a conversation without a frame');
  return top;
}

/** 'identify/account/asking', as in `Plan.asks`. */
export const pathOf = ({ state, slot, phase }: Place): string =>
  slot === null ? `${state}/${phase}` : `${state}/${slot}/${phase}`;

/** What prompts may name. What waits for a yes counts already: it is read back. A question in between sees what it interrupts. */
export function valuesOf(conversation: Conversation): Values {
  const { values, contact, caller, called, divertedFrom, today, language, frames } = conversation;
  const top = topFrame(conversation);
  const seen = frames.slice(frames.findLastIndex(({ flow }) => flow !== DIGRESSION));
  return {
    // older dialplans may have values of these names
    ...(today === '' ? {} : { today }),
    language,
    ...values,
    contact,
    caller,
    called,
    'diverted-from': divertedFrom,
    [BEGUN]: digitsSaid(top.begun),
    ...Object.assign({}, ...seen.map(({ slots }) => slots)),
    ...top.pending?.slots,
    ...readingsIn(top),
  };
}

/** What the question names that asks which reading is meant. */
function readingsIn({ pending }: Frame): Values {
  if (pending?.other === undefined) return {};
  const [first = ''] = Object.values(pending.slots);
  return { [READINGS[0]]: first, [READINGS[1]]: pending.other };
}

/** The flow of questions in between, which belong to no flow of the dialplan. */
export const DIGRESSION = '';
