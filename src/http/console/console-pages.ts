import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { IvrError } from '../../domain/error.ts';

/** What vite writes for the nonce. */
const NONCE = /__CSP_NONCE__/g;

/** Nothing is loaded from elsewhere; scripts and style sheets are ours, or carry the nonce of this answer. */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** A page as vite built it, with a nonce of this answer. Undefined: it is not built. */
export async function builtPage(
  folder: string,
  name: string,
  microphone: 'none' | 'own',
): Promise<((reply: FastifyReply) => FastifyReply) | undefined> {
  const page = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (page === undefined) return undefined;
  return (reply) => {
    const nonce = randomBytes(18).toString('base64');
    return reply
      .header('Content-Security-Policy', policyWith(nonce))
      .header(
        'Permissions-Policy',
        `camera=(), geolocation=(), microphone=(${microphone === 'own' ? 'self' : ''}), payment=(), usb=()`,
      )
      .type('text/html; charset=utf-8')
      .send(page.replace(NONCE, nonce));
  };
}

/**
 * The built console below `/console/`: one page for every address in it, and its files, which have their hash in their name.
 *
 * @param folder - `dist/web`; without it the console says what to do
 */
export function consolePages(folder: string, microphone: 'none' | 'own'): FastifyPluginAsync {
  return async (app) => {
    const page = await builtPage(folder, 'index.html', microphone);
    const send = (reply: FastifyReply) => {
      if (page === undefined)
        throw new IvrError(
          'NOT_FOUND',
          'the console is not built: run `npm ci && npm run build` with the development dependencies',
        );
      return page(reply);
    };
    if (page !== undefined)
      await app.register(fastifyStatic, {
        root: join(folder, 'assets'),
        prefix: '/console/assets/',
        index: false,
        cacheControl: false,
        setHeaders: (response) => void response.setHeader('Cache-Control', 'public, max-age=31536000, immutable'),
      });
    app.get('/console', (_request, reply) => send(reply));
    app.get('/console/*', (_request, reply) => send(reply));
  };
}
