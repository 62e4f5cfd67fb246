import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { badNetworks, wideNetworks } from '../lib/networks.ts';
import { textOf } from '../lib/text-of.ts';
import { NUMBER } from './number-rules.ts';
import { entryName, invalidTable, readTable } from './read-table.ts';

/* The table of trunks, a YAML file of its own: a map of names to what is known of each. */

const strict = { additionalProperties: false };
const uri = Type.String({ pattern: '^sips?:[^\\s@]+$', description: 'a SIP URI without a user part' });

const many = (maximum: number) => Type.Optional(Type.Integer({ minimum: 0, maximum }));
const DestinationSchema = Type.Object(
  {
    number: Type.String({ pattern: NUMBER.source }),
    calls: many(100_000),
    calls_per_hour: many(1_000_000),
    minutes_per_day: many(10_000_000),
  },
  strict,
);

const TrunkSchema = Type.Object(
  {
    proxies: Type.Array(uri, { minItems: 1, maxItems: 8 }),
    domain: Type.String({ pattern: '^[\\w.-]+$|^\\[[\\da-fA-F:.]+\\]$' }),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    password_file: Type.Optional(Type.String({ minLength: 1 })),
    register_seconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
    probe_seconds: Type.Optional(Type.Integer({ minimum: 5, maximum: 3_600 })),
    keep_alive_seconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 600 })),
    calls: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    setups_per_second: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    destinations: Type.Optional(Type.Array(DestinationSchema, { minItems: 1, maxItems: 256 })),
    networks: Type.Optional(Type.Array(Type.String(), { maxItems: 64 })),
  },
  strict,
);
const TrunksSchema = Type.Record(entryName, TrunkSchema);

/** A trunk as the file has it, with its password. */
export interface TrunkSettings {
  readonly name: string;
  /** SIP URIs, the preferred one first. */
  readonly proxies: readonly string[];
  readonly domain: string;
  readonly account: { readonly user: string; readonly password: string } | undefined;
  readonly registerSeconds: number | undefined;
  readonly probeSeconds: number | undefined;
  /** Where its calls come from: trusted like those of `sip.trusted`. */
  readonly networks: readonly string[];
  readonly keepAliveSeconds: number | undefined;
  readonly limits: {
    readonly calls: number | undefined;
    readonly setupsPerSecond: number | undefined;
    readonly destinations: readonly DestinationSettings[] | undefined;
  };
}

export interface DestinationSettings {
  readonly number: string;
  readonly calls: number | undefined;
  readonly callsPerHour: number | undefined;
  readonly minutesPerDay: number | undefined;
}

/** @throws IvrError CONFIG_INVALID naming everything that is wrong, with file and line */
export async function readTrunks(file: string): Promise<readonly TrunkSettings[]> {
  const { yaml, value } = await readTable(file, 'trunks.file', TrunksSchema);
  const settings = Object.entries(value);
  const problems = settings.flatMap(([name, trunk]) =>
    contradictions(trunk).map((what) => `${file}, line ${yaml.at([name]).line}: trunk ${name}: ${what}`),
  );
  const domains = settings.map(([, { domain }]) => domain.toLowerCase());
  for (const [n, domain] of domains.entries())
    if (domains.indexOf(domain) !== n) problems.push(`${file}: two trunks have the domain ${domain}`);
  if (problems.length > 0) throw invalidTable(problems);
  return Promise.all(settings.map(([name, trunk]) => settingsOf(name, trunk, dirname(file))));
}

type TrunkFile = Static<typeof TrunkSchema>;

async function settingsOf(name: string, trunk: TrunkFile, folder: string): Promise<TrunkSettings> {
  const { proxies, domain, user, password_file, register_seconds, probe_seconds, networks = [] } = trunk;
  const account =
    user === undefined || password_file === undefined
      ? undefined
      : {
          user,
          password:
            (await textOf(resolve(folder, password_file), `password_file of trunk ${name}`)).split(/\r?\n/, 1)[0] ?? '',
        };
  return {
    name,
    proxies,
    domain,
    account,
    registerSeconds: register_seconds,
    probeSeconds: probe_seconds,
    keepAliveSeconds: trunk.keep_alive_seconds,
    networks,
    limits: {
      calls: trunk.calls,
      setupsPerSecond: trunk.setups_per_second,
      destinations: trunk.destinations?.map(({ number, calls, calls_per_hour, minutes_per_day }) => ({
        number,
        calls,
        callsPerHour: calls_per_hour,
        minutesPerDay: minutes_per_day,
      })),
    },
  };
}

function contradictions(trunk: TrunkFile): string[] {
  const { user, password_file, register_seconds, keep_alive_seconds, networks = [], destinations = [] } = trunk;
  const problems: string[] = [];
  if ((user === undefined) !== (password_file === undefined)) problems.push('user and password_file: both, or neither');
  if (register_seconds !== undefined && user === undefined)
    problems.push('register_seconds expects user and password_file');
  if (keep_alive_seconds !== undefined && register_seconds === undefined)
    problems.push('keep_alive_seconds expects register_seconds');
  const numbers = destinations.map(({ number }) => number);
  const twice = numbers.find((number, n) => numbers.indexOf(number) !== n);
  if (twice !== undefined) problems.push(`destinations names ${twice} twice`);
  const bad = badNetworks(networks);
  if (bad.length > 0)
    problems.push(`networks expects IP addresses and networks such as 203.0.113.0/24, not ${bad.join(', ')}`);
  const wide = wideNetworks(networks);
  if (bad.length === 0 && wide.length > 0)
    problems.push(
      `networks expects those of this trunk alone, since whoever calls from there is believed; ${wide.join(', ')} is wider than /8 (IPv4) or /16 (IPv6)`,
    );
  return problems;
}
