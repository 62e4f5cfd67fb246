import type { ServiceWire } from '../bank/service-wire.ts';
import { httpServices } from '../bank/http/http-services.ts';
import { type BankPolicy, type Guarded, guarded } from '../bank/guarded.ts';
import type { Config } from '../config/schema.ts';
import { readServices, type ServiceServer } from '../config/services-file.ts';
import type { Service } from '../dialogue/service.ts';
import { IvrError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { ClientTls } from '../lib/post-json.ts';
import type { Scope } from '../lib/scope.ts';
import { textOf } from '../lib/text-of.ts';
import type { BuiltIn } from '../services/built-in.ts';
import { BUILT_IN_SERVICES } from '../services/open-services.ts';
import { type AskServer, ownService, refusalsOf } from '../services/own-services.ts';

const TAKEN = BUILT_IN_SERVICES.map(({ name }) => name);

export interface OwnServices {
  readonly services: readonly BuiltIn[];
  /** By the name of the server. */
  readonly guards: ReadonlyMap<string, Pick<Guarded, 'reachable'>>;
}

/**
 * The services that bank.services_file declares, each asked of its server.
 *
 * @param policy - of the core system: what a server says nothing about is as there
 * @throws IvrError CONFIG_INVALID
 */
export async function openOwnServices(
  file: string,
  policy: BankPolicy,
  scope: Scope,
  clock: Clock,
): Promise<OwnServices> {
  if (file === '') return { services: [], guards: new Map() };
  const { servers, services } = await readServices(file, TAKEN);
  const opened = new Map<string, { readonly wire: ServiceWire; readonly guard: Guarded }>();
  for (const [name, server] of servers)
    opened.set(name, {
      wire: scope.use(await wireOf(server)),
      guard: guarded(
        {
          ...policy,
          timeout: server.timeoutMs === undefined ? policy.timeout : ms(server.timeoutMs),
          retries: server.retries ?? policy.retries,
        },
        clock,
      ),
    });
  return {
    services: services.map(({ service, server, path }) => {
      const ask: AskServer = (declared, args, key, signal) => {
        const asked = opened.get(server);
        if (asked === undefined) throw new IvrError('INTERNAL', `there is no server '${server}'`, { server });
        // of a secret each try counts at the bank
        const repeatable = !Object.values(declared.arguments).some(({ secret }) => secret);
        const request = { service: declared.name, path, args, key };
        return asked.guard.ask(declared.name, repeatable, (until) => asked.wire.send(request, until), signal);
      };
      return ownService(service, ask);
    }),
    guards: new Map(Array.from(opened, ([name, { guard }]) => [name, guard])),
  };
}

/** What dialplans may ask for with that configuration: for whoever checks them and asks nobody. @throws IvrError CONFIG_INVALID */
export async function knownServices({
  bank,
}: {
  readonly bank: Pick<Config['bank'], 'services_file'>;
}): Promise<readonly Service[]> {
  if (bank.services_file === '') return BUILT_IN_SERVICES;
  const { services } = await readServices(bank.services_file, TAKEN);
  return [...BUILT_IN_SERVICES, ...services.map(({ service }) => ({ ...service, refusals: refusalsOf(service) }))];
}

async function wireOf({ wire, address, tokenFile, tls: files }: ServiceServer): Promise<ServiceWire> {
  const token = (await textOf(tokenFile, 'bank.services_file')).trim();
  const pem = async (key: keyof typeof files): Promise<ClientTls> =>
    files[key] === undefined ? {} : { [key]: await textOf(files[key], 'bank.services_file') };
  const tls = { ...(await pem('ca')), ...(await pem('cert')), ...(await pem('key')) };
  // a tenth of a second of a start, which only gRPC needs
  return wire === 'http'
    ? httpServices({ url: address, token, tls })
    : (await import('./grpc-bank.ts')).grpcOwnServices(address, token, tls);
}
