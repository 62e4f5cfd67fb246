import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { IvrError } from '../domain/error.ts';
import { type Networks, shareOf } from '../lib/networks.ts';
import { isSameSecret } from '../lib/same-secret.ts';
import { basicPassword, bearerOf } from './token.ts';

export interface RequestLimits {
  readonly token: string;
  /** Whether the description of the API is open to all; else a browser asks for the token, as the password. */
  readonly openDocs: boolean;
  /** Proxies: their word for where a request comes from is taken. */
  readonly proxies: Networks;
  /** Whose probes are not limited, and whose right token is always looked at. */
  readonly trusted: Networks;
}

export interface RequestCounts {
  /** Answered 429, or not at all. */
  limited: number;
  /** Wrong tokens. */
  unauthorized: number;
}

/** Addresses are remembered in this number; the oldest is forgotten first. */
const MOST_ADDRESSES = 10_000;
const WINDOW_MS = 10_000;
/** In each window of 10 s. */
const PROBES = 100;
const WITHOUT_TOKEN = 100;
const ATTEMPTS = 20;
const WITH_TOKEN = 1_000;
/** After this many 429 answers in a window an address gets no answer, and no connection until the window is over. */
const PATIENCE = 100;

const PROBE = /^\/(?:healthz|readyz)(?:\?.*)?$/;
const DOCS = /^\/docs(?:\/[^?]*)?(?:\?.*)?$/;
const HOME = /^\/(?:\?.*)?$/;
/** Admitted by `console/admit-staff.ts`, `browser/web-sockets.ts` and `browser/newcomer-routes.ts`: the token opens nothing there. */
const CONSOLE = /^\/(?:console|sip|api\/staff|api\/archive|api\/newcomer)(?:[/?].*)?$/;

/** A budget of requests in the window. @throws IvrError TOO_MANY_REQUESTS, in the request */
export type Limiter = (
  max: number,
  keyOf: (request: FastifyRequest) => string,
) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * What every request must pass before anything is done for it: limits by address and by token, then the token.
 *
 * - A probe has a budget of its own: nothing that strangers ask for elsewhere takes from it.
 * - Who shows no token, or one that this address has not shown rightly before, has the budget of the address; whether the
 *   token is right is looked at only within it. So tokens cannot be guessed faster than that, and whoever holds the token
 *   goes on where somebody else at the same address uses the budget up.
 * - Who holds the token has the token's budget, wherever it is used.
 *
 * @returns the addresses that get no connection for now, what was refused, and budgets of the same kind for others
 */
export function admitRequests(
  app: FastifyInstance,
  limits: RequestLimits,
): { readonly banned: (share: string) => boolean; readonly counts: RequestCounts; readonly limiter: Limiter } {
  const counts: RequestCounts = { limited: 0, unauthorized: 0 };
  const bannedUntil = new Map<string, number>();
  /** Addresses that have shown the token. */
  const proven = new Set<string>();
  const limiter: Limiter = (max, keyGenerator) => {
    const check = app.createRateLimit({ max, timeWindow: WINDOW_MS, ban: PATIENCE, keyGenerator });
    return async (request, reply) => {
      const found = await check(request);
      if (found.isAllowed || !found.isExceeded) return;
      counts.limited += 1;
      if (found.isBanned) ban(request, found.ttl);
      reply.header('Retry-After', String(found.ttlInSeconds)).header('Connection', 'close');
      throw new IvrError('TOO_MANY_REQUESTS', `too many requests; try again in ${found.ttlInSeconds} s`);
    };
  };
  const addressOf = (request: FastifyRequest): string => shareOf(request.ip);
  const probes = limiter(PROBES, addressOf);
  const withoutToken = limiter(WITHOUT_TOKEN, addressOf);
  const attempts = limiter(ATTEMPTS, addressOf);
  const withToken = limiter(WITH_TOKEN, () => 'token');

  const ban = (request: FastifyRequest, forMs: number): void => {
    const peer = request.socket.remoteAddress ?? '';
    // through a proxy come others as well, and trusted ones are answered
    if (limits.proxies(peer) || limits.trusted(peer)) return;
    remember(bannedUntil, shareOf(peer), performance.now() + forMs);
    request.socket.destroy();
  };

  app.addHook('onRequest', async (request, reply) => {
    // a proxy that does not say for whom it asks would be taken for everybody behind it
    const anonymous = limits.proxies(request.ip);
    const trusted = !anonymous && limits.trusted(request.ip);
    if (PROBE.test(request.url)) {
      if (!trusted && !anonymous) await probes(request, reply);
      return;
    }
    if (CONSOLE.test(request.url)) return;
    const docs = DOCS.test(request.url);
    const { authorization } = request.headers;
    const shown = bearerOf(authorization) ?? (docs ? basicPassword(authorization) : undefined);
    const address = addressOf(request);
    const right = shown !== undefined && isSameSecret(shown, limits.token);
    if (right && (trusted || proven.has(address))) return await withToken(request, reply);
    if (!anonymous) await withoutToken(request, reply);
    if (HOME.test(request.url) || (docs && limits.openDocs)) return;
    if (shown !== undefined && !anonymous) await attempts(request, reply);
    if (!right) {
      counts.unauthorized += 1;
      void reply.header('WWW-Authenticate', docs ? 'Basic realm="Tellerline: the token is the password"' : 'Bearer');
      throw new IvrError(
        'UNAUTHORIZED',
        'send the header "Authorization: Bearer <token>"; the token is in the file named by http.token_file',
      );
    }
    proven.delete(address);
    remember(proven, address);
    await withToken(request, reply);
  });

  return {
    counts,
    limiter,
    banned(share) {
      const until = bannedUntil.get(share);
      if (until === undefined || until > performance.now()) return until !== undefined;
      bannedUntil.delete(share);
      return false;
    },
  };
}

function remember(addresses: Set<string> | Map<string, number>, address: string, until = 0): void {
  if (addresses instanceof Set) addresses.add(address);
  else addresses.set(address, until);
  const oldest = addresses.keys().next();
  if (addresses.size > MOST_ADDRESSES && oldest.done === false) addresses.delete(oldest.value);
}
