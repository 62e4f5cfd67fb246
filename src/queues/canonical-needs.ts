import type { Needs } from './queue-fact.ts';

/** Needs as a text in which what means the same reads the same. */
export function canonicalNeeds({ skills, language, value_class, problem, last_agent }: Needs): string {
  const sorted = Object.entries(skills).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted, language ?? null, value_class ?? null, problem ?? null, last_agent ?? null]);
}
