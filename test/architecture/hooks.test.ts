import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { expect, test } from 'vitest';

/*
 * Test files share a process (vitest.config.ts), and a module that several of them import is evaluated once. A hook that it
 * registers as it is evaluated would serve the first of them alone: support modules give functions that a test file calls.
 */

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode);
const isFunction = ({ type }: Node): boolean => /^(?:Arrow)?Function(?:Expression|Declaration)?/.test(type);
const nameOf = (node: unknown): string => (isNode(node) && node.type === 'Identifier' ? String(node['name']) : '');

const HOOKS = ['beforeAll', 'beforeEach', 'afterAll', 'afterEach', 'onTestFinished', 'onTestFailed'];

/** What calls are made below: in functions too, or as the module is evaluated (`describe` and what is like it calls its function at once). */
function callsIn(node: Node, inFunctions: boolean): string[] {
  const called = node.type === 'CallExpression' ? [nameOf(node['callee'])] : [];
  const below = childrenOf(node).filter((child) => inFunctions || !isFunction(child));
  return [...called, ...below.flatMap((child) => callsIn(child, inFunctions))];
}

/** The functions of a module that have a name, by it. */
function functionsIn(program: Node): [string, Node][] {
  const statements = (program['body'] as Node[]).map((one) => (isNode(one['declaration']) ? one['declaration'] : one));
  return statements.flatMap((one): [string, Node][] => {
    if (isFunction(one)) return [[nameOf(one['id']), one]];
    if (one.type !== 'VariableDeclaration') return [];
    return (one['declarations'] as Node[])
      .filter((each) => isNode(each['init']) && isFunction(each['init']))
      .map((each) => [nameOf(each['id']), each]);
  });
}

interface Module {
  readonly path: string;
  readonly text: string;
}

/** `path: call` of each hook that a module registers as it is evaluated, by itself or through functions of support modules. */
function hooksAtImport(modules: readonly Module[]): string[] {
  const programs = modules.map(({ path, text }) => ({
    path,
    program: parseAst(text, { lang: 'ts' }) as unknown as Node,
  }));
  const functions = programs.flatMap(({ program }) => functionsIn(program));
  const registering = new Set(HOOKS);
  for (let known = 0; known !== registering.size; ) {
    known = registering.size;
    for (const [name, body] of functions)
      if (callsIn(body, true).some((called) => registering.has(called))) registering.add(name);
  }
  return programs.flatMap(({ path, program }) =>
    callsIn(program, false)
      .filter((called) => registering.has(called))
      .map((called) => `${path}: ${called}`),
  );
}

const ROOT = join(import.meta.dirname, '..');
/** Test files are what a runner includes; `leaks.ts` is evaluated for each of them. */
const isSupport = (path: string): boolean =>
  path.endsWith('.ts') && !/\.(?:test|crash)\.ts$|^session\//.test(path) && path !== 'support/leaks.ts';

test('no support module registers hooks as it is imported', () => {
  const modules = (readdirSync(ROOT, { recursive: true }) as string[])
    .filter(isSupport)
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  expect(modules.length).toBeGreaterThan(100);
  expect(hooksAtImport(modules)).toEqual([]);
});

test('a hook at the level of the module is found, in whatever it hides', () => {
  const text = (body: string): string[] => hooksAtImport([{ path: 'a.ts', text: body }]);
  expect(text('beforeEach(() => open());')).toEqual(['a.ts: beforeEach']);
  expect(text('if (there) afterAll(close);')).toEqual(['a.ts: afterAll']);
  expect(text('const folder = useFolder();\nfunction useFolder() { beforeEach(make); return 1; }')).toEqual([
    'a.ts: useFolder',
  ]);
  expect(text('export const one = () => two();\nconst two = () => { afterEach(close); };\none();')).toEqual([
    'a.ts: one',
  ]);
  expect(text('export function useFolder() { beforeEach(make); }')).toEqual([]);
});
