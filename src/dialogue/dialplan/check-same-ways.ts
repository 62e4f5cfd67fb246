import { dialplanError, type DialplanSource, type Path } from './dialplan-source.ts';
import { BY_LANGUAGE } from './in-language.ts';

const SPOKEN: ReadonlySet<string> = new Set([...BY_LANGUAGE, 'language', 'voice', 'lexicon']);
const MOST_TOLD = 20;

/**
 * That a dialplan leads the same ways in all its languages. Callers change theirs in the middle: what the check proves of each language
 * (a verified identity in front of money) would hold for none of those who do.
 *
 * @throws IvrError DIALPLAN_INVALID with where it differs
 */
export function checkSameWays(source: DialplanSource, others: readonly DialplanSource[]): void {
  const paths = others.flatMap(({ plan }) => differences(source.plan, plan, []).slice(0, MOST_TOLD));
  if (paths.length === 0) return;
  const text = 'expected the same in every language: only what is said and heard stands by language';
  throw dialplanError(
    source.file,
    paths.map((path) => ({ at: source.at(path), text })),
  );
}

function differences(one: unknown, other: unknown, path: Path): readonly Path[] {
  if (isMapping(one) && isMapping(other)) {
    // a state, a slot or a command may be called like what is said
    const isSpoken = (key: string): boolean =>
      (path.length === 0 && key === 'languages') || (SPOKEN.has(key) && !isMapping(one[key]) && !isMapping(other[key]));
    const [keys, otherKeys] = [one, other].map((each) => Object.keys(each).filter((key) => !isSpoken(key)));
    const found = [...new Set([...(keys ?? []), ...(otherKeys ?? [])])].flatMap((key) =>
      differences(one[key], other[key], [...path, key]),
    );
    // slots are asked, and values set, in their order
    return found.length === 0 && keys?.join() !== otherKeys?.join() ? [path] : found;
  }
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other ? [] : [path];
  if (path.at(-2) === 'choices') return [];
  return Array.from({ length: Math.max(one.length, other.length) }, (_, n) => n).flatMap((n) =>
    differences(one[n], other[n], [...path, n]),
  );
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
