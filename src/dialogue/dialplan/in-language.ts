import { primaryLanguage } from '../../language/primary-language.ts';

type Path = readonly (string | number)[];

/** A dialplan's text in one of its languages. */
export interface LocalValue {
  readonly value: unknown;
  /** Where a text stands by languages, but not in this one. */
  readonly missing: readonly Path[];
  /** Whether the value at a path was taken from a text by languages. */
  readonly isLocal: (path: Path) => boolean;
}

/** Keys of what is said and heard, and of names of what that stands in: it differs between languages. */
export const BY_LANGUAGE: ReadonlySet<string> = new Set(
  'say text again help keys-say no-input no-match invalid matches confirm because label phrases keywords examples grammar value or later resume disturbed not-recorded recording-lost line-lost flow-loop goodbye'.split(
    ' ',
  ),
);

/** Mappings by language that are not texts. */
const NOT_TEXTS: ReadonlySet<string> = new Set(['languages', 'other-language/languages']);

/**
 * Of every mapping whose keys are languages of the dialplan, what stands there for one of them: `{ en-US: Hello., zh-CN: 您好。 }`.
 *
 * @param languages - of the dialplan, BCP 47; a key may be the language alone (`zh`)
 */
export function inLanguage(file: unknown, language: string, languages: readonly string[]): LocalValue {
  const missing: Path[] = [];
  const local = new Set<string>();
  const known = new Set(languages.flatMap((tag) => [tag, primaryLanguage(tag)]));
  const resolved = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item: unknown, n) => resolved(item, [...path, n]));
    if (!isRecord(value)) return value;
    const keys = Object.keys(value);
    const byLanguage = keys.length > 0 && keys.every((key) => known.has(key)) && !NOT_TEXTS.has(path.join('/'));
    if (!byLanguage) return Object.fromEntries(keys.map((key) => [key, resolved(value[key], [...path, key])]));
    local.add(path.join('/'));
    const own = value[language] ?? value[primaryLanguage(language)];
    if (own === undefined) missing.push(path);
    return own ?? value[keys[0] ?? ''];
  };
  const value = languages.length < 2 ? file : resolved(file, []);
  return {
    value,
    missing,
    isLocal: (path) => path.some((_, n) => local.has(path.slice(0, n + 1).join('/'))),
  };
}

/** The languages of a dialplan, its own first. */
export function languagesIn(file: unknown): readonly string[] {
  if (!isRecord(file) || typeof file['language'] !== 'string') return [];
  const { language, languages } = file;
  return [...new Set([language, ...(isRecord(languages) ? Object.keys(languages) : [])])];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
