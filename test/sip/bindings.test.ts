import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { type NameAddress, parseNameAddress } from '../../src/sip/message/name-address.ts';
import { parseSipUri } from '../../src/sip/message/uri.ts';
import {
  type Binding,
  byPreference,
  formatBinding,
  register,
  type Registration,
} from '../../src/sip/registrar/bindings.ts';
import { isSameAddress } from '../../src/sip/message/uri-equality.ts';

const LIMITS = { contacts: 3, minSeconds: 60, maxSeconds: 3_600 };
const NOW = ms(1_000_000);

const contact = (text: string): NameAddress => {
  const parsed = parseNameAddress(text);
  if (parsed === undefined) throw new Error(`no contact: ${text}`);
  return parsed;
};
const wants = (contacts: readonly string[], more: Partial<Registration<string>> = {}): Registration<string> => ({
  contacts: contacts.map(contact),
  all: false,
  expires: undefined,
  callId: 'a@far',
  cseq: 1,
  path: [],
  way: 'way',
  ...more,
});
const done = (before: readonly Binding<string>[], registration: Registration<string>, now = NOW) => {
  const found = register(before, registration, LIMITS, now);
  if (found.outcome !== 'done') throw new Error(`refused: ${found.status}`);
  return found.bindings;
};
const uris = (bindings: readonly Binding<string>[]): string[] => bindings.map((each) => each.contact.uri);

