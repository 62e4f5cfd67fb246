import { Compile } from 'typebox/compile';
import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { IvrError } from '../../domain/error.ts';
import type { Position } from '../grammar/abnf-ast.ts';
import { Dialplan, type DialplanFile, STATE_SCHEMAS } from './dialplan-schema.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** Points at the key itself, not at its value. */
  readonly atKey?: boolean;
  readonly text: string;
}

/** A dialplan that has the right shape, and the way back from a path in it to a line of the file. */
export interface DialplanSource {
  readonly file: string;
  readonly plan: DialplanFile;
  at(path: Path, atKey?: boolean): Position;
}

const shape = Compile(Dialplan);
const stateShapes = new Map(Object.entries(STATE_SCHEMAS).map(([kind, schema]) => [kind, Compile(schema)]));
const STATE_KINDS = Object.keys(STATE_SCHEMAS).join(', ');

/** All problems at once, each as `file:line:column: what was expected`; the facts are those of the first. */
export function dialplanError(
  file: string,
  problems: readonly { readonly at: Position; readonly text: string }[],
): IvrError {
  const sorted = [...problems].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const at = sorted[0]?.at ?? { line: 1, column: 1 };
  const lines = sorted.map(({ at, text }) => `${file}:${at.line}:${at.column}: ${text}`);
  return new IvrError('DIALPLAN_INVALID', lines.join('\n'), {
    file,
    line: at.line,
    column: at.column,
    problems: lines.length,
  });
}

/**
 * Reads a dialplan's YAML and checks its shape.
 *
 * @throws IvrError DIALPLAN_INVALID with every problem's file, line, column and what was expected
 */
export function readDialplan(file: string, text: string): DialplanSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0)
    throw dialplanError(
      file,
      document.errors.map((error) => ({ at: position(error.pos[0]), text: error.message })),
    );

  const at = (path: Path, atKey = false): Position => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((pair) => isScalar(pair.key) && pair.key.value === step);
        if (pair === undefined) break;
        const wanted = atKey && depth === path.length - 1 ? pair.key : (pair.value ?? pair.key);
        offset = startOf(wanted) ?? startOf(pair.key) ?? offset;
        node = pair.value;
      } else {
        node = document.getIn(path.slice(0, depth + 1), true);
        offset = startOf(node) ?? offset;
      }
    }
    return position(offset);
  };

  const value: unknown = document.toJS();
  const problems = shapeProblems(value).map((problem) => ({ at: at(problem.path, problem.atKey), text: problem.text }));
  if (problems.length > 0 || !shape.Check(value))
    throw dialplanError(
      file,
      problems.length > 0 ? problems : [{ at: { line: 1, column: 1 }, text: 'expected a dialplan' }],
    );
  return { file, plan: value, at };
}

const startOf = (node: unknown): number | undefined =>
  typeof node === 'object' && node !== null && 'range' in node
    ? ((node satisfies object as Node).range?.[0] ?? undefined)
    : undefined;

/** A union's errors say little: each state is checked against the schema of its own kind instead. */
function shapeProblems(value: unknown): Problem[] {
  if (!isRecord(value)) return [{ path: [], text: 'expected a mapping with dialplan, version, language, states…' }];
  const problems = problemsOf(shape.Errors(value), []).filter(({ path }) => path[0] !== 'states' || path.length < 2);
  for (const [name, state] of Object.entries(isRecord(value['states']) ? value['states'] : {})) {
    const path = ['states', name];
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
        problems.push({ path: [...path, key], atKey: true, text: `expected no key '${key}' here` });
    else if (keyword === 'required')
      for (const key of listed ?? []) problems.push({ path, text: `expected a key '${key}' here` });
    else if (!seen.has(instancePath)) problems.push({ path, text: `expected something else: ${message}` });
    seen.add(instancePath);
  }
  return problems;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
