import type { MeaningValue } from '../model/grammar-library.ts';

/** PORT. Runs the scripts of grammars: strangers to everything but their own text. */
export interface ScriptEngine {
  /** What is wrong with the script's syntax; undefined: nothing. `line` counts from 1 within it. */
  readonly check: (script: string) => { readonly line: number; readonly message: string } | undefined;
  /**
   * Runs a program in a world of its own, which ends with it: nothing is there but ECMAScript's objects, without clock and chance.
   * The same program gives the same result, unless it takes a second.
   *
   * @param program - an expression
   */
  readonly run: (program: string) => ScriptResult;
}

export type ScriptResult =
  | { readonly value: MeaningValue }
  | {
      readonly failure: {
        /** 'TypeError', 'InternalError' (time or memory)… */
        readonly name: string;
        /** It may quote what the caller said: not for logs. */
        readonly message: string;
        /** Of the program, from 1; 0 when it is not known. */
        readonly line: number;
      };
    };
