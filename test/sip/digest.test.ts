import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { Authenticator } from '../../src/sip/digest/authenticator.ts';
import { credentialsFor } from '../../src/sip/digest/credentials.ts';
import { digestResponse, formatDigest, parseDigest, secretHash } from '../../src/sip/digest/digest.ts';
import { Nonces } from '../../src/sip/digest/nonces.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';

const REALM = 'bank.example';
const secretsOf = (user: string) =>
  user === 'alice'
    ? {
        MD5: secretHash('MD5', 'alice', REALM, 'correct horse'),
        'SHA-256': secretHash('SHA-256', 'alice', REALM, 'correct horse'),
      }
    : undefined;
const open = () => new Authenticator({ realm: REALM, secretsOf });

const register = (authorization?: string, uri = `sip:${REALM}`): SipRequest => ({
  kind: 'request',
  method: 'REGISTER',
  uri,
  headers: new SipHeaders(authorization === undefined ? [] : [['Authorization', authorization]]),
  body: NO_BODY,
});

/** The challenges that a first request gets. */
function challenges(authenticator: Authenticator, now = 0): readonly string[] {
  const found = authenticator.check(register(), ms(now), 'alice');
  if (found.outcome !== 'challenged') throw new Error(`not challenged but ${found.outcome}`);
  return found.challenges;
}

describe('the sums', () => {
  const quality = { qop: 'auth', nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' } as const;
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('%s of RFC 7616 section 3.9.1', (algorithm, response) => {
    const found = digestResponse({
      algorithm,
      secret: secretHash(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life'),
      session: false,
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      method: 'GET',
      uri: '/dir/index.html',
      quality,
      body: NO_BODY,
    });
    expect(found).toBe(response);
  });

  test('MD5 of RFC 2617 section 3.5', () => {
    const found = digestResponse({
      algorithm: 'MD5',
      secret: secretHash('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life'),
      session: false,
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      method: 'GET',
      uri: '/dir/index.html',
      quality: { qop: 'auth', nc: '00000001', cnonce: '0a4f113b' },
      body: NO_BODY,
    });
    expect(found).toBe('6629fae49393a05397450978507c4ef1');
  });
});

describe('the header fields', () => {
  test('whatever is written is read again', () => {
    const name = fc.constantFrom('username', 'realm', 'nonce', 'opaque', 'cnonce');
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', '=', '"', '\\', ':', ';', 'é') });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, text), { minLength: 1, selector: ([one]) => one }), (fields) => {
        expect([...(parseDigest(formatDigest(fields, true)) ?? [])]).toEqual(fields);
      }),
    );
  });

  test('anything is read or refused, and nothing throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseDigest(`Digest ${text}`)));
    fc.assert(fc.property(fc.string(), (text) => void parseDigest(text)));
  });

  test.each(['Basic YTpi', 'Digest', 'Digest realm', 'Digest realm="x', 'Digest realm="x" nonce="y"'])('%s', (text) => {
    expect(parseDigest(text)).toBeUndefined();
  });
});

