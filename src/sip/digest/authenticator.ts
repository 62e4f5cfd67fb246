import { timingSafeEqual } from 'node:crypto';
import type { Milliseconds } from '../../domain/units.ts';
import type { SipRequest } from '../message/message.ts';
import { parseSipUri } from '../message/uri.ts';
import {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestFields,
  digestAlgorithm,
  digestHash,
  digestResponse,
  formatDigest,
  parseDigest,
} from './digest.ts';
import { Nonces } from './nonces.ts';

/** Of a user, by algorithm: `secretHash`. */
export type UserSecrets = Readonly<Partial<Record<DigestAlgorithm, string>>>;

export interface AuthenticatorOptions {
  readonly realm: string;
  readonly secretsOf: (user: string) => UserSecrets | undefined;
  /** What a name is offered: of one that is unknown, what a known one might be. Default: of a known one those that it has, else all. */
  readonly offeredTo?: (user: string) => readonly DigestAlgorithm[];
}

export type Authentication =
  | { readonly outcome: 'right'; readonly user: string }
  /** Answer 401 with these WWW-Authenticate values. */
  | {
      readonly outcome: 'challenged';
      readonly because: 'no-credentials' | 'stale' | 'replayed' | 'wrong';
      readonly challenges: readonly string[];
    }
  /** Answer 400. */
  | { readonly outcome: 'malformed' };

type Because = Extract<Authentication, { outcome: 'challenged' }>['because'];

/** Says who a request is from, by its digest credentials (RFC 3261 section 22.4, RFC 8760). */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #nonces = new Nonces();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Whose password a request shows, right or wrong; undefined: it shows none. */
  userOf(request: SipRequest): string | undefined {
    return this.#shown(request)?.get('username');
  }

  /**
   * @param claimed - who the request says it is from: offered is what that user has a secret for, since there are telephones
   *   that give up when one of the challenges names an algorithm that they do not know
   */
  check(request: SipRequest, now: Milliseconds, claimed: string): Authentication {
    const { secretsOf, offeredTo = (user) => algorithmsOf(secretsOf(user)) } = this.#options;
    const algorithms = offeredTo(claimed);
    const challenge = (because: Because): Authentication => this.#challenge(because, algorithms, now);
    const given = this.#shown(request);
    if (given === undefined) return challenge('no-credentials');
    const known = digestAlgorithm(given.get('algorithm') ?? 'MD5');
    const [user, nonce, uri, response, count = '', cnonce = ''] = [
      'username',
      'nonce',
      'uri',
      'response',
      'nc',
      'cnonce',
    ].map((name) => given.get(name));
    if (user === undefined || nonce === undefined || uri === undefined || response === undefined)
      return { outcome: 'malformed' };
    // without a count nothing tells a repeated request from a new one: the way of RFC 2069 is not taken
    if (given.get('qop')?.toLowerCase() !== 'auth' || !/^[\da-f]{8}$/i.test(count) || cnonce === '')
      return challenge('wrong');
    if (known === undefined || known.session || !algorithms.includes(known.algorithm)) return challenge('wrong');
    if (!isSameUri(uri, request.uri)) return { outcome: 'malformed' };
    // of another life of ours, too old, or invented: with a new one it is judged
    if (this.#nonces.look(nonce, now) !== 'ours') return challenge('stale');
    const { algorithm } = known;
    const secret = secretsOf(user)?.[algorithm];
    const right = digestResponse({
      algorithm,
      // an unknown user takes as long as a known one
      secret: secret ?? digestHash(algorithm, 'nobody'),
      session: false,
      nonce,
      method: request.method,
      uri,
      quality: { qop: 'auth', nc: count, cnonce },
      body: request.body,
    });
    if (!isSame(right, response.toLowerCase()) || secret === undefined) return challenge('wrong');
    if (this.#nonces.use(nonce, Number.parseInt(count, 16), now) !== 'fresh') return challenge('replayed');
    return { outcome: 'right', user };
  }

  /** The credentials that are meant for us. */
  #shown({ headers }: SipRequest): DigestFields | undefined {
    const { realm } = this.#options;
    return headers
      .all('Authorization')
      .map(parseDigest)
      .find((fields) => fields?.get('realm') === realm);
  }

  #challenge(because: Because, algorithms: readonly DigestAlgorithm[], now: Milliseconds): Authentication {
    const nonce = this.#nonces.issue(now);
    const { realm } = this.#options;
    const challenges = algorithms.map((algorithm) =>
      formatDigest(
        [
          ['realm', realm],
          ['nonce', nonce],
          ['algorithm', algorithm],
          ['qop', 'auth'],
          ...(because === 'stale' || because === 'replayed' ? ([['stale', 'true']] as const) : []),
        ],
        false,
      ),
    );
    return { outcome: 'challenged', because, challenges };
  }
}

/** Those that a user has a secret for, the best first; all of whom we do not know. */
export const algorithmsOf = (secrets: UserSecrets | undefined): readonly DigestAlgorithm[] =>
  DIGEST_ALGORITHMS.filter((algorithm) => secrets === undefined || secrets[algorithm] !== undefined);

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));

/** SBCs on the way rewrite host and parameters of the Request-URI (RFC 3261 section 22.4): whom it asks for has to be the same. */
function isSameUri(given: string, requested: string): boolean {
  if (given === requested) return true;
  const [a, b] = [parseSipUri(given), parseSipUri(requested)];
  return a !== undefined && b !== undefined && a.user === b.user;
}
