import { access, readFile } from 'node:fs/promises';
import { Value } from 'typebox/value';
import { IvrError, systemCode } from '../domain/error.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { type ConfigKey, configGroups, configKeys, environmentName } from './config-keys.ts';
import { contradictionsIn } from './contradictions.ts';
import { presentValue } from './former-values.ts';
import { type Config, ConfigSchema } from './schema.ts';

export interface ConfigSources {
  /** YAML; absent: `tellerline.yaml` if it is there. */
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Over both: what a command line or a test sets, as 'sip.port'. */
  readonly overrides?: Readonly<Record<string, string | number | boolean>>;
  /** Is told of each value that has another name now. */
  readonly warn?: (message: string) => void;
}

const DEFAULT_FILE = 'tellerline.yaml';
/** Said of a file that is not YAML. */
const MOST_PROBLEMS = 10;

/** The file that is read when none is named; absent: there is none. */
export const findConfig = (): Promise<string | undefined> =>
  access(DEFAULT_FILE).then(
    () => DEFAULT_FILE,
    () => undefined,
  );

/**
 * Defaults, then the file, then the environment (`TELLERLINE_SIP_PORT`), then overrides.
 *
 * @throws IvrError CONFIG_INVALID naming every bad key at once: where it is, what was expected
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const problems: string[] = [];
  const tree: Tree = {};
  for (const group of configGroups()) groupOf(tree, group);
  const groups = new Set(configGroups());
  const known = new Map(configKeys().map((key) => [key.path, key]));
  const set = (path: string, value: unknown, where: string): void => {
    const key = known.get(path);
    if (key === undefined) {
      problems.push(
        groups.has(path)
          ? `${where}: ${path} expects keys below it${nearest(path, [...known.keys()])}`
          : `${where}: there is no key ${path}${nearest(path, [...known.keys()])}`,
      );
      return;
    }
    const dot = path.lastIndexOf('.');
    const section = groupOf(tree, path.slice(0, dot));
    const name = path.slice(dot + 1);
    const present = presentValue(path, value);
    if (present !== undefined) sources.warn?.(`${where}: ${path} ${String(value)} is now called ${present}`);
    const problem = misfit(key, present ?? value);
    if (problem === undefined) section[name] = present ?? value;
    else problems.push(`${where}: ${path} ${problem}`);
  };

  for (const [path, value, where] of await fromFile(sources.file)) set(path, value, where);
  for (const key of known.values()) {
    const name = environmentName(key.path);
    const value = sources.environment[name];
    if (value !== undefined) set(key.path, fromText(key, value), `environment ${name}`);
  }
  const names = new Set([...known.keys()].map(environmentName));
  for (const name of Object.keys(sources.environment))
    if (/^TELLERLINE_(?!TEST_)/.test(name) && !names.has(name))
      problems.push(`environment ${name}: no such key; \`tellerline config\` lists all`);
  for (const [path, value] of Object.entries(sources.overrides ?? {})) set(path, value, 'command line');

  expectNone(problems);
  const config = Value.Parse(ConfigSchema, Value.Default(ConfigSchema, tree));
  expectNone(contradictionsIn(config));
  return config;
}

interface Tree {
  [name: string]: unknown;
}

/** The part of the tree that a group's keys stand in, made when it is not there. */
function groupOf(tree: Tree, group: string): Tree {
  let at = tree;
  for (const name of group.split('.')) at = (at[name] ??= {}) as Tree;
  return at;
}

function expectNone(problems: readonly string[]): void {
  if (problems.length > 0)
    throw new IvrError('CONFIG_INVALID', `the configuration is not valid:\n  ${problems.join('\n  ')}`, {
      problems: problems.length,
    });
}

type Setting = readonly [path: string, value: unknown, where: string];

async function fromFile(file: string | undefined): Promise<readonly Setting[]> {
  const path = file ?? DEFAULT_FILE;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (file === undefined && systemCode(thrown) === 'ENOENT') return [];
    throw new IvrError(
      'CONFIG_INVALID',
      `cannot read ${path} (${systemCode(thrown) ?? 'unknown'}); check the path and its permissions`,
      {},
      thrown,
    );
  }
  const yaml = readYaml(text);
  if ('problems' in yaml)
    throw new IvrError(
      'CONFIG_INVALID',
      // by its code: the text quotes the file, which may hold secrets
      yaml.problems
        .slice(0, MOST_PROBLEMS)
        .map(
          ({ at: { line, column }, code, hint }) =>
            `${path} is not YAML: ${code} at line ${line}, column ${column}${hint === undefined ? '' : `: ${hint}`}`,
        )
        .join('\n'),
      {},
    );
  const { value: content } = yaml;
  if (content === null || content === undefined) return [];
  if (!isRecord(content))
    throw new IvrError('CONFIG_INVALID', `${path}: expected sections such as \`sip:\` at the top`, {});
  const groups = new Set(configGroups());
  const settings = (keys: object, prefix: string): Setting[] =>
    Object.entries(keys).flatMap(([name, value]: [string, unknown]): Setting[] => {
      const key = `${prefix}${name}`;
      // a group whose keys are all commented out
      if (value === null && groups.has(key)) return [];
      return isRecord(value) && (prefix === '' || groups.has(key)) ? settings(value, `${key}.`) : [[key, value, path]];
    });
  return settings(content, '');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fromText(key: ConfigKey, value: string): unknown {
  if (key.type === 'integer' && /^-?\d+$/.test(value)) return Number(value);
  if (key.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/** What is wrong with a value, without repeating it: it may be a secret. */
function misfit(key: ConfigKey, value: unknown): string | undefined {
  if (key.type === 'integer') {
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= key.minimum && value <= key.maximum;
    return fits ? undefined : `expects a whole number from ${key.minimum} to ${key.maximum}`;
  }
  if (key.type === 'boolean') return typeof value === 'boolean' ? undefined : 'expects true or false';
  if (key.type === 'choice')
    return typeof value === 'string' && key.choices.includes(value)
      ? undefined
      : `expects one of ${key.choices.join(', ')}`;
  return typeof value === 'string' ? undefined : 'expects a text';
}

function nearest(path: string, paths: readonly string[]): string {
  const last = path.split('.').at(-1) ?? path;
  const near = paths.find((one) => one.endsWith(`.${last}`) || one.startsWith(`${path}.`));
  return near === undefined ? '; `tellerline config` lists all' : `; did you mean ${near}?`;
}
