import type { KeyEntry } from './key-entry.ts';
import type { ValueTypeName } from './type-schema.ts';

/** What a value may depend on beside what was said. */
export interface ValueFacts {
  /** BCP 47, that the caller speaks. */
  readonly language: string;
  /** Where the line is, ISO 8601; '' when nobody knows. */
  readonly today: string;
}

/**
 * What the value of a slot is. Values are kept as text in one form for each type: `12.50`, `2026-11-30`, `15:15`, seconds, `yes`. Both
 * functions return every reading, the likeliest first, and none when it is no such value.
 */
export interface ValueType {
  readonly name: ValueTypeName;
  /** @param said - in words, or a value in the form in which it is kept */
  readonly readings: (said: string, facts: ValueFacts) => readonly string[];
  /** @param keys - digits, and * where `entry` has it */
  readonly keyed: (keys: string, facts: ValueFacts) => readonly string[];
  /** Undefined: it cannot be keyed. */
  readonly entry: KeyEntry | undefined;
  /** What may be said, as grammars name it; undefined: its words stand in `choices`, or in a grammar of the dialplan. */
  readonly builtin: string | undefined;
  /** How prompts say it where they do not say how. */
  readonly format: string;
  /** Others that say what it is. */
  readonly formats: readonly string[];
  /** Of an amount, ISO 4217. */
  readonly currency?: string;
  /** Of a choice, by its name: what is said for it, the first of them by us. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** Of what is keyed digit by digit: how many there must be. */
  readonly most?: number;
}
