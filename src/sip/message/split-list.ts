import { trimSpace } from './token.ts';

/**
 * Divides a header's value at its commas, except those within quotes or angle brackets (RFC 3261 section 7.3.1).
 * Empty elements are left out. One pass; never throws.
 */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return value === '' ? [] : [value];
  const parts: string[] = [];
  let quoted = false;
  let bracketed = false;
  let start = 0;
  const take = (end: number): void => {
    const part = trimSpace(value.slice(start, end));
    if (part !== '') parts.push(part);
  };
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '<') bracketed = true;
    else if (char === '>') bracketed = false;
    else if (char === ',' && !bracketed) {
      take(i);
      start = i + 1;
    }
  }
  take(value.length);
  return parts;
}
