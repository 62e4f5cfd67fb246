import { dirname, resolve } from 'node:path';
import { LONGEST_SERVICE_MS, type Service } from '../dialogue/service.ts';
import { endpointProblem } from '../lib/endpoint.ts';
import { addressProblem } from './bank-contradictions.ts';
import { readTable, refuseProblems, type TableProblem } from './read-table.ts';
import { type ServiceEntry, type ServicesFile, ServicesSchema } from './services-schema.ts';

/* The bank's own services, and the servers that carry them out. A YAML file of its own. */

export interface ServiceServer {
  readonly wire: 'http' | 'grpc';
  /** A URL, or host:port for gRPC. */
  readonly address: string;
  readonly tokenFile: string;
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  /** Undefined: as for the core system. */
  readonly timeoutMs: number | undefined;
  readonly retries: number | undefined;
}

export interface OwnService {
  readonly service: Service;
  readonly server: string;
  /** In a URL. */
  readonly path: string;
}

export interface ServicesTable {
  readonly servers: ReadonlyMap<string, ServiceServer>;
  readonly services: readonly OwnService[];
}

/**
 * @param taken - names of services that every server has
 * @throws IvrError CONFIG_INVALID naming everything that is wrong, with file, line and key
 */
export async function readServices(file: string, taken: readonly string[]): Promise<ServicesTable> {
  const { yaml, value } = await readTable(file, 'bank.services_file', ServicesSchema);
  refuseProblems(file, yaml, contradictions(value, taken));
  const folder = dirname(file);
  return {
    servers: new Map(Object.entries(value.servers).map(([name, entry]) => [name, serverOf(entry, folder)])),
    services: Object.entries(value.services).map(([name, entry]) => ({
      service: serviceOf(name, entry),
      server: entry.server,
      path: entry.path ?? `/${name}`,
    })),
  };
}

function serverOf(entry: ServicesFile['servers'][string], folder: string): ServiceServer {
  const beside = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file));
  return {
    wire: entry.grpc === undefined ? 'http' : 'grpc',
    address: entry.grpc ?? entry.url ?? '',
    tokenFile: resolve(folder, entry.token_file),
    tls: { ca: beside(entry.authorities), cert: beside(entry.certificate), key: beside(entry.key) },
    timeoutMs: entry.timeout_ms,
    retries: entry.retries,
  };
}

const serviceOf = (name: string, entry: ServiceEntry): Service => ({
  name,
  arguments: Object.fromEntries(
    Object.entries(entry.arguments ?? {}).map(([argument, how]) => [
      argument,
      { secret: how === 'secret', required: how !== 'optional' },
    ]),
  ),
  results: entry.results ?? [],
  refusals: entry.refusals ?? [],
  timeoutMs: entry.timeout_ms ?? LONGEST_SERVICE_MS,
  effect: entry.effect ?? 'none',
  needs: entry.needs ?? [],
  gives: entry.gives ?? [],
});

/** What an order consists of: what is approved and moved is this. */
const ORDER = ['contact', 'session', 'from', 'to', 'amount', 'currency'];
const OPENED = ['session', 'customer-number'];

function contradictions({ servers, services }: ServicesFile, taken: readonly string[]): readonly TableProblem[] {
  const problems: TableProblem[] = [];
  for (const [name, { url, grpc, certificate, key }] of Object.entries(servers)) {
    const path = ['servers', name];
    if ((url === undefined) === (grpc === undefined)) problems.push([path, 'expects url or grpc, one of them']);
    const wrong = url === undefined ? addressProblem(grpc ?? 'host:1') : endpointProblem(url);
    if (wrong !== undefined) problems.push([[...path, url === undefined ? 'grpc' : 'url'], wrong]);
    if ((certificate === undefined) !== (key === undefined))
      problems.push([path, 'expects certificate and key, or neither']);
  }
  for (const [name, entry] of Object.entries(services)) {
    const path = ['services', name];
    if (taken.includes(name)) problems.push([path, 'is the name of a service that every server has']);
    if (servers[entry.server] === undefined)
      problems.push([[...path, 'server'], `names a server that there is not: ${entry.server}`]);
    problems.push(...proofProblems(path, entry));
  }
  return problems;
}

function proofProblems(path: readonly string[], entry: ServiceEntry): readonly TableProblem[] {
  const { effect = 'none', needs = [], gives = [], arguments: takes = {}, results = [] } = entry;
  const problems: TableProblem[] = [];
  const approval = effect === 'money' || needs.includes('second-factor') || gives.includes('second-factor');
  const wanted = approval ? ORDER : needs.includes('session') ? ['session'] : [];
  const missing = wanted.filter((name) => takes[name] !== 'needed');
  if (missing.length > 0)
    problems.push([
      [...path, 'arguments'],
      `expects ${missing.join(', ')} (needed): ${approval ? 'an order is approved, and that one is carried out' : 'it needs a session'}`,
    ]);
  const unopened = gives.includes('session') ? OPENED.filter((name) => !results.includes(name)) : [];
  if (unopened.length > 0)
    problems.push([[...path, 'results'], `expects ${unopened.join(' and ')}: it gives a session, and says whose`]);
  if (gives.includes('second-factor') && !needs.includes('session'))
    problems.push([[...path, 'needs'], 'expects session: an approval is given by somebody who is known']);
  return problems;
}
