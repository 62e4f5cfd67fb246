import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyingOctets, NO_MKI, SRTP_SUITE_NAMES, type SrtpKey, type SrtpSuite } from '../../src/domain/srtp.ts';
import { warningOf } from '../../src/domain/sip-warning.ts';
import { IvrError } from '../../src/domain/error.ts';
import type { LocalSrtp } from '../../src/sdp/far-audio.ts';
import { offerAgain } from '../../src/sdp/offer-again.ts';
import { makeAnswer, makeOffer, takeAnswer } from '../../src/sdp/offer-answer.ts';
import { local, offer } from './far-offer.ts';

/* Keys in descriptions (RFC 4568), and what calls without them, or with others, are told. */

const keyOf = (suite: SrtpSuite, seed: number): SrtpKey => ({
  suite,
  keying: Uint8Array.from({ length: keyingOctets(suite) }, (_, i) => (i * 7 + seed) & 0xff),
  mki: NO_MKI,
});
const own: LocalSrtp = { policy: 'optional', keys: SRTP_SUITE_NAMES.map((suite) => keyOf(suite, 1)) };
const required: LocalSrtp = { ...own, policy: 'required' };
const line = (tag: number, suite: SrtpSuite, seed = 50, rest = ''): string =>
  `a=crypto:${tag} ${suite} inline:${Buffer.from(keyOf(suite, seed).keying).toString('base64')}${rest}`;
const cryptoLines = (text: string): readonly string[] => text.match(/^a=crypto:.*$/gm) ?? [];
const because = (run: () => unknown): IvrError => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown;
  }
  throw new Error('it was not refused');
};

const orders = SRTP_SUITE_NAMES.flatMap((first) =>
  SRTP_SUITE_NAMES.filter((second) => second !== first).flatMap((second) =>
    [1, 2, 9].flatMap((tag) =>
      (['RTP/SAVP', 'RTP/AVP'] as const).map((protocol) => [protocol, first, second, tag] as const),
    ),
  ),
);

describe('an answer has the offered tag and a key of its own', () => {
  test.each(orders)('%s: %s before %s, tag %i', (protocol, first, second, tag) => {
    const text = offer(`m=audio 6000 ${protocol} 0`, line(tag, first), line(tag + 1, second, 60));
    const answer = makeAnswer(text, { ...local, srtp: own });
    expect(answer.text).toContain(`m=audio ${local.port} ${protocol} 0`);
    expect(cryptoLines(answer.text)).toEqual([line(tag, first, 1)]);
    expect(answer.negotiated.srtp).toMatchObject({ ours: keyOf(first, 1), theirs: keyOf(first, 50) });
    // a suite that we do not want is passed over
    const picky: LocalSrtp = { policy: 'required', keys: own.keys.filter(({ suite }) => suite === second) };
    expect(cryptoLines(makeAnswer(text, { ...local, srtp: picky }).text)).toEqual([line(tag + 1, second, 1)]);
  });
});

test('our offer and their answer', () => {
  const wish = makeOffer({ ...local, srtp: own });
  expect(wish).toContain('RTP/AVP');
  expect(cryptoLines(wish)).toEqual(SRTP_SUITE_NAMES.map((suite, n) => line(n + 1, suite, 1)));
  const must = makeOffer({ ...local, srtp: required });
  expect(must).toContain('RTP/SAVP');
  for (const [n, suite] of SRTP_SUITE_NAMES.entries()) {
    const taken = takeAnswer({ text: must, srtp: required }, offer('m=audio 6000 RTP/SAVP 0', line(n + 1, suite)));
    expect(taken.srtp).toMatchObject({ ours: keyOf(suite, 1), theirs: keyOf(suite, 50) });
  }
  expect(takeAnswer({ text: wish, srtp: own }, offer('m=audio 6000 RTP/AVP 0')).srtp).toBeUndefined();
  expect(because(() => takeAnswer({ text: must, srtp: required }, offer('m=audio 6000 RTP/AVP 0'))).code).toBe(
    'NO_COMMON_CODEC',
  );
});

test('of two streams the encrypted one is taken, wherever it stands', () => {
  const both = offer('m=audio 6000 RTP/AVP 0', 'm=audio 6002 RTP/SAVP 0', line(1, 'AES_CM_128_HMAC_SHA1_80'));
  const answer = makeAnswer(both, { ...local, srtp: own });
  expect(answer.text.match(/^m=.*$/gm)).toEqual(['m=audio 0 RTP/AVP 0', `m=audio ${local.port} RTP/SAVP 0`]);
  expect(makeAnswer(both, local).text.match(/^m=.*$/gm)).toEqual([
    `m=audio ${local.port} RTP/AVP 0`,
    'm=audio 0 RTP/SAVP 0',
  ]);
});