describe('a REGISTER (RFC 3261 section 10.3)', () => {
  test('adds contacts, renews the one that it names again, and asks for them with none', () => {
    const first = done([], wants(['<sip:a@10.0.0.1>', '<sip:a@10.0.0.2>;expires=120;q=0.5']));
    expect(first.map(({ expiresAt, q }) => [(expiresAt - NOW) / 1_000, q])).toEqual([
      [3_600, 1],
      [120, 0.5],
    ]);
    const renewed = done(first, wants(['<sip:a@10.0.0.2>'], { cseq: 2, expires: '90' }), ms(NOW + 60_000));
    expect(uris(renewed)).toEqual(['sip:a@10.0.0.1', 'sip:a@10.0.0.2']);
    expect(formatBinding(renewed[1]!, ms(NOW + 60_000))).toBe('<sip:a@10.0.0.2>;expires=90');
    expect(done(renewed, wants([], { cseq: 3 }))).toEqual(renewed);
  });

  test('removes what it names with 0, and everything with *', () => {
    const two = done([], wants(['<sip:a@10.0.0.1>', '<sip:a@10.0.0.2>']));
    expect(uris(done(two, wants(['<sip:a@10.0.0.1>;expires=0'], { cseq: 2 })))).toEqual(['sip:a@10.0.0.2']);
    expect(done(two, wants([], { all: true, expires: '0', cseq: 2 }))).toEqual([]);
  });

  test('what is over is gone', () => {
    const one = done([], wants(['<sip:a@10.0.0.1>;expires=60']));
    expect(done(one, wants([], { cseq: 2 }), ms(NOW + 60_000))).toEqual([]);
  });

  test.each([
    ['* with an expiry', wants([], { all: true, expires: '60', cseq: 2 }), 400],
    ['* without one', wants([], { all: true, cseq: 2 }), 400],
    ['* beside a contact', wants(['<sip:b@10.0.0.9>'], { all: true, expires: '0', cseq: 2 }), 400],
    ['a contact that is no SIP URI', wants(['<tel:+1>'], { cseq: 2 }), 400],
    ['a time that is too short', wants(['<sip:b@10.0.0.9>;expires=59'], { cseq: 2 }), 423],
    [
      'more contacts at once than are allowed',
      wants(['<sip:b@10.0.0.9>', '<sip:c@10.0.0.9>', '<sip:d@10.0.0.9>', '<sip:e@10.0.0.9>'], { cseq: 2 }),
      403,
    ],
    ['a request that was overtaken', wants(['<sip:a@10.0.0.1>;expires=0'], { cseq: 1 }), 500],
    ['a * that was overtaken', wants([], { all: true, expires: '0', cseq: 1 }), 500],
  ])('%s is refused, and nothing of it is done', (_what, registration, status) => {
    const before = done([], wants(['<sip:a@10.0.0.1>']));
    expect(register(before, registration, LIMITS, NOW)).toMatchObject({ outcome: 'refused', status });
  });

  test('with one contact more than are allowed takes the place of the one that was refreshed longest ago', () => {
    const three = ['1', '2', '3'].reduce<readonly Binding<string>[]>(
      (before, n) => done(before, wants([`<sip:a@10.0.0.${n}>`], { callId: n })),
      [],
    );
    const refreshed = done(three, wants(['<sip:a@10.0.0.1>'], { callId: '1', cseq: 2 }));
    const four = done(refreshed, wants(['<sip:a@10.0.0.4>'], { callId: '4' }));
    expect(uris(four)).toEqual(['sip:a@10.0.0.3', 'sip:a@10.0.0.1', 'sip:a@10.0.0.4']);
  });

  test('from a telephone that was restarted (another Call-ID, the count anew) it counts', () => {
    const before = done([], wants(['<sip:a@10.0.0.1>'], { cseq: 50 }));
    expect(done(before, wants(['<sip:a@10.0.0.1>'], { callId: 'b@far' }))).toMatchObject([
      { callId: 'b@far', cseq: 1 },
    ]);
  });

  test('times that cannot be read are the usual hour; longer ones than we keep are cut', () => {
    const [odd, long] = done([], wants(['<sip:a@10.0.0.1>;expires=soon', '<sip:a@10.0.0.2>;expires=86400']));
    expect([odd?.expiresAt, long?.expiresAt]).toEqual([NOW + 3_600_000, NOW + 3_600_000]);
  });

  test('of a device that has moved, by instance and reg-id (RFC 5626), the new address alone is kept', () => {
    const device = (address: string): string => `<sip:a@${address}>;+sip.instance="<urn:uuid:1>";reg-id=1`;
    const before = done([], wants([device('10.0.0.1')]));
    const after = done(before, wants([device('10.0.0.7'), '<sip:a@10.0.0.8>'], { cseq: 2 }));
    expect(uris(after)).toEqual(['sip:a@10.0.0.7', 'sip:a@10.0.0.8']);
  });

  test('the way and the proxies are kept with it', () => {
    const [one] = done([], wants(['<sip:a@10.0.0.1>'], { path: ['<sip:edge;lr>'], way: 'this one' }));
    expect([one?.path, one?.way]).toEqual([['<sip:edge;lr>'], 'this one']);
  });
});

test('the preferred are tried first, of the same preference all at once', () => {
  const bindings = done([], wants(['<sip:a@a>;q=0.2', '<sip:b@b>', '<sip:c@c>;q=0.2']));
  expect(byPreference(bindings).map(uris)).toEqual([['sip:b@b'], ['sip:a@a', 'sip:c@c']]);
});

describe('the same address (RFC 3261 section 19.1.4)', () => {
  const same = (a: string, b: string): boolean => isSameAddress(parseSipUri(a)!, parseSipUri(b)!);
  test.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
  ])('%s and %s', (a, b) => {
    expect([same(a, b), same(b, a)]).toEqual([true, true]);
  });
  test.each([
    ['sip:ALICE@atlanta.com', 'sip:alice@atlanta.com'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com;user=phone', 'sip:bob@biloxi.com'],
    ['sip:bob@biloxi.com;transport=udp', 'sip:bob@biloxi.com;transport=tcp'],
    ['sip:bob@biloxi.com;transport=udp', 'sip:bob@biloxi.com'],
    ['sips:bob@biloxi.com', 'sip:bob@biloxi.com'],
    ['sip:carol@chicago.com?Subject=next', 'sip:carol@chicago.com'],
  ])('not %s and %s', (a, b) => {
    expect([same(a, b), same(b, a)]).toEqual([false, false]);
  });
});
