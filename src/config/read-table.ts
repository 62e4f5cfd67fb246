import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { IvrError } from '../domain/error.ts';
import { textOf } from '../lib/text-of.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import type { YamlFile } from '../yaml/yaml-file.ts';
import { misfits } from './yaml-misfits.ts';

/** As the entries of a table are named that others refer to: trunks, queues, hours. */
export const entryName = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });

/** What is wrong, and where. */
export type TableProblem = readonly [path: readonly string[], what: string];

/**
 * A table of the configuration, a YAML file of its own, that fits its schema.
 *
 * @param key - that names the file
 * @param empty - what a file without content stands for
 * @throws IvrError CONFIG_INVALID naming everything that is wrong, with file and line
 */
export async function readTable<T extends TSchema>(
  file: string,
  key: string,
  schema: T,
  empty?: Static<T>,
): Promise<{ readonly yaml: YamlFile; readonly value: Static<T> }> {
  const yaml = readYaml(await textOf(file, key));
  if ('problems' in yaml)
    throw invalidTable(yaml.problems.map(({ at, text }) => `${file}, line ${at.line}, column ${at.column}: ${text}`));
  const value = yaml.value ?? empty;
  if (!Value.Check(schema, value)) throw invalidTable(misfits(file, yaml, schema, value));
  return { yaml, value };
}

/** @throws IvrError CONFIG_INVALID naming all of them, with file, line and key */
export function refuseProblems(file: string, yaml: YamlFile, problems: readonly TableProblem[]): void {
  if (problems.length > 0)
    throw invalidTable(
      problems.map(([path, what]) => `${file}, line ${yaml.at(path).line}: ${path.join('.')} ${what}`),
    );
}

export const invalidTable = (problems: readonly string[]): IvrError =>
  new IvrError('CONFIG_INVALID', problems.join('\n'));
