import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { IvrError } from '../../domain/error.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import type { YamlPosition } from '../../yaml/yaml-file.ts';
import { parseTrialLine, type TrialLine } from './trial-line.ts';

/* Scenarios of a dialplan: what the caller does, line by line, and what must come of it. */

const strict = { additionalProperties: false };
const optional = Type.Optional;

/** What must come of a line; what is not named may be anything. */
const Expected = Type.Object(
  {
    bot: optional(
      Type.Union([Type.String(), Type.Array(Type.String())], {
        description: 'parts of what the bot says, in this order',
      }),
    ),
    how: optional(Type.Union([Type.Literal('taken'), Type.Literal('asked'), Type.Literal('none')])),
    flow: optional(Type.String()),
    state: optional(Type.String()),
    slots: optional(Type.Record(Type.String(), Type.String())),
    actions: optional(Type.Array(Type.String(), { description: 'names, all of them in order' })),
    outcome: optional(Type.String()),
    ended: optional(Type.Boolean()),
  },
  strict,
);
export type Expected = Static<typeof Expected>;

const LINE_KEYS = ['says', 'presses', 'waits', 'hangsUp', 'language', 'confidence'];
const EXPECTED_KEYS = Object.keys(Expected.properties);

export interface ScenarioStep {
  readonly line: TrialLine;
  readonly expected: Expected;
  readonly at: YamlPosition;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly ScenarioStep[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param file - named in errors
 * @throws IvrError SCRIPT_INVALID with file, line and what was expected, for every step that is wrong
 */
export function parseScenarios(text: string, file: string): readonly Scenario[] {
  const yaml = readYaml(text);
  const told = ({ line, column }: YamlPosition, message: string): string => `${file}:${line}:${column}: ${message}`;
  if ('problems' in yaml) throw refused(yaml.problems.map(({ at, text: said }) => told(at, said)));
  const { value } = yaml;
  const scenarios = isRecord(value) && isRecord(value['scenarios']) ? value['scenarios'] : {};
  const problems: string[] = [];
  const found = Object.entries(scenarios).map(([name, steps]): Scenario => {
    const path = ['scenarios', name];
    if (!Array.isArray(steps) || steps.length === 0) {
      problems.push(told(yaml.at(path), 'expected a list of steps'));
      return { name, steps: [] };
    }
    const read = steps.flatMap((step: unknown, n): ScenarioStep[] => {
      const at = yaml.at([...path, n]);
      const parsed = parseStep(step);
      if (typeof parsed !== 'string') return [{ ...parsed, at }];
      problems.push(told(at, parsed));
      return [];
    });
    return { name, steps: read };
  });
  if (found.length === 0) problems.push(told(yaml.at([]), 'expected `scenarios:` with lists of steps by name'));
  if (problems.length > 0) throw refused(problems);
  return found;
}

function parseStep(step: unknown): Omit<ScenarioStep, 'at'> | string {
  if (!isRecord(step)) return 'expected a step such as { says: TEXT, state: NAME }';
  const known = [...LINE_KEYS, ...EXPECTED_KEYS];
  const unknown = Object.keys(step).find((key) => !known.includes(key));
  if (unknown !== undefined) return `there is no key ${unknown}; expected ${known.join(', ')}`;
  const part = (keys: readonly string[]) =>
    Object.fromEntries(Object.entries(step).filter(([key]) => keys.includes(key)));
  const line = parseTrialLine(JSON.stringify(part(LINE_KEYS)));
  if (typeof line === 'string') return line;
  const expected: unknown = part(EXPECTED_KEYS);
  if (Value.Check(Expected, expected)) return { line, expected };
  const wrong = EXPECTED_KEYS.filter((key) => key in step && !Value.Check(Expected, { [key]: step[key] }));
  return `expected something else for ${wrong.join(', ')}: bot is a text or a list of texts, slots are texts by name ('1' in quotes), actions a list of names, how one of taken, asked, none`;
}

const refused = (problems: readonly string[]): IvrError =>
  new IvrError('SCRIPT_INVALID', problems.join('\n'), { problems: problems.length });
