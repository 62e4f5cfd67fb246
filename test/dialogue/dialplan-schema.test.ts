import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dialplanSchemaText } from '../../src/dialogue/dialplan/dialplan-schema.ts';

test('the schema that editors use is the one that files are checked by (update: vitest run -u)', async () => {
  await expect(dialplanSchemaText()).toMatchFileSnapshot('../../dialplans/dialplan.schema.json');
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
