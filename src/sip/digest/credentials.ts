import type { SipRequest } from '../message/message.ts';
import { randomHex } from '../message/tag.ts';
import {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestFields,
  type DigestInput,
  digestAlgorithm,
  digestResponse,
  formatDigest,
  parseDigest,
  secretHash,
} from './digest.ts';

export interface Account {
  readonly user: string;
  readonly password: string;
}

interface Challenge {
  readonly fields: DigestFields;
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  /** As the far end wrote it. */
  readonly algorithmName: string | undefined;
}

/** Where a challenge with that status stands, and what answers it (RFC 3261 section 22). */
export const proofHeaders = (status: number) =>
  status === 401
    ? (['WWW-Authenticate', 'Authorization'] as const)
    : (['Proxy-Authenticate', 'Proxy-Authorization'] as const);

/** Those that we can answer, the one with the strongest algorithm first (RFC 8760 section 2.4). */
function readChallenges(values: readonly string[]): readonly Challenge[] {
  const known = values.flatMap((value): Challenge[] => {
    const fields = parseDigest(value);
    const name = fields?.get('algorithm');
    const found = digestAlgorithm(name ?? 'MD5');
    if (fields === undefined || found === undefined || !fields.has('realm') || !fields.has('nonce')) return [];
    return [{ fields, ...found, algorithmName: name }];
  });
  return known.toSorted((a, b) => DIGEST_ALGORITHMS.indexOf(a.algorithm) - DIGEST_ALGORITHMS.indexOf(b.algorithm));
}

/**
 * What answers 401 (`WWW-Authenticate` → `Authorization`) or 407 (`Proxy-Authenticate` → `Proxy-Authorization`).
 *
 * @param count - how often this nonce has been used, from 1
 * @returns undefined when no challenge is one that we can answer
 */
export function credentialsFor(
  challenges: readonly string[],
  request: Pick<SipRequest, 'method' | 'uri' | 'body'>,
  { user, password }: Account,
  count = 1,
): string | undefined {
  const [chosen] = readChallenges(challenges);
  if (chosen === undefined) return undefined;
  const { fields, algorithm, session, algorithmName } = chosen;
  const [own = '', nonce = '', opaque] = ['realm', 'nonce', 'opaque'].map((name) => fields.get(name));
  const offered = new Set((fields.get('qop') ?? '').split(',').map((one) => one.trim().toLowerCase()));
  const qop = (['auth', 'auth-int'] as const).find((one) => offered.has(one));
  const quality: DigestInput['quality'] =
    qop === undefined ? undefined : { qop, nc: count.toString(16).padStart(8, '0'), cnonce: randomHex(16) };
  const response = digestResponse({
    algorithm,
    secret: secretHash(algorithm, user, own, password),
    session,
    nonce,
    method: request.method,
    uri: request.uri,
    quality,
    body: request.body,
  });
  return formatDigest(
    [
      ['username', user],
      ['realm', own],
      ['nonce', nonce],
      ['uri', request.uri],
      ['response', response],
      ...(algorithmName === undefined ? [] : [['algorithm', algorithmName] as const]),
      ...(quality === undefined
        ? []
        : ([
            ['qop', quality.qop],
            ['nc', quality.nc],
            ['cnonce', quality.cnonce],
          ] as const)),
      ...(opaque === undefined ? [] : [['opaque', opaque] as const]),
    ],
    true,
  );
}