describe('a user proves to be who it is', () => {
  const account = { user: 'alice', password: 'correct horse' };

  test('by SHA-256 where it can, by MD5 where it cannot', () => {
    for (const choose of [
      (all: readonly string[]) => all,
      (all: readonly string[]) => all.filter((one) => one.includes('=MD5')),
    ]) {
      const authenticator = open();
      const offered = choose(challenges(authenticator));
      const given = credentialsFor(offered, register(), account) ?? '';
      expect(given).toContain(offered.length === 2 ? 'algorithm=SHA-256' : 'algorithm=MD5');
      expect(authenticator.check(register(given), ms(1), 'alice')).toEqual({ outcome: 'right', user: 'alice' });
    }
  });

  test('with every count once: what was heard on the wire opens nothing', () => {
    const authenticator = open();
    const offered = challenges(authenticator);
    const [first, second, third] = [1, 2, 9].map((count) => credentialsFor(offered, register(), account, count) ?? '');
    const outcome = (given?: string): string => {
      const found = authenticator.check(register(given), ms(1), 'alice');
      return found.outcome === 'challenged' ? found.because : found.outcome;
    };
    expect([first, first, second, first, third, second].map(outcome)).toEqual([
      'right',
      'replayed',
      'right',
      'replayed',
      'right',
      'replayed',
    ]);
  });

  test('for five minutes by one nonce; then a new one is given, and nobody has to type a password', () => {
    const authenticator = open();
    const given = credentialsFor(challenges(authenticator), register(), account);
    const late = authenticator.check(register(given), ms(300_001), 'alice');
    if (late.outcome !== 'challenged') throw new Error(late.outcome);
    expect([late.because, late.challenges[0]]).toEqual(['stale', expect.stringContaining('stale=true')]);
    const again = credentialsFor(late.challenges, register(), account);
    expect(authenticator.check(register(again), ms(300_002), 'alice').outcome).toBe('right');
  });

  test('a nonce of another life of ours is stale, whatever the password: nobody is counted as guessing for it', () => {
    const given = credentialsFor(challenges(open()), register(), account);
    const authenticator = open();
    const found = authenticator.check(register(given), ms(1), 'alice');
    if (found.outcome !== 'challenged') throw new Error(found.outcome);
    expect([found.because, found.challenges[0]]).toEqual(['stale', expect.stringContaining('stale=true')]);
    const again = credentialsFor(found.challenges, register(), account);
    expect(authenticator.check(register(again), ms(2), 'alice').outcome).toBe('right');
  });

  test.each([
    ['a wrong password', (all: readonly string[]) => credentialsFor(all, register(), { ...account, password: 'x' })],
    [
      'a user that there is not',
      (all: readonly string[]) => credentialsFor(all, register(), { ...account, user: 'bob' }),
    ],
    ['another method', (all: readonly string[]) => credentialsFor(all, { ...register(), method: 'INVITE' }, account)],
    [
      'no count (RFC 2069), which could be repeated',
      (all: readonly string[]) =>
        credentialsFor(
          all.map((one) => one.replace(/, qop="auth"/, '')),
          register(),
          account,
        ),
    ],
  ])('not by %s', (_what, make) => {
    const authenticator = open();
    const found = authenticator.check(register(make(challenges(authenticator))), ms(1), 'alice');
    expect(found).toMatchObject({ outcome: 'challenged', because: 'wrong' });
  });

  test('credentials for another realm are none; those for another user part of the Request-URI are malformed', () => {
    const authenticator = open();
    const other = credentialsFor(
      challenges(authenticator).map((one) => one.replace(REALM, 'other.example')),
      register(),
      account,
    );
    expect(authenticator.check(register(other), ms(1), 'alice')).toMatchObject({ because: 'no-credentials' });
    const given = credentialsFor(challenges(authenticator), { ...register(), uri: 'sip:bob@bank.example' }, account);
    expect(authenticator.check(register(given), ms(1), 'alice')).toEqual({ outcome: 'malformed' });
  });
});

test('to a user with MD5 alone MD5 alone is offered, for telephones that fail on anything else', () => {
  const old = new Authenticator({ realm: REALM, secretsOf: () => ({ MD5: secretsOf('alice')?.MD5 ?? '' }) });
  const offered = challenges(old);
  expect(offered).toHaveLength(1);
  const given = credentialsFor(offered, register(), { user: 'alice', password: 'correct horse' });
  expect(old.check(register(given), ms(1), 'alice').outcome).toBe('right');
});

test('nonces that were never used cost no memory; those that were are forgotten when they are stale', () => {
  const nonces = new Nonces();
  for (let n = 0; n < 1_000; n++) nonces.issue(ms(n));
  expect(nonces.used).toBe(0);
  expect(nonces.use(nonces.issue(ms(0)), 1, ms(1))).toBe('fresh');
  expect(nonces.use(nonces.issue(ms(400_000)), 1, ms(400_001))).toBe('fresh');
  expect(nonces.used).toBe(1);
  expect(nonces.look(new Nonces().issue(ms(0)), ms(1))).toBe('unknown');
});
