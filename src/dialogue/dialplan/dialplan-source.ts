import { Compile } from 'typebox/compile';
import { IvrError } from '../../domain/error.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import type { GrammarProblem, Position } from '../../grammar/model/grammar-error.ts';
import { Dialplan } from './dialplan-schema.ts';
import { inLanguage, languagesIn } from './in-language.ts';
import { flattenFlows, pathInFile, type PlanFile } from './flatten-flows.ts';
import { MAIN } from './flow-names.ts';
import { STATE_SCHEMAS } from './state-schemas.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** Points at the key itself, not at its value. */
  readonly atKey?: boolean;
  readonly text: string;
  /** A key that does not belong there. */
  readonly unknown?: boolean;
}

/** A dialplan that has the right shape, with the states of all flows in one list, and the way back from a path in it to a line of the file. */
export interface DialplanSource {
  readonly file: string;
  readonly plan: PlanFile;
  /** All its languages, BCP 47. */
  readonly languages: readonly string[];
  readonly at: (path: Path, atKey?: boolean) => Position;
  /** Whether what stands there stands there by languages, or need not. */
  isLocal(path: Path): boolean;
  /** Whether the file has that text there; else it is the compiler's own. */
  has(path: Path, text: string): boolean;
}

const shape = Compile(Dialplan);
const stateShapes = new Map(Object.entries(STATE_SCHEMAS).map(([kind, schema]) => [kind, Compile(schema)]));
const STATE_KINDS = Object.keys(STATE_SCHEMAS).join(', ');

/** Of the problems: the first ones say enough. */
const MOST_LINES = 100;

/** All problems at once, each as `file:line:column: what was expected`; the facts are those of the first. */
export function dialplanError(
  file: string,
  problems: readonly { readonly at: Position; readonly text: string }[],
  inGrammars: readonly GrammarProblem[] = [],
): IvrError {
  const sorted = [...problems].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const at = sorted[0]?.at ?? { line: 1, column: 1 };
  const lines = [...sorted.map((problem) => ({ file, ...problem })), ...inGrammars].map(
    (problem) => `${problem.file}:${problem.at.line}:${problem.at.column}: ${problem.text}`,
  );
  const more = lines.length - MOST_LINES;
  const told = more > 0 ? [...lines.slice(0, MOST_LINES), `… and ${more} more`] : lines;
  return new IvrError('DIALPLAN_INVALID', told.join('\n'), {
    file,
    line: at.line,
    column: at.column,
    problems: lines.length,
  });
}

/**
 * Reads a dialplan's YAML and checks its shape.
 *
 * @param language - one of its languages; its own where absent
 * @throws IvrError DIALPLAN_INVALID with every problem's file, line, column and what was expected
 */
export function readDialplan(file: string, text: string, language?: string): DialplanSource {
  const yaml = readYaml(text);
  if ('problems' in yaml) throw dialplanError(file, yaml.problems);
  const languages = languagesIn(yaml.value);
  const spoken = language ?? languages[0] ?? '';
  const { value: local, missing, isLocal } = inLanguage(yaml.value, spoken, languages);
  const value = spoken === languages[0] ? local : spokenIn(local, spoken);
  const at = (path: Path, atKey?: boolean): Position => yaml.at(path, atKey);
  const problems = shapeProblems(value).map(({ path, atKey, text: said, unknown }) => ({
    at: at(path, atKey),
    // `{ say: Hello, friend }`: YAML takes what follows the comma for a key
    text: unknown === true && yaml.inFlow(path) ? `${said} (a text with a comma in { } needs quotes)` : said,
  }));
  for (const path of missing) problems.push({ at: at(path), text: `expected it in ${spoken} as well` });
  if (problems.length > 0 || !shape.Check(value))
    throw dialplanError(
      file,
      problems.length > 0 ? problems : [{ at: { line: 1, column: 1 }, text: 'expected a dialplan' }],
    );
  return {
    file,
    plan: flattenFlows(value),
    languages,
    at: (path, atKey) => at(pathInFile(value, path), atKey),
    isLocal: (path) => languages.length < 2 || isLocal(pathInFile(value, path)),
    has: (path, said) => valueAt(value, pathInFile(value, path)) === said,
  };
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (within, key) => (typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined),
    value,
  );

