import { describe, expect, test } from 'vitest';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { Registrar } from '../../src/sip-server/registrar.ts';
import {
  bench,
  DOMAIN,
  PASSWORD,
  refused,
  secrets,
  Telephone,
  telephone,
  useRegistrar,
  USERS,
} from './registered-telephone.ts';

useRegistrar();

describe('which names there are', () => {
  test('cannot be told by what they are offered, where some have MD5 alone', async () => {
    const { MD5 } = secrets('carol');
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    bench.server.setUsers(
      Object.fromEntries([...names.map((name) => [name, secrets(name)] as const), ['carol', { MD5 }] as const]),
    );
    const offered = async (name: string): Promise<number> => {
      const one = await telephone(name);
      return (await one.ask(one.request())).headers.all('WWW-Authenticate').length;
    };
    expect([await offered('carol'), await offered('a')]).toEqual([1, 2]);
    const unknown: number[] = [];
    for (let n = 0; n < 60; n++) unknown.push(await offered(`nobody-${n}`));
    // one of nine users has MD5 alone, and so has about one of nine who do not exist; each of them always
    expect(new Set(unknown)).toEqual(new Set([1, 2]));
    for (const n of [0, 1, 2, 3]) expect(await offered(`nobody-${n}`)).toBe(unknown[n]);
  });
});

describe('a telephone is not heard', () => {
  test('after ten wrong passwords of its address: not even with the right one, for a while', async () => {
    const guesser = await telephone('alice', 'a wrong password');
    for (let n = 0; n < 10; n++) expect((await guesser.register()).status).toBe(401);
    const alice = await telephone('alice');
    const response = await alice.ask(alice.request());
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '60']);
    expect(refused()).toMatchObject({ wrong: 10, guessing: 1 });
    bench.clock.advance(60_000);
    expect((await alice.register()).status).toBe(200);
  });

  /** A registrar that is asked from wherever the test says. */
  async function asked() {
    const told: string[] = [];
    const { peer } = await telephone('alice');
    const registrar = new Registrar(
      { domain: DOMAIN, users: USERS, limits: { contacts: 3, minSeconds: 60, maxSeconds: 3_600 } },
      bench.clock,
      () => false,
      (address) => told.push(address),
    );
    let calls = 0;
    /** @param to - the address that is asked for; default: the telephone's own */
    const from = (host: string, password: string, to = `<sip:alice@${DOMAIN}>`): number => {
      const phone = new Telephone(peer, 'alice', password);
      const ask = (request: SipRequest): SipResponse =>
        registrar.answer({ request, flow: { protocol: 'UDP', host, port: 5060 }, localTag: 't' });
      const call = { 'Call-ID': `call-${calls++}`, To: to };
      const first = ask(phone.request(call));
      if (first.status !== 401) return first.status;
      const again = phone.request(call);
      again.headers.set('Authorization', phone.credentials(first, again));
      return ask(again).status;
    };
    return { from, told };
  }

  test('from ever new addresses: after forty wrong passwords for a name it is slowed, but not where its owner is', async () => {
    const { from, told } = await asked();
    expect(from('192.0.2.1', PASSWORD)).toBe(200);
    for (let n = 0; n < 40; n++) expect(from(`198.51.100.${n}`, 'wrong')).toBe(401);
    expect(from('198.51.100.99', 'wrong')).toBe(503);
    expect(from('198.51.100.98', PASSWORD)).toBe(503);
    expect(from('192.0.2.1', PASSWORD)).toBe(200);
    expect(told).toEqual(['198.51.100.99']);
    bench.clock.advance(60_000);
    expect(from('198.51.100.98', PASSWORD)).toBe(200);
  });

  test('also when each guess is for another address: whose password it is counts', async () => {
    const { from } = await asked();
    for (let n = 0; n < 40; n++) expect(from(`198.51.100.${n}`, 'wrong', `<sip:nobody-${n}@${DOMAIN}>`)).toBe(401);
    expect(from('198.51.100.98', 'wrong', `<sip:nobody-40@${DOMAIN}>`)).toBe(503);
    expect(from('198.51.100.99', PASSWORD)).toBe(503);
  });

  test('but all telephones of a name are, as many as it may have', async () => {
    const { from } = await asked();
    const places = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
    for (const place of places) expect(from(place, PASSWORD)).toBe(200);
    for (let n = 0; n < 40; n++) from(`198.51.100.${n}`, 'wrong');
    expect(places.map((place) => from(place, PASSWORD))).toEqual([503, 200, 200, 200]);
  });
});
