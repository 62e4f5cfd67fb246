import { type Static, Type } from 'typebox';
import { entryName } from './read-table.ts';

/* The form of bank.services_file. */

const strict = { additionalProperties: false };
const name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' });
const file = Type.Optional(Type.String({ minLength: 1 }));
const milliseconds = Type.Optional(Type.Integer({ minimum: 100, maximum: 12_000 }));
const proofs = Type.Optional(Type.Array(Type.Enum(['session', 'second-factor']), { maxItems: 2, uniqueItems: true }));
const names = Type.Optional(Type.Array(name, { maxItems: 50, uniqueItems: true }));

const ServerSchema = Type.Object(
  {
    url: Type.Optional(Type.String({ minLength: 1 })),
    grpc: Type.Optional(Type.String({ minLength: 1 })),
    token_file: Type.String({ minLength: 1 }),
    authorities: file,
    certificate: file,
    key: file,
    timeout_ms: milliseconds,
    retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  },
  strict,
);
const ServiceSchema = Type.Object(
  {
    server: entryName,
    path: Type.Optional(Type.String({ pattern: '^/[\\w./-]{0,200}$' })),
    arguments: Type.Optional(Type.Record(name, Type.Enum(['needed', 'optional', 'secret']))),
    results: names,
    refusals: names,
    timeout_ms: milliseconds,
    effect: Type.Optional(Type.Enum(['none', 'data', 'money'])),
    needs: proofs,
    gives: proofs,
  },
  strict,
);
export const ServicesSchema = Type.Object(
  {
    servers: Type.Record(entryName, ServerSchema),
    services: Type.Record(name, ServiceSchema),
  },
  strict,
);

export type ServicesFile = Static<typeof ServicesSchema>;
export type ServiceEntry = ServicesFile['services'][string];
