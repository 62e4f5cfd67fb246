import type { TagFormat } from '../model/srgs-grammar.ts';

/* What both forms of SRGS write alike: names, weights, repeats, languages. What is wrong is told as what was expected. */

/** Repeats are written out. */
const MOST_REPEATS = 1_000;
/** Of one file; what is longer is data, not a grammar. */
export const MOST_CHARACTERS = 4_000_000;
/** Brackets, items and rules in each other: they are read by recursion. */
export const DEEPEST = 60;
/** Behind one thing, as in `x<1-2><3>`: each lies in the next. */
export const MOST_REPEATS_OF_ONE = 4;
/** Of one file: the first ones say enough. */
export const MOST_PROBLEMS = 50;

/** SRGS 1.0, section 3.1: an XML name without '.', ':' and '-', and none of the special rules. */
const RULE_NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u;
const SPECIAL = new Set(['NULL', 'VOID', 'GARBAGE']);
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const NUMBER = /^(?:\d+\.?\d*|\.\d+)$/;
const KEYS: Readonly<Record<string, string>> = { star: '*', pound: '#' };

export const isRuleName = (name: string): boolean => RULE_NAME.test(name) && !SPECIAL.has(name);
export const specialName = (name: string): 'NULL' | 'VOID' | 'GARBAGE' | undefined =>
  name === 'NULL' || name === 'VOID' || name === 'GARBAGE' ? name : undefined;
export const isLanguage = (tag: string): boolean => LANGUAGE.test(tag);

export const EXPECTED_NAME =
  "a rule name of letters, digits and '_' (no '-', '.' or ':', and not NULL, VOID or GARBAGE)";
export const EXPECTED_WEIGHT = 'a weight above 0 such as 2, .5 or 1.25';
export const EXPECTED_REPEAT = `a repeat n, n-m or n- with n ≤ m ≤ ${MOST_REPEATS}`;
export const EXPECTED_PROBABILITY = 'a probability from 0 to 1 such as 0.6';
export const EXPECTED_LANGUAGE = 'a language by BCP 47 such as en-US or zh-CN';
export const EXPECTED_TAG_FORMAT = 'semantics/1.0 or semantics/1.0-literals';

/** SRGS 1.0, section 2.4.1. */
export function readWeight(text: string): number | undefined {
  const weight = NUMBER.test(text.trim()) ? Number(text) : 0;
  return weight > 0 && Number.isFinite(weight) ? weight : undefined;
}

/** SRGS 1.0, section 2.5. */
export function readProbability(text: string): number | undefined {
  const probability = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  return probability >= 0 && probability <= 1 ? probability : undefined;
}

export interface Repeat {
  readonly min: number;
  readonly max?: number;
}

/** `3`, `0-1`, `2-`. */
export function readRepeat(text: string): Repeat | undefined {
  const [, least, dash, most] = /^\s*(\d{1,6})\s*(?:(-)\s*(?:(\d{1,6})\s*)?)?$/.exec(text) ?? [];
  if (least === undefined) return undefined;
  const min = Number(least);
  if (dash !== undefined && most === undefined) return min <= MOST_REPEATS ? { min } : undefined;
  const max = most === undefined ? min : Number(most);
  return min <= max && max <= MOST_REPEATS ? { min, max } : undefined;
}

/** SISR 1.0, section 6; undefined: another one. */
export function readTagFormat(text: string): TagFormat | undefined {
  const format = text.trim();
  return format === 'semantics/1.0' || format === 'semantics/1.0-literals' ? format : undefined;
}

/** SRGS 1.0, appendix E: 0…9, *, #, A…D; undefined: no key. */
export function readKey(text: string): string | undefined {
  const key = Object.hasOwn(KEYS, text) ? (KEYS[text] ?? text) : text.toUpperCase();
  return /^[0-9*#A-D]$/.test(key) ? key : undefined;
}

/** White space inside of a token is one space (SRGS 1.0, section 2.1). */
export const normalToken = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
