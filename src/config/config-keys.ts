import { ConfigSchema } from './schema.ts';

interface Described {
  /** 'sip.port' */
  readonly path: string;
  readonly description: string;
  readonly default: string | number | boolean;
}

export type ConfigKey = Described &
  (
    | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number }
    | { readonly type: 'boolean' }
    | { readonly type: 'text' }
    | { readonly type: 'choice'; readonly choices: readonly string[] }
  );

/** Every key of the schema, in its order. */
export function configKeys(): readonly ConfigKey[] {
  return keysBelow(ConfigSchema.properties, '');
}

/** Every section and group of keys, from the outside in: `http`, `http.tls`. */
export function configGroups(): readonly string[] {
  const below = (properties: Properties, prefix: string): string[] =>
    Object.entries(properties).flatMap(([name, schema]) =>
      schema.properties === undefined ? [] : [`${prefix}${name}`, ...below(schema.properties, `${prefix}${name}.`)],
    );
  return below(ConfigSchema.properties, '');
}

type Properties = Readonly<Record<string, SchemaFacts>>;

const keysBelow = (properties: Properties, prefix: string): readonly ConfigKey[] =>
  Object.entries(properties).flatMap(([name, schema]) =>
    schema.properties === undefined
      ? [describe(`${prefix}${name}`, schema)]
      : keysBelow(schema.properties, `${prefix}${name}.`),
  );

export const environmentName = (path: string): string => `TELLERLINE_${path.replaceAll('.', '_').toUpperCase()}`;

interface SchemaFacts {
  readonly properties?: Properties;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
}

function describe(path: string, schema: SchemaFacts): ConfigKey {
  const value = schema.default;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new TypeError(`${path} has no default`);
  const described: Described = { path, description: schema.description ?? '', default: value };
  if (schema.enum !== undefined) return { ...described, type: 'choice', choices: schema.enum.map(String) };
  if (schema.type === 'integer')
    return {
      ...described,
      type: 'integer',
      minimum: schema.minimum ?? Number.MIN_SAFE_INTEGER,
      maximum: schema.maximum ?? Number.MAX_SAFE_INTEGER,
    };
  return schema.type === 'boolean' ? { ...described, type: 'boolean' } : { ...described, type: 'text' };
}

/** The text of `tellerline config`. */
export function explainConfig(): string {
  const lines = configKeys().map((key) => {
    const range =
      key.type === 'integer'
        ? `${key.minimum}…${key.maximum}`
        : key.type === 'choice'
          ? key.choices.join(' | ')
          : key.type === 'boolean'
            ? 'true | false'
            : 'text';
    return `${key.path}\n    ${key.description}\n    ${range}; default ${key.default === '' ? 'empty' : String(key.default)}; environment ${environmentName(key.path)}`;
  });
  return `Configuration: tellerline.yaml (or --config FILE), then the environment. In the file a key such as sip.port is\n  sip:\n    port: 5060\n\n${lines.join('\n')}\n`;
}
