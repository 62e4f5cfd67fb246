import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { IvrError } from '../domain/error.ts';
import { badNetworks } from '../lib/networks.ts';
import { textOf } from '../lib/text-of.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import type { YamlFile } from '../yaml/yaml-file.ts';

/* The table of trunks, a YAML file of its own: a map of names to what is known of each. */

const strict = { additionalProperties: false };
const uri = Type.String({ pattern: '^sips?:[^\\s@]+$', description: 'a SIP URI without a user part' });

const TrunkSchema = Type.Object(
  {
    proxies: Type.Array(uri, { minItems: 1, maxItems: 8 }),
    domain: Type.String({ pattern: '^[\\w.-]+$|^\\[[\\da-fA-F:.]+\\]$' }),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    password_file: Type.Optional(Type.String({ minLength: 1 })),
    register_seconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
    probe_seconds: Type.Optional(Type.Integer({ minimum: 5, maximum: 3_600 })),
    networks: Type.Optional(Type.Array(Type.String(), { maxItems: 64 })),
  },
  strict,
);
const TrunksSchema = Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }), TrunkSchema);

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
}

/** @throws IvrError CONFIG_INVALID naming everything that is wrong, with file and line */
export async function readTrunks(file: string): Promise<readonly TrunkSettings[]> {
  const yaml = readYaml(await textOf(file, 'trunks.file'));
  if ('problems' in yaml)
    throw invalid(yaml.problems.map(({ at, text }) => `${file}, line ${at.line}, column ${at.column}: ${text}`));
  const { value } = yaml;
  if (!Value.Check(TrunksSchema, value)) throw invalid(misfits(file, yaml, value));
  const settings = Object.entries(value);
  const problems = settings.flatMap(([name, trunk]) =>
    contradictions(trunk).map((what) => `${file}, line ${yaml.at([name]).line}: trunk ${name}: ${what}`),
  );
  const domains = settings.map(([, { domain }]) => domain.toLowerCase());
  for (const [n, domain] of domains.entries())
    if (domains.indexOf(domain) !== n) problems.push(`${file}: two trunks have the domain ${domain}`);
  if (problems.length > 0) throw invalid(problems);
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
  return { name, proxies, domain, account, registerSeconds: register_seconds, probeSeconds: probe_seconds, networks };
}

function contradictions({ user, password_file, register_seconds, networks = [] }: TrunkFile): string[] {
  const problems: string[] = [];
  if ((user === undefined) !== (password_file === undefined)) problems.push('user and password_file: both, or neither');
  if (register_seconds !== undefined && user === undefined)
    problems.push('register_seconds expects user and password_file');
  const bad = badNetworks(networks);
  if (bad.length > 0)
    problems.push(`networks expects IP addresses and networks such as 203.0.113.0/24, not ${bad.join(', ')}`);
  return problems;
}

function misfits(file: string, yaml: YamlFile, value: unknown): string[] {
  const found = [...Value.Errors(TrunksSchema, value)].map(({ instancePath, message }) => {
    const path = instancePath.split('/').slice(1);
    const { line } = yaml.at(path);
    return `${file}, line ${line}: ${path.length === 0 ? 'the file' : path.join('.')} ${message}`;
  });
  return found.length > 0 ? found : [`${file}: expected trunks by their names`];
}

const invalid = (problems: readonly string[]): IvrError => new IvrError('CONFIG_INVALID', problems.join('\n'));
