import type { Server as SecureServer } from 'node:https';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Logger } from '../lib/logger.ts';
import { networks } from '../lib/networks.ts';
import { readTls, type TlsFiles } from '../lib/tls-files.ts';
import { admitRequests } from './admit-request.ts';
import { type BrowserOptions, browserRoutes } from './browser/browser-routes.ts';
import { UpgradableRequest } from './browser/upgradable-request.ts';
import { routeUpgrades } from './browser/web-sockets.ts';
import { shareConnections } from './connection-shares.ts';
import { type ConsoleOptions, consoleRoutes } from './console/open-console.ts';
import { homeRoutes } from './home-routes.ts';
import { probeRoutes, statusRoutes } from './routes/status.ts';
import type { StatusSources } from './sources.ts';
import { HTTP_TLS_KEYS, reloadTls } from './tls.ts';
import { type HttpServer, listen, newWebServer } from './web-server.ts';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly version: string;
  /** Whether `/docs` is open to all. */
  readonly openDocs: boolean;
  /** Addresses and networks for which the shares by address do not hold. */
  readonly trusted: readonly string[];
  /** Addresses and networks of proxies: the address in their `X-Forwarded-For` counts, never theirs. */
  readonly proxies: readonly string[];
  /** Connections that one address may have, if it is not trusted. */
  readonly connectionsPerAddress: number;
  /** PEM files, looked at again when they change; absent: plain HTTP. */
  readonly tls?: TlsFiles;
  /** For the page that greets newcomers. */
  readonly tokenFile?: string;
  readonly console?: ConsoleOptions;
  /** Absent: browsers cannot call. */
  readonly browsers?: BrowserOptions;
  /** What the parts of the server add; behind the token. */
  readonly routes: readonly FastifyPluginAsyncTypebox[];
}

/** Since the start, `connections` apart: those that are open. */
export interface WebCounts {
  readonly connections: number;
  readonly connectionsRefused: number;
  readonly requestsLimited: number;
  readonly requestsUnauthorized: number;
}

export interface Web extends HttpServer {
  counts(): WebCounts;
}

const MOST_CONNECTIONS = 512;
const MOST_OF_STRANGERS = 384;

/** Of the API page, into which people type their token. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const LOGO = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40"><text x="0" y="28" font-family="sans-serif" font-size="24" fill="#fff">Tellerline</text></svg>',
);

/** @throws IvrError PORT_IN_USE */
export async function openHttp(options: HttpOptions, sources: StatusSources, logger: Logger): Promise<Web> {
  const tls = options.tls === undefined ? undefined : await readTls(options.tls, HTTP_TLS_KEYS);
  const app = await newWebServer(options.proxies, logger, tls, UpgradableRequest);
  const proxies = networks(options.proxies);
  const trusted = networks(options.trusted);

  await app.register(rateLimit, { global: false });
  const { token, openDocs } = options;
  const requests = admitRequests(app, { token, openDocs, proxies, trusted });
  const connections = shareConnections(app.server, {
    most: MOST_CONNECTIONS,
    strangers: MOST_OF_STRANGERS,
    perAddress: options.connectionsPerAddress,
    trusted: (address) => trusted(address) || proxies(address),
    banned: requests.banned,
  });

  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Tellerline',
        description: 'Calls, live events and the state of the server.',
        version: options.version,
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Tellerline: API' },
    staticCSP: PAGE_POLICY,
    transformStaticCSP: (policy) => policy,
    logo: { type: 'image/svg+xml', content: LOGO },
  });
  await app.register(homeRoutes(options));
  if (options.browsers !== undefined) {
    routeUpgrades(app);
    await app.register(
      browserRoutes(options.browsers, options, { proxies, limiter: requests.limiter, hold: connections.hold }),
    );
  }
  if (options.console !== undefined)
    await app.register(consoleRoutes(options.console, { proxies, limiter: requests.limiter }, logger));
  await app.register(probeRoutes(sources));
  await app.register(statusRoutes(sources));
  for (const routes of options.routes) await app.register(routes);

  const server = await listen(app, options, 'http.port');
  const reloading = options.tls === undefined ? undefined : reloadTls(app.server as SecureServer, options.tls, logger);
  const close = async (): Promise<void> => {
    reloading?.[Symbol.dispose]();
    await server.close();
  };
  return {
    address: server.address,
    close,
    [Symbol.asyncDispose]: close,
    counts: () => ({
      connections: connections.counts.open,
      connectionsRefused: connections.counts.refused + connections.counts.yielded,
      requestsLimited: requests.counts.limited,
      requestsUnauthorized: requests.counts.unauthorized,
    }),
  };
}
