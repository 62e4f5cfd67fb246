import { createHash, randomInt } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { browserUser } from '../../domain/browser-user.ts';
import { IvrError } from '../../domain/error.ts';
import { isLocal } from '../console/console-request.ts';

/*
 * Newcomers have no account. What their page may do is bound to a token of its own, in a cookie: to call, and to follow and
 * hear the calls that were made with it.
 */

const COOKIE = 'tellerline-newcomer';
const PATH = '/api/newcomer';
/** Of token and name alone, for digits of names are masked as those of numbers are. 94 bits. */
const LETTERS = 20;
const TOKEN = new RegExp(`^[a-z]{${LETTERS}}$`);
const A = 97;
/** Whoever comes through a proxy is not on this machine. */
const PROXY_HEADERS = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'forwarded',
  'via',
] as const;

/** A browser on this machine, with no proxy in between. */
export const isNewcomer = (request: FastifyRequest): boolean =>
  isLocal(request) && PROXY_HEADERS.every((name) => request.headers[name] === undefined);

/** The name of the page's telephone; a new one, and its token, where it has none. */
export function newcomerOf(request: FastifyRequest, reply: FastifyReply): string {
  const token = tokenOf(request) ?? lettersOf(Array.from({ length: LETTERS }, () => randomInt(26)));
  void reply.setCookie(COOKIE, token, { path: PATH, httpOnly: true, sameSite: 'strict' });
  return nameOf(token);
}

/** As calls of that page have it as their caller. @throws IvrError FORBIDDEN */
export function callerOf(request: FastifyRequest): string {
  const token = tokenOf(request);
  if (token === undefined) throw new IvrError('FORBIDDEN', 'open the first page of this server again');
  return browserUser(nameOf(token));
}

/** The name is in SIP messages, journal and archive: it does not tell the token, which opens recordings. */
const nameOf = (token: string): string =>
  `newcomer-${lettersOf([...createHash('sha256').update(`newcomer ${token}`).digest().subarray(0, LETTERS)])}`;

const lettersOf = (numbers: readonly number[]): string =>
  numbers.map((each) => String.fromCodePoint(A + (each % 26))).join('');

function tokenOf({ cookies }: FastifyRequest): string | undefined {
  const token = cookies[COOKIE] ?? '';
  return TOKEN.test(token) ? token : undefined;
}
