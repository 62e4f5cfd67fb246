import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import { dialplanSchemaText } from '../../src/dialogue/dialplan/dialplan-schema.ts';
import { readYaml } from '../../src/yaml/read-yaml.ts';
import { TWO_LANGUAGES_PLAN } from './support/two-languages-plan.ts';

test('the schema that editors use is the one that files are checked by (update: vitest run -u)', async () => {
  await expect(dialplanSchemaText()).toMatchFileSnapshot('../../dialplans/dialplan.schema.json');
});

test('texts may stand by language in it, and nothing else', () => {
  const schema = Compile(JSON.parse(dialplanSchemaText()) as object);
  const fits = (text: string): boolean => {
    const yaml = readYaml(text);
    return 'value' in yaml && schema.Check(yaml.value);
  };
  const [said, way] = ['say: { en: Done., zh: 办好了。 }', 'yes: done'];
  expect(TWO_LANGUAGES_PLAN).toContain(said);
  expect(TWO_LANGUAGES_PLAN).toContain(way);
  expect(fits(TWO_LANGUAGES_PLAN)).toBe(true);
  expect(fits(TWO_LANGUAGES_PLAN.replace(said, 'say: { English: Done. }'))).toBe(false);
  expect(fits(TWO_LANGUAGES_PLAN.replace(said, 'say: { en: 1 }'))).toBe(false);
  expect(fits(TWO_LANGUAGES_PLAN.replace(way, 'yes: { en: done, zh: bye }'))).toBe(false);
});

/** The names of all properties, at any depth. */
function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}

test('every key is explained in dialplans/README.md', () => {
  const code = [
    ...readFileSync('dialplans/README.md', 'utf8')
      .replaceAll(/```[^`]*```/g, '')
      .matchAll(/`([^`]+)`/g),
  ].map(([, text]) => text);
  const explained = new Set(code.join(' ').match(/[a-z][a-z0-9-]*/g));
  const keys = new Set(keysOf(JSON.parse(dialplanSchemaText())));
  expect(keys.size).toBeGreaterThan(80);
  expect([...keys].filter((key) => !explained.has(key))).toEqual([]);
});
