import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { interpolate, readYaml } from './deploy-files.ts';

/*
 * The part of the Compose Specification that compose.yaml uses, and no more: a mistyped or unknown key does not fit.
 * A key that is new to the file gets a line here, as the specification has it.
 */

const open = { additionalProperties: false } as const;
const strings = Type.Array(Type.String());
const duration = Type.String({ pattern: '^(\\d+h)?(\\d+m)?(\\d+s)?$', minLength: 2 });
const optional = Type.Optional;

const Ulimit = Type.Union([
  Type.Integer({ minimum: 0 }),
  Type.Object({ soft: Type.Integer(), hard: Type.Integer() }, open),
]);

const Service = Type.Object(
  {
    image: Type.String({ minLength: 1 }),
    build: optional(Type.Object({ context: Type.String(), dockerfile: Type.String() }, open)),
    profiles: optional(strings),
    platform: optional(Type.String()),
    restart: Type.Enum(['no', 'always', 'on-failure', 'unless-stopped']),
    network_mode: optional(Type.Literal('host')),
    read_only: optional(Type.Boolean()),
    init: optional(Type.Boolean()),
    pid: optional(Type.Literal('host')),
    user: optional(Type.String({ pattern: '^\\d+:\\d+$' })),
    entrypoint: optional(strings),
    command: optional(strings),
    environment: optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]))),
    secrets: optional(strings),
    ports: optional(Type.Array(Type.String({ pattern: '^127\\.0\\.0\\.1:\\d+:\\d+$' }))),
    volumes: optional(Type.Array(Type.String({ pattern: '^[^:]+:/[^:]*(:ro(,rslave)?)?$' }))),
    tmpfs: optional(strings),
    cap_drop: optional(strings),
    security_opt: optional(strings),
    ulimits: optional(
      Type.Object(
        { nofile: optional(Ulimit), nice: optional(Ulimit), core: optional(Ulimit), rtprio: optional(Ulimit) },
        open,
      ),
    ),
    shm_size: optional(Type.String()),
    stop_signal: optional(Type.String({ pattern: '^SIG[A-Z]+$' })),
    stop_grace_period: optional(duration),
    logging: optional(Type.Object({ driver: Type.String(), options: Type.Record(Type.String(), Type.String()) }, open)),
    healthcheck: optional(
      Type.Object(
        {
          test: strings,
          interval: duration,
          timeout: duration,
          start_period: optional(duration),
          retries: optional(Type.Integer({ minimum: 1 })),
        },
        open,
      ),
    ),
    depends_on: optional(
      Type.Record(
        Type.String(),
        Type.Object(
          { condition: Type.Enum(['service_started', 'service_healthy', 'service_completed_successfully']) },
          open,
        ),
      ),
    ),
  },
  open,
);

const ComposeFile = Type.Object(
  {
    name: Type.String(),
    services: Type.Record(Type.String(), Service),
    secrets: Type.Record(Type.String(), Type.Object({ file: Type.String() }, open)),
    volumes: Type.Record(Type.String(), Type.Null()),
  },
  open,
);
export type ComposeFile = Static<typeof ComposeFile>;
export type ComposeService = Static<typeof Service>;

/** Parsed, checked, interpolated. @throws Error naming every place that does not fit */
export function readCompose(environment: Readonly<Record<string, string>>): ComposeFile {
  const raw = interpolate(readYaml('docker/compose.yaml'), environment);
  const file: unknown = Object.fromEntries(
    Object.entries(raw as Record<string, unknown>).filter(([key]) => !key.startsWith('x-')),
  );
  const problems = Value.Errors(ComposeFile, file).map(({ instancePath, message }) => `${instancePath} ${message}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return Value.Parse(ComposeFile, file);
}
