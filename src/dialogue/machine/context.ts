import type { TransferOutcome } from '../../domain/call-event.ts';
import type { Secret } from '../../domain/secret.ts';
import { BEGUN } from '../begun.ts';
import type { LookUpResult } from '../dialogue.ts';
import type { Values } from '../dialplan/prompt-template.ts';
import { digitsSaid } from '../nlu/digits-said.ts';

/** What the machine remembers: plain JSON, no Secret. */
export interface Context {
  readonly contact: string;
  readonly caller: string;
  readonly called: string;
  readonly divertedFrom: string;
  /** There is somebody to be put through to. */
  readonly person: boolean;
  /** The last thing that was chosen. */
  readonly intent: string | null;
  readonly slots: Readonly<Record<string, string>>;
  /** From look-ups. */
  readonly values: Values;
  /** Waiting for a yes. */
  readonly pending: { readonly option: string | null; readonly slots: Readonly<Record<string, string>> } | null;
  /** The question that a command has interrupted, while the caller is asked whether it was meant. */
  readonly interrupted: {
    readonly path: string;
    readonly pending: Context['pending'];
    readonly noInputs: number;
    readonly noMatches: number;
    readonly recent: readonly string[];
  } | null;
  /** Words that began an answer of the present question, when its number was not said to the end. */
  readonly begun: readonly string[];
  /** Slots that came along with something else and were not read back. */
  readonly unread: readonly string[];
  /** How often another language was spoken in this call. */
  readonly otherLanguages: number;
  /** Troubles with the present question. */
  readonly noInputs: number;
  readonly noMatches: number;
  /** No-inputs in a row, over questions. */
  readonly silent: number;
  /** Refusals in this call: starting again does not forgive them. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly lookUp: number;
  /** Speech cannot be understood at present. */
  readonly keysOnly: boolean;
  /** The caller knows that; forgotten when speech is understood again. */
  readonly keysOnlySaid: boolean;
  readonly because: string | null;
  /** Ids of the prompts since the caller last answered: what "repeat" repeats. */
  readonly recent: readonly string[];
}

/** A dialogue event as the present question understands it. */
export type Understood =
  | {
      readonly type: 'choose' | 'unsure';
      readonly option: string;
      readonly slots: Readonly<Record<string, string>>;
      readonly by: 'speech' | 'keys';
    }
  | {
      readonly type: 'fill' | 'unsure-fill';
      readonly slots: Readonly<Record<string, string>>;
      readonly by: 'speech' | 'keys';
      readonly secret?: Secret;
      readonly name: string;
    }
  | { readonly type: 'correct'; readonly slots: Readonly<Record<string, string>> }
  | { readonly type: 'yes' }
  | { readonly type: 'no' }
  /** `during`: the path of the question that was open. */
  | { readonly type: 'command'; readonly command: string; readonly during: string }
  | { readonly type: 'begun'; readonly words: readonly string[] }
  | { readonly type: 'no-match'; readonly invalid: boolean }
  | { readonly type: 'other-language'; readonly language: string }
  | { readonly type: 'no-input' }
  | { readonly type: 'looked-up'; readonly id: number; readonly result: LookUpResult }
  | { readonly type: 'transfer-ended'; readonly outcome: TransferOutcome }
  | { readonly type: 'prompts-finished' }
  /** Nothing happened: the machine is where nobody waits. */
  | { readonly type: 'go-on' }
  | { readonly type: 'keys-only' }
  | { readonly type: 'time-up' }
  | { readonly type: 'shutdown' };

/** Who called whom. */
export type Parties = Pick<Context, 'caller' | 'called' | 'divertedFrom'>;

export const NOBODY: Parties = { caller: '', called: '', divertedFrom: '' };

export const freshContext = (contact: string, parties: Parties = NOBODY, person = true, keysOnly = false): Context => ({
  contact,
  ...parties,
  person,
  intent: null,
  slots: {},
  values: {},
  pending: null,
  interrupted: null,
  begun: [],
  unread: [],
  otherLanguages: 0,
  noInputs: 0,
  noMatches: 0,
  silent: 0,
  refusals: {},
  lookUp: 0,
  keysOnly,
  keysOnlySaid: false,
  because: null,
  recent: [],
});

/** What prompts may name. What waits for a yes counts already: it is read back. */
export const valuesOf = (context: Context): Values => ({
  ...context.values,
  contact: context.contact,
  caller: context.caller,
  called: context.called,
  'diverted-from': context.divertedFrom,
  [BEGUN]: digitsSaid(context.begun),
  ...context.slots,
  ...context.pending?.slots,
});
