import { Malformed } from './bytes.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** RFC 8785 (JCS). */
export function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** The value of a text that is canonical: its one form, so no member twice and no space. @throws Malformed */
export function parseCanonical(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new Malformed('not JSON');
  }
  if (canonical(value) !== text) throw new Malformed('not in the canonical form of RFC 8785');
  return value;
}

/* Reading what JSON says: each names the member that is not what it should be. */

export function object(value: Json | undefined, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || isList(value)) throw new Malformed(`${what} is not an object`);
  return value;
}

/** An object with these members, and others only of `optional`. */
export function record(
  value: Json | undefined,
  what: string,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  const found = object(value, what);
  for (const key of required) if (!(key in found)) throw new Malformed(`${what} has no "${key}"`);
  for (const key of Object.keys(found))
    if (!required.includes(key) && !optional.includes(key)) throw new Malformed(`${what} has an unknown "${key}"`);
  return found;
}

export function list(value: Json | undefined, what: string): readonly Json[] {
  if (value === undefined || !isList(value)) throw new Malformed(`${what} is not a list`);
  return value;
}

export function string(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw new Malformed(`${what} is not a text`);
  return value;
}

/** Zero or above. */
export function whole(value: Json | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Malformed(`${what} is not a whole number`);
  return value;
}
