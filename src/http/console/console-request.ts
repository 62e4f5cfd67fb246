import type { FastifyReply, FastifyRequest } from 'fastify';
import { IvrError } from '../../domain/error.ts';
import { networks, shareOf, type Networks, unmapped } from '../../lib/networks.ts';
import type { Place } from '../../staff/limited-attempt.ts';
import type { SessionHolder } from '../../staff/sign-in.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The account of this request's session, whatever the session opens. */
    holder: SessionHolder | undefined;
  }
}

/* What a request to the console has to be like, before it is known who sends it. */

/** Without TLS; with TLS the prefix makes browsers refuse it from subdomains and plain connections. */
const PLAIN_COOKIE = 'tellerline-session';
const SECURE_COOKIE = '__Host-tellerline-session';
const CONSOLE_HEADER = 'x-tellerline-console';

const isLoopback = networks(['127.0.0.0/8', '::1']);
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether it came over TLS, to us or to a proxy that we trust. */
export const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';
export const cookieName = (request: FastifyRequest): string => (isSecure(request) ? SECURE_COOKIE : PLAIN_COOKIE);

/** A browser on this machine that was not led here by a name of somebody else's (DNS rebinding). */
export const isLocal = (request: FastifyRequest): boolean =>
  isLoopback(unmapped(request.socket.remoteAddress ?? '')) &&
  isLoopback(unmapped(request.ip)) &&
  LOCAL_HOST.test(request.host);

/** @throws IvrError FORBIDDEN: passwords and audio do not travel in clear text */
export function expectPrivate(request: FastifyRequest, proxies: Networks): void {
  if (isSecure(request) || isLocal(request)) return;
  // the way from the proxy to its clients is the proxy's: it may not tell of its TLS
  if (proxies(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-proto'] === undefined) return;
  throw new IvrError(
    'FORBIDDEN',
    'the console is available over TLS, or on this machine only: set http.tls.certificate and http.tls.key, or put a proxy with TLS in front and name it in http.trust_proxy',
  );
}

const SAFE = new Set(['GET', 'HEAD']);

/** Another site can make a browser send requests with our cookie, but neither with this header nor from our origin. @throws IvrError FORBIDDEN */
export function expectSameSite(request: FastifyRequest): void {
  const { origin, [CONSOLE_HEADER]: marked, 'sec-fetch-site': site } = request.headers;
  const foreign =
    (origin !== undefined && origin !== `${request.protocol}://${request.host}`) ||
    (site !== undefined && site !== 'same-origin' && !(site === 'none' && SAFE.has(request.method)));
  if (foreign || (!SAFE.has(request.method) && marked === undefined))
    throw new IvrError('FORBIDDEN', 'the request came from a site other than the console');
}

export const placeOf = (request: FastifyRequest): Place => ({
  address: unmapped(request.ip),
  source: shareOf(request.ip),
});

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string | undefined): void {
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(request) } as const;
  if (token === undefined) void reply.clearCookie(cookieName(request), options);
  else void reply.setCookie(cookieName(request), token, options);
}

/** The holder of a session that has come to its end. @throws IvrError SIGN_IN_REQUIRED */
export function signedInHolder(request: FastifyRequest): SessionHolder {
  const { holder } = request;
  if (holder?.session.step !== 'full') throw new IvrError('SIGN_IN_REQUIRED', 'sign in first');
  return holder;
}
