import type { TransferOutcome } from '../../domain/call-event.ts';
import type { Secret } from '../../domain/secret.ts';
import type { LookUpResult } from '../dialogue.ts';
import type { HeardValue } from './readings.ts';

type Slots = Readonly<Record<string, string>>;
type By = 'speech' | 'keys';

/** A dialogue event as the present question understands it. */
export type Understood =
  | {
      readonly type: 'choose' | 'unsure';
      readonly option: string;
      /** That came along with it. */
      readonly slots: Slots;
      readonly by: By;
      /** 0…1, of the whole sentence. */
      readonly confidence: number;
      /** Another option, which is wanted after this one. */
      readonly also?: string;
    }
  /** One of two options. */
  | { readonly type: 'either'; readonly options: readonly [string, string] }
  | {
      readonly type: 'fill';
      readonly slots: Slots;
      readonly by: By;
      readonly secret?: Secret;
      readonly confidence: number;
      readonly name: string;
      /** What was said may be another value; keys mean one thing, but for those behind a number that was begun. */
      readonly heard?: HeardValue;
    }
  /** Several slots of the form, or another one than is asked. */
  | { readonly type: 'several'; readonly slots: Slots; readonly confidence: number }
  | { readonly type: 'correct'; readonly slots: Slots; readonly confidence: number; readonly heard: HeardValue }
  /** Of two readings. */
  | { readonly type: 'pick'; readonly place: number }
  | { readonly type: 'yes' }
  | { readonly type: 'no' }
  | { readonly type: 'command'; readonly command: string }
  | { readonly type: 'aside'; readonly name: string }
  | { readonly type: 'begun'; readonly words: readonly string[]; readonly confidence: number }
  | { readonly type: 'no-match'; readonly invalid: boolean }
  | { readonly type: 'other-language'; readonly language: string }
  /** Another language of the dialplan is asked for. */
  | { readonly type: 'language'; readonly language: string }
  | { readonly type: 'no-input' }
  | { readonly type: 'looked-up'; readonly id: number; readonly result: LookUpResult }
  | { readonly type: 'transfer-ended'; readonly outcome: TransferOutcome | 'verify' }
  | { readonly type: 'prompts-finished' }
  | { readonly type: 'keys-only' }
  | { readonly type: 'time-up' }
  | { readonly type: 'shutdown' };

/** The option, the command, the answer or the slot that is meant; undefined: nothing of them. */
export function nameOf(understood: Understood): string | undefined {
  switch (understood.type) {
    case 'choose':
    case 'unsure':
      return understood.option;
    case 'fill':
    case 'aside':
      return understood.name;
    case 'command':
      return understood.command;
    case 'yes':
    case 'no':
      return understood.type;
    default:
      return undefined;
  }
}
