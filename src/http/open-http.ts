import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import {
  type FastifyPluginAsyncTypebox,
  type TypeBoxTypeProvider,
  TypeBoxValidatorCompiler,
} from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';
import { statusRoutes } from './routes/status.ts';
import type { StatusSources } from './sources.ts';
import { isBearer } from './token.ts';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly version: string;
  /** What the parts of the server add; behind the token. */
  readonly routes: readonly FastifyPluginAsyncTypebox[];
}

export interface HttpServer extends AsyncDisposable {
  /** Where it listens, such as http://127.0.0.1:8080 */
  readonly address: string;
  close(): Promise<void>;
}

/** Open to all: probes of an orchestrator, and the description of the API. Everything else wants the token. */
const OPEN = /^\/(?:healthz|readyz|docs(?:\/.*)?)?(?:\?.*)?$/;

/** A connection is a descriptor, and calls need them too. */
const MOST_CONNECTIONS = 512;

/** Nothing of ours belongs into a cache, another site's frame or address, or is guessed to be of another type. */
const HEADERS = [
  ['Cache-Control', 'no-store'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
] as const;
/** Of the API page, into which people type their token. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const LOGO = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40"><text x="0" y="28" font-family="sans-serif" font-size="24" fill="#fff">Tellerline</text></svg>',
);

/** @throws IvrError PORT_IN_USE */
export async function openHttp(options: HttpOptions, sources: StatusSources, logger: Logger): Promise<HttpServer> {
  const app = fastify({ logger: false, bodyLimit: 64 * 1024, forceCloseConnections: true, requestTimeout: 10_000 })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler);

  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of HEADERS) reply.raw.setHeader(name, value);
    if (!OPEN.test(request.url) && !isBearer(request.headers.authorization, options.token))
      throw new IvrError(
        'UNAUTHORIZED',
        'send the header "Authorization: Bearer <token>"; the token is in the file named by http.token_file',
      );
  });
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = httpError(thrown);
    if (error.status >= 500)
      logger.error(
        { code: error.code, route: request.routeOptions.url ?? 'none' },
        'a request failed',
        asError(thrown),
      );
    if (error.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
    return reply
      .status(error.status)
      .send({ error: error.code, message: error.status === 500 ? 'internal error; see the log' : error.message });
  });
  app.setNotFoundHandler(async () => {
    throw new IvrError('NOT_FOUND', 'there is nothing here; /docs describes the API');
  });

  await app.register(rateLimit, { max: 600, timeWindow: 60_000 });
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
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  await app.register(statusRoutes(sources));
  for (const routes of options.routes) await app.register(routes);

  try {
    const address = await app.listen({ host: options.host, port: options.port });
    return { address, close: () => app.close(), [Symbol.asyncDispose]: () => app.close() };
  } catch (thrown) {
    await app.close();
    if (systemCode(thrown) === 'EADDRINUSE' || systemCode(thrown) === 'EADDRNOTAVAIL')
      throw new IvrError(
        'PORT_IN_USE',
        `the web server cannot listen on ${options.host}:${options.port} (${systemCode(thrown)}); set http.port or http.host`,
        { port: options.port },
        thrown,
      );
    throw thrown;
  }
}

function httpError(thrown: unknown): IvrError {
  if (thrown instanceof IvrError) return thrown;
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (status === 429) return new IvrError('OVERLOADED', 'too many requests; try again in a minute', {}, thrown);
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new IvrError('USAGE', asError(thrown).message, {}, thrown);
  return new IvrError('INTERNAL', 'internal error', {}, thrown);
}