/** The dialplan as one of another language of its own. */
function spokenIn(value: unknown, language: string): unknown {
  if (!isRecord(value)) return value;
  const { language: main, voice: _, lexicon: __, languages, ...rest } = value;
  const own = isRecord(languages) ? languages[language] : undefined;
  const { voice, lexicon } = isRecord(own) ? own : {};
  return {
    ...rest,
    language,
    ...(voice === undefined ? {} : { voice }),
    ...(lexicon === undefined ? {} : { lexicon }),
    languages: { ...(typeof main === 'string' ? { [main]: {} } : {}), ...(isRecord(languages) ? languages : {}) },
  };
}

/** A union's errors say little: each state is checked against the schema of its own kind instead. */
function shapeProblems(value: unknown): Problem[] {
  if (!isRecord(value)) return [{ path: [], text: 'expected a mapping with dialplan, version, language, states…' }];
  const problems = problemsOf(shape.Errors(value), []).filter(({ path }) => !isWithinState(path));
  const flows = isRecord(value['flows']) ? value['flows'] : {};
  const inFlows = isRecord(flows[MAIN]);
  for (const key of ['start', 'states'])
    if (inFlows && value[key] !== undefined)
      problems.push({ path: [key], atKey: true, text: `expected '${key}' in the flow 'main' or here, found both` });
    else if (!inFlows && value[key] === undefined) problems.push({ path: [], text: `expected a key '${key}' here` });
  problems.push(...stateProblems(value['states'], ['states']));
  for (const [name, flow] of Object.entries(flows))
    if (isRecord(flow)) problems.push(...stateProblems(flow['states'], ['flows', name, 'states']));
  return problems;
}

const isWithinState = (path: Path): boolean =>
  (path[0] === 'states' && path.length >= 2) || (path[0] === 'flows' && path[2] === 'states' && path.length >= 4);

function stateProblems(states: unknown, at: Path): Problem[] {
  const problems: Problem[] = [];
  for (const [name, state] of Object.entries(isRecord(states) ? states : {})) {
    const path = [...at, name];
    const kind = isRecord(state) ? state['kind'] : undefined;
    const shape = typeof kind === 'string' ? stateShapes.get(kind) : undefined;
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      problems.push({ path, atKey: true, text: `expected a name in lower case, found '${name}'` });
    if (shape === undefined)
      problems.push({
        path: [...path, 'kind'],
        text: `expected a state with kind: one of ${STATE_KINDS}${kind === undefined ? '' : `, found ${JSON.stringify(kind)}`}`,
      });
    else problems.push(...problemsOf(shape.Errors(state), path));
  }
  return problems;
}

interface ShapeError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

function problemsOf(errors: Iterable<ShapeError>, base: Path): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const { keyword, instancePath, params, message } of errors) {
    const path = [
      ...base,
      ...instancePath
        .split('/')
        .slice(1)
        .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replace(/~1/g, '/').replace(/~0/g, '~'))),
    ];
    const listed = Object.values(params).find((value): value is string[] => Array.isArray(value));
    if (keyword === 'boolean') continue; // the same fault as additionalProperties
    if (keyword === 'additionalProperties')
      for (const key of listed ?? [])
        problems.push({ path: [...path, key], atKey: true, text: `expected no key '${key}' here`, unknown: true });
    else if (keyword === 'required')
      for (const key of listed ?? []) problems.push({ path, text: `expected a key '${key}' here` });
    else if (!seen.has(instancePath))
      problems.push({
        path,
        text: `expected something else: ${message}${message === 'must be string' ? " (a number needs quotes: '0')" : ''}`,
      });
    seen.add(instancePath);
  }
  return problems;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
