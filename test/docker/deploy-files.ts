import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/* The files under docker/ as the tests read them. */

export const ROOT = join(import.meta.dirname, '../..');

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
export const readYaml = (path: string): unknown => parse(readText(path), { merge: true, strict: true });
export const readYamls = (path: string): unknown[] =>
  parseAllDocuments(readText(path), { strict: true }).map((document) => {
    if ('errors' in document && document.errors.length > 0) throw document.errors[0];
    return 'toJS' in document ? (document.toJS() as unknown) : undefined;
  });

/** As Compose does it: `$$`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`. @throws Error that names what is required and missing */
export function interpolate<T>(value: T, environment: Readonly<Record<string, string>>): T {
  if (typeof value === 'string')
    return value.replace(
      /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}|\$(\w+)/g,
      (all: string, name: string | undefined, kind: string | undefined, rest: string | undefined, bare?: string) => {
        if (all === '$$') return '$';
        const given = environment[name ?? bare ?? ''] ?? '';
        if (given !== '') return given;
        if (kind === '?') throw new Error(`${name} is required: ${rest}`);
        return kind === '-' ? (rest ?? '') : '';
      },
    ) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => interpolate(one, environment)) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, interpolate(one, environment)])) as T;
  return value;
}

/** '60s', '1m', '1m30s' → seconds. */
export function inSeconds(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text) throw new Error(`${text} is no duration`);
  return parts.reduce((sum, [, count, unit]) => {
    const each = { ms: 0.001, s: 1, m: 60, h: 3600 }[unit ?? 's'] ?? 1;
    return sum + Number(count) * each;
  }, 0);
}
