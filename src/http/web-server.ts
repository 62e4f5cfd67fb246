import type { IncomingMessage } from 'node:http';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import helmet from '@fastify/helmet';
import fastify from 'fastify';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';
import type { TlsMaterial } from '../lib/tls-files.ts';

export interface HttpServer extends AsyncDisposable {
  /** Where it listens, such as http://127.0.0.1:8080 */
  readonly address: string;
  close(): Promise<void>;
}

/** From accepting a connection, or from the first byte of a request on it, to the end of the headers. */
const HEADERS_MS = 5_000;
/** The same to the end of the request. */
const REQUEST_MS = 10_000;
/** Longer than the proxies' own, so that they end idle connections and not we, in the middle of a request. */
const KEEP_ALIVE_MS = 65_000;
const CHECK_MS = 1_000;
const HEADER_BYTES = 8 * 1024;
const BODY_BYTES = 64 * 1024;
const HSTS_S = 365 * 86_400;

/**
 * What all our web servers have in common: time-outs for slow senders, headers, errors as JSON.
 *
 * @param proxies - addresses and networks whose `X-Forwarded-For` is believed
 * @param tls - absent: plain HTTP
 * @param Request - what Node.js makes of requests
 */
export async function newWebServer(
  proxies: readonly string[],
  logger: Logger,
  tls?: TlsMaterial,
  Request?: typeof IncomingMessage,
) {
  const http = {
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: HEADER_BYTES,
    ...(Request === undefined ? {} : { IncomingMessage: Request }),
  };
  const app = fastify({
    http,
    ...(tls === undefined ? {} : { https: { ...tls, ...http } }),
    logger: false,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    trustProxy: proxies.length === 0 ? false : [...proxies],
  })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler);
  // no answer belongs in a cache, or in another site's frame, window or address
  app.addHook('onRequest', async (_request, reply) => void reply.raw.setHeader('Cache-Control', 'no-store'));
  await app.register(helmet, {
    contentSecurityPolicy: false, // each kind of page has its own
    frameguard: { action: 'deny' },
    hsts: tls === undefined ? false : { maxAge: HSTS_S, includeSubDomains: false },
  });
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = httpError(thrown);
    if (error.status >= 500)
      logger.error(
        { code: error.code, route: request.routeOptions.url ?? 'none' },
        'a request failed',
        asError(thrown),
      );
    const { because } = error.facts;
    return reply.status(error.status).send({
      error: error.code,
      message: error.status === 500 ? 'internal error; see the log' : error.message,
      ...(error.status < 500 && because !== undefined ? { because } : {}),
    });
  });
  app.setNotFoundHandler(async () => {
    throw new IvrError('NOT_FOUND', 'there is nothing here; /docs describes the API');
  });
  return app;
}

export type WebServer = Awaited<ReturnType<typeof newWebServer>>;

/**
 * @param key - of the port in the configuration, such as 'http.port'
 * @throws IvrError PORT_IN_USE
 */
export async function listen(
  app: WebServer,
  { host, port }: { readonly host: string; readonly port: number },
  key: string,
): Promise<HttpServer> {
  try {
    const address = await app.listen({ host, port });
    return { address, close: () => app.close(), [Symbol.asyncDispose]: () => app.close() };
  } catch (thrown) {
    await app.close();
    const code = systemCode(thrown);
    if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL') throw thrown;
    throw new IvrError(
      'PORT_IN_USE',
      `the web server cannot listen on ${host}:${port} (${code}); set ${key} or http.host`,
      { port },
      thrown,
    );
  }
}

function httpError(thrown: unknown): IvrError {
  if (thrown instanceof IvrError) return thrown;
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new IvrError('USAGE', asError(thrown).message, {}, thrown);
  return new IvrError('INTERNAL', 'internal error', {}, thrown);
}
