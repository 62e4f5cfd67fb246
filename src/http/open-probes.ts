import type { Logger } from '../lib/logger.ts';
import { networks } from '../lib/networks.ts';
import { shareConnections } from './connection-shares.ts';
import { probeRoutes } from './routes/status.ts';
import type { StatusSources } from './sources.ts';
import { type HttpServer, listen, newWebServer } from './web-server.ts';

export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly trusted: readonly string[];
  readonly connectionsPerAddress: number;
}

const MOST_CONNECTIONS = 64;
const MOST_OF_STRANGERS = 48;

/**
 * `/healthz` and `/readyz` on a port of their own, which only the orchestrator need reach: nothing that happens at the web
 * server's port touches it.
 *
 * @throws IvrError PORT_IN_USE
 */
export async function openProbes(
  options: ProbeOptions,
  sources: Pick<StatusSources, 'health' | 'readiness'>,
  logger: Logger,
): Promise<HttpServer> {
  const app = await newWebServer([], logger);
  shareConnections(app.server, {
    most: MOST_CONNECTIONS,
    strangers: MOST_OF_STRANGERS,
    perAddress: options.connectionsPerAddress,
    trusted: networks(options.trusted),
    banned: () => false,
  });
  await app.register(probeRoutes(sources));
  return await listen(app, options, 'http.probe_port');
}
