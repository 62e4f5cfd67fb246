import type { TSchema } from 'typebox';
import { OPERATION_NAMES, OPERATIONS } from '../operations.ts';

/*
 * The gRPC side of the contract, from the operations: a field's number is its place in its schema, so fields are only ever added at the end.
 * docs/bank-api.proto is this as text; a test compares.
 */

export const PACKAGE = 'tellerline.bank.v1';
export const SERVICE = 'CoreBanking';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
}
export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
}

export const messages = (): readonly Message[] =>
  OPERATION_NAMES.flatMap((name) => [
    ...messagesOf(`${name}Request`, OPERATIONS[name].request),
    ...messagesOf(`${name}Answer`, OPERATIONS[name].answer),
  ]);

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
}

function messagesOf(name: string, schema: TSchema): Message[] {
  const inner: Message[] = [];
  const fields = Object.entries((schema as Schema).properties ?? {}).map(([field, value]) => {
    const { type, items } = value as Schema;
    const element = type === 'array' && items !== undefined ? (items as Schema) : (value as Schema);
    if (element.type === 'object') {
      const message = `${name}${field[0]?.toUpperCase()}${field.slice(1)}`;
      inner.push(...messagesOf(message, element));
      return { name: field, type: message, repeated: type === 'array' };
    }
    const scalar = element.type === 'integer' ? 'int64' : element.type === 'boolean' ? 'bool' : 'string';
    return { name: field, type: scalar, repeated: type === 'array' };
  });
  return [{ name, fields }, ...inner];
}

/** As protobuf.js reads it. */
export function protoJson(): object {
  const nested: Record<string, object> = {};
  for (const { name, fields } of messages())
    nested[name] = {
      fields: Object.fromEntries(
        fields.map((field, index) => [
          field.name,
          { type: field.type, id: index + 1, ...(field.repeated ? { rule: 'repeated' } : {}) },
        ]),
      ),
    };
  nested[SERVICE] = {
    methods: Object.fromEntries(
      OPERATION_NAMES.map((name) => [name, { requestType: `${name}Request`, responseType: `${name}Answer` }]),
    ),
  };
  return PACKAGE.split('.').reduceRight<object>((inner, part) => ({ nested: { [part]: inner } }), { nested });
}

/** As people read it. */
export const protoText = (): string =>
  [
    'syntax = "proto3";',
    `package ${PACKAGE};`,
    '',
    '// What Tellerline asks of a core banking system over gRPC. The rules stand in bank-api.yaml: amounts are hundredths,',
    '// metadata has authorization (Bearer) and idempotency-key; FAILED_PRECONDITION refuses, its details name the reason.',
    `service ${SERVICE} {`,
    ...OPERATION_NAMES.map((name) => `  rpc ${name}(${name}Request) returns (${name}Answer);`),
    '}',
    ...messages().flatMap(({ name, fields }) => [
      '',
      `message ${name} {`,
      ...fields.map(
        (field, index) => `  ${field.repeated ? 'repeated ' : ''}${field.type} ${field.name} = ${index + 1};`,
      ),
      '}',
    ]),
    '',
  ].join('\n');