test('where others can read the description there are no keys', () => {
  const exposed: LocalSrtp = { policy: 'optional', keys: [], exposed: true };
  const wish = offer('m=audio 6000 RTP/AVP 0', line(1, 'AEAD_AES_128_GCM'));
  const answer = makeAnswer(wish, { ...local, srtp: exposed });
  expect(answer.negotiated.srtp).toBeUndefined();
  expect(answer.text).not.toContain('crypto');
  expect(makeOffer({ ...local, srtp: exposed })).not.toContain('crypto');
  expect(because(() => makeOffer({ ...local, srtp: { ...exposed, policy: 'required' } })).message).toContain('TLS');
});

test.each([
  ['plain RTP where SRTP is required', required, ['m=audio 6000 RTP/AVP 0'], 'without SRTP'],
  [
    'SRTP where it is off',
    { policy: 'off', keys: [] },
    ['m=audio 6000 RTP/SAVP 0', line(1, 'AEAD_AES_128_GCM')],
    'plain RTP',
  ],
  ['SRTP without a key', own, ['m=audio 6000 RTP/SAVP 0'], 'none of our suites'],
  [
    'a suite that we do not have',
    own,
    ['m=audio 6000 RTP/SAVP 0', 'a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA'],
    'none of our',
  ],
  [
    'a key that is too short',
    own,
    ['m=audio 6000 RTP/SAVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA'],
    'none of our',
  ],
  [
    'no encryption',
    own,
    ['m=audio 6000 RTP/SAVP 0', line(1, 'AES_CM_128_HMAC_SHA1_80', 50, ' UNENCRYPTED_SRTP')],
    'none of our',
  ],
  [
    'no authentication',
    own,
    ['m=audio 6000 RTP/SAVP 0', line(1, 'AES_CM_128_HMAC_SHA1_80', 50, ' UNAUTHENTICATED_SRTP')],
    'none of our',
  ],
  [
    'keys that others could read',
    { ...own, exposed: true },
    ['m=audio 6000 RTP/SAVP 0', line(1, 'AEAD_AES_128_GCM')],
    'without TLS',
  ],
  ['DTLS', own, ['m=audio 6000 UDP/TLS/RTP/SAVPF 0', 'a=fingerprint:sha-256 00'], 'plain RTP'],
] as const)('refused, with a Warning that says why: %s', (_, srtp, lines, why) => {
  const error = because(() => makeAnswer(offer(...lines), { ...local, srtp }));
  expect(error.code).toBe('NO_COMMON_CODEC');
  expect(warningOf(error)).toMatch(/^302 tellerline "/);
  expect(warningOf(error)).toContain(why);
});

test('lifetime, identifier and parameters that ask for nothing are understood', () => {
  const taken = (rest: string) =>
    makeAnswer(offer('m=audio 6000 RTP/SAVP 0', line(4, 'AES_CM_128_HMAC_SHA1_32', 50, rest)), { ...local, srtp: own })
      .negotiated.srtp;
  expect(taken('|2^31')?.theirs).toEqual(keyOf('AES_CM_128_HMAC_SHA1_32', 50));
  expect(taken('|2^20|1:4')?.theirs.mki).toEqual(Uint8Array.of(0, 0, 0, 1));
  expect(taken('|66051:3 WSH=128 -FEC_ORDER=1')?.theirs.mki).toEqual(Uint8Array.of(1, 2, 3));
  expect(() => taken('|256:1')).toThrow();
});

test('asked for an offer in mid-call we keep our key', () => {
  const first = makeAnswer(offer('m=audio 6000 RTP/SAVP 0', line(3, 'AEAD_AES_256_GCM')), { ...local, srtp: own }).text;
  expect(cryptoLines(offerAgain(first))).toEqual(cryptoLines(first));
});

test('whatever stands behind a=crypto is passed over or taken, never thrown for', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => {
      const answer = makeAnswer(offer('m=audio 6000 RTP/AVP 0', `a=crypto:${text.replace(/[\r\n]/g, ' ')}`), {
        ...local,
        srtp: own,
      });
      expect(answer.negotiated.srtp).toBeUndefined();
    }),
  );
});
