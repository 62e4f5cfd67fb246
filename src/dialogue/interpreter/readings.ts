import { heardLanguage } from '../../language/heard-language.ts';
import type { Plan, SlotReading } from '../dialplan/plan.ts';
import type { ValueFacts } from '../values/value-type.ts';

/* What words or keys mean as the value of a slot: its type, and then its pattern. */

/** A value that was heard, and what it may be instead. */
export interface HeardValue {
  readonly value: string;
  /** Other readings of the same words. */
  readonly others: readonly string[];
  /** Easily taken for another value on a telephone: fifteen and fifty. */
  readonly confusable: boolean;
}

export const factsOf = ({ language }: Plan, today: string): ValueFacts => ({ language, today });

/** @returns undefined when it is no value of the slot */
export function heardAs(
  { type, matches }: Pick<SlotReading, 'type' | 'matches'>,
  said: string,
  facts: ValueFacts,
): HeardValue | undefined {
  const words = said.trim();
  const fits = (value: string): boolean => matches?.matches(value) ?? true;
  const [value, ...others] = type === undefined ? [words].filter(fits) : type.readings(words, facts).filter(fits);
  if (value === undefined) return undefined;
  const confusable = type !== undefined && value !== words && heardLanguage(facts.language)?.values.confusable(words);
  return { value, others, confusable: confusable === true };
}

/** @returns undefined when the keys are no value of the slot */
export function keyedAs(reading: SlotReading, keys: string, facts: ValueFacts): string | undefined {
  const { type, matches, min, max } = reading;
  const values =
    type === undefined
      ? /^\d+$/.test(keys) && keys.length >= min && keys.length <= max
        ? [keys]
        : []
      : type.keyed(keys, facts);
  return values.find((value) => matches?.matches(value) ?? true);
}
