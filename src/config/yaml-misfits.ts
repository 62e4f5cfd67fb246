import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { YamlFile } from '../yaml/yaml-file.ts';

/** What of a file does not fit its schema, with the line of each. At least one sentence. */
export function misfits(file: string, yaml: YamlFile, schema: TSchema, value: unknown): readonly string[] {
  const found = [...Value.Errors(schema, value)].map(({ instancePath, message }) => {
    const path = instancePath.split('/').slice(1);
    const { line } = yaml.at(path);
    return `${file}, line ${line}: ${path.length === 0 ? 'the file' : path.join('.')} ${message}`;
  });
  return found.length > 0
    ? found
    : [`${file}: it does not have the form that is described in docs/front-ends.md or docs/queues.md`];
}
