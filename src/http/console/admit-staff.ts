import type { FastifyReply, FastifyRequest } from 'fastify';
import { shareOf, type Networks } from '../../lib/networks.ts';
import { isTokenShaped } from '../../staff/sessions.ts';
import type { SignIn } from '../../staff/sign-in.ts';
import type { Limiter } from '../admit-request.ts';
import { cookieName, expectPrivate, expectSameSite, placeOf } from './console-request.ts';

/** In each window of 10 s. */
const PAGES = 400;
const WITHOUT_SESSION = 60;
const OF_ACCOUNT = 400;

/** Sessions that were good lately, by the hash-free way of a map in memory: the budget of an address is not theirs. */
const MOST_KNOWN = 5_000;

/**
 * What a request to the console must pass: a private way, no other site, and its budget: of the address until a session was
 * shown rightly, then of the account. Sessions cannot be guessed faster than the address's budget.
 */
export function admitStaff(signIn: Pick<SignIn, 'find'>, proxies: Networks, limiter: Limiter) {
  const addressOf = (request: FastifyRequest): string => shareOf(request.ip);
  const pages = limiter(PAGES, addressOf);
  const withoutSession = limiter(WITHOUT_SESSION, addressOf);
  const ofAccount = limiter(OF_ACCOUNT, (request) => `account ${request.holder?.actor.id ?? ''}`);
  const known = new Set<string>();
  const remember = (token: string): void => {
    known.delete(token);
    known.add(token);
    for (const oldest of known) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(oldest);
    }
  };
  return {
    page: async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      await pages(request, reply);
      expectPrivate(request, proxies);
    },
    api: async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const token = request.cookies[cookieName(request)] ?? '';
      if (!known.has(token)) await withoutSession(request, reply);
      expectPrivate(request, proxies);
      expectSameSite(request);
      if (!isTokenShaped(token)) return;
      request.holder = await signIn.find(token, placeOf(request).address);
      if (request.holder === undefined) known.delete(token);
      else {
        remember(token);
        await ofAccount(request, reply);
      }
    },
  };
}
