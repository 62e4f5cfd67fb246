import { createHash } from 'node:crypto';
import { endOfQuoted, skipSpace } from '../message/parameters.ts';
import { isToken } from '../message/token.ts';

/*
 * HTTP digest authentication as SIP uses it (RFC 3261 section 22, RFC 7616, RFC 8760): the header fields and the sums.
 */

export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** The best first: an authenticator offers them in this order (RFC 8760 section 2.4). */
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = ['SHA-256', 'MD5'];

const HASHES: Readonly<Record<DigestAlgorithm, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };

/** `Digest name=value, name="value"`: names in lower case, values without quotes. */
export type DigestFields = ReadonlyMap<string, string>;

/** @returns undefined when it is another scheme, or malformed. Of a field given twice the first is kept. Linear; never throws. */
export function parseDigest(value: string): DigestFields | undefined {
  const scheme = /^[ \t]*Digest[ \t]+/i.exec(value)?.[0];
  if (scheme === undefined) return undefined;
  const fields = new Map<string, string>();
  let at = scheme.length;
  while (at < value.length) {
    const equals = value.indexOf('=', at);
    const name = value
      .slice(at, equals < 0 ? value.length : equals)
      .trim()
      .toLowerCase();
    if (equals < 0 || !isToken(name)) return undefined;
    at = skipSpace(value, equals + 1);
    const quoted = value[at] === '"';
    const comma = value.indexOf(',', at);
    const end = quoted ? endOfQuoted(value, at) : comma < 0 ? value.length : comma;
    if (end === undefined) return undefined;
    const text = quoted ? value.slice(at + 1, end - 1).replace(/\\([\s\S])/g, '$1') : value.slice(at, end).trim();
    if (!fields.has(name)) fields.set(name, text);
    at = skipSpace(value, end);
    if (at < value.length && value[at] !== ',') return undefined;
    at = skipSpace(value, at + 1);
  }
  return fields;
}

/** Fields whose values are tokens or numbers, not quoted strings (RFC 7616 sections 3.3 and 3.4). */
const BARE: ReadonlySet<string> = new Set(['algorithm', 'stale', 'nc']);

/** @param bareQop - in credentials qop is a token, in a challenge a quoted list */
export function formatDigest(fields: Iterable<readonly [name: string, value: string]>, bareQop: boolean): string {
  const one = ([name, value]: readonly [string, string]): string =>
    BARE.has(name) || (name === 'qop' && bareQop) ? `${name}=${value}` : `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
  return `Digest ${[...fields].map(one).join(', ')}`;
}

export const digestHash = (algorithm: DigestAlgorithm, ...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash(HASHES[algorithm]);
  for (const [n, part] of parts.entries()) hash.update(n === 0 ? '' : ':').update(part);
  return hash.digest('hex');
};

/** What a server keeps in place of a password: H(user:realm:password). */
export const secretHash = (algorithm: DigestAlgorithm, user: string, realm: string, password: string): string =>
  digestHash(algorithm, user, realm, password);

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** `secretHash`, in lower case. */
  readonly secret: string;
  /** The algorithm has `-sess` behind it: the secret is bound to both nonces. */
  readonly session: boolean;
  readonly nonce: string;
  readonly method: string;
  /** As the credentials' `uri` has it. */
  readonly uri: string;
  /** Undefined: the way of RFC 2069, without a count. */
  readonly quality: { readonly qop: 'auth' | 'auth-int'; readonly nc: string; readonly cnonce: string } | undefined;
  readonly body: Uint8Array;
}

/** The `response` of the credentials (RFC 7616 section 3.4.1). */
export function digestResponse({ algorithm, secret, session, nonce, method, uri, quality, body }: DigestInput): string {
  const first = session ? digestHash(algorithm, secret, nonce, quality?.cnonce ?? '') : secret;
  const second =
    quality?.qop === 'auth-int'
      ? digestHash(algorithm, method, uri, digestHash(algorithm, body))
      : digestHash(algorithm, method, uri);
  return quality === undefined
    ? digestHash(algorithm, first, nonce, second)
    : digestHash(algorithm, first, nonce, quality.nc, quality.cnonce, quality.qop, second);
}

/** @returns undefined for one that we do not know */
export function digestAlgorithm(
  name: string,
): { readonly algorithm: DigestAlgorithm; readonly session: boolean } | undefined {
  const session = /-sess$/i.test(name);
  const plain = (session ? name.slice(0, -5) : name).toUpperCase();
  return plain === 'MD5' || plain === 'SHA-256' ? { algorithm: plain, session } : undefined;
}
