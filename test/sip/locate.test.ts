import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SipProtocol } from '../../src/sip/message/protocol.ts';
import { bySrv, flowTo, locate } from '../../src/sip/transport/locate.ts';
import type { NameService, NaptrRecord, SrvRecord } from '../../src/sip/transport/name-service.ts';

const ALL: ReadonlySet<SipProtocol> = new Set(['UDP', 'TCP', 'TLS']);
const UDP_ONLY: ReadonlySet<SipProtocol> = new Set(['UDP']);

const srv = (name: string, port: number, priority = 1, weight = 0): SrvRecord => ({ name, port, priority, weight });
const naptr = (order: number, service: string, replacement: string, preference = 1): NaptrRecord => ({
  order,
  preference,
  flags: 's',
  service,
  replacement,
});

interface Zone {
  readonly naptr?: Readonly<Record<string, readonly NaptrRecord[]>>;
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
}
const zone = ({ naptr: pointers = {}, srv: servers = {}, addresses = {} }: Zone): NameService => ({
  naptr: async (name) => pointers[name] ?? [],
  srv: async (name) => servers[name] ?? [],
  addresses: async (name) => addresses[name] ?? [],
});

const where = async (uri: string, names: Zone = {}, protocols = ALL): Promise<string[]> =>
  (await locate(uri, { protocols, names: zone(names), random: () => 0 })).map(
    ({ protocol, host, port, name }) => `${protocol} ${host}:${port}${name === undefined ? '' : ` as ${name}`}`,
  );

/** The example of RFC 3263 section 4. */
const EXAMPLE: Zone = {
  naptr: {
    'example.com': [
      naptr(50, 'SIPS+D2T', '_sips._tcp.example.com'),
      naptr(90, 'SIP+D2T', '_sip._tcp.example.com'),
      naptr(100, 'SIP+D2U', '_sip._udp.example.com'),
    ],
  },
  srv: {
    '_sips._tcp.example.com': [srv('server1.example.com', 5061)],
    '_sip._tcp.example.com': [srv('server1.example.com', 5060, 0), srv('server2.example.com', 5060, 1)],
    '_sip._udp.example.com': [srv('server2.example.com', 5070)],
  },
  addresses: {
    'server1.example.com': ['192.0.2.1', '2001:db8::1'],
    'server2.example.com': ['192.0.2.2'],
    'example.com': ['192.0.2.9'],
  },
};

describe('where a URI leads (RFC 3263)', () => {
  test.each([
    ['an address', 'sip:a@192.0.2.7', ['UDP 192.0.2.7:5060']],
    ['an address with port and transport', 'sip:192.0.2.7:5070;transport=tcp', ['TCP 192.0.2.7:5070']],
    ['an IPv6 address, safely', 'sips:a@[2001:db8::7]', ['TLS 2001:db8::7:5061']],
    ['a transport of browsers', 'sip:a@192.0.2.7;transport=ws', []],
    ['another scheme', 'tel:+86', []],
    ['SIPS over UDP', 'sips:a@192.0.2.7;transport=udp', []],
  ])('%s', async (_what, uri, expected) => {
    expect(await where(uri)).toEqual(expected);
  });

  test('by NAPTR: the preferred transport that we have, each address of each server', async () => {
    expect(await where('sip:user@example.com', EXAMPLE)).toEqual([
      'TLS 192.0.2.1:5061 as example.com',
      'TLS 2001:db8::1:5061 as example.com',
    ]);
    expect(await where('sip:user@example.com', EXAMPLE, new Set(['UDP', 'TCP'] as const))).toEqual([
      'TCP 192.0.2.1:5060 as example.com',
      'TCP 2001:db8::1:5060 as example.com',
      'TCP 192.0.2.2:5060 as example.com',
    ]);
    expect(await where('sip:user@example.com', EXAMPLE, UDP_ONLY)).toEqual(['UDP 192.0.2.2:5070 as example.com']);
  });

  test('a transport that the URI names is kept; SIPS is never anything but TLS', async () => {
    expect(await where('sip:user@example.com;transport=udp', EXAMPLE)).toEqual(['UDP 192.0.2.2:5070 as example.com']);
    expect(await where('sips:user@example.com', EXAMPLE)).toHaveLength(2);
    expect(await where('sips:user@example.com', EXAMPLE, UDP_ONLY)).toEqual([]);
  });

  test('without NAPTR by the SRV records of what we have; without those by the address', async () => {
    const { srv: servers = {}, addresses = {} } = EXAMPLE;
    expect(await where('sip:user@example.com', { srv: servers, addresses }, UDP_ONLY)).toEqual([
      'UDP 192.0.2.2:5070 as example.com',
    ]);
    expect(await where('sip:user@example.com', { addresses })).toEqual(['UDP 192.0.2.9:5060 as example.com']);
    expect(await where('sips:user@example.com', { addresses })).toEqual(['TLS 192.0.2.9:5061 as example.com']);
  });

  test('a port that is named is kept, and no record asked for', async () => {
    expect(await where('sip:user@example.com:5099', EXAMPLE)).toEqual(['UDP 192.0.2.9:5099 as example.com']);
  });

  test('a domain that says it has no such service has none (RFC 2782); an unknown one leads nowhere', async () => {
    expect(await where('sip:a@none.example', { srv: { '_sip._udp.none.example': [srv('.', 0)] } }, UDP_ONLY)).toEqual(
      [],
    );
    expect(await where('sip:a@unknown.example')).toEqual([]);
  });
});

describe('the order of SRV records (RFC 2782)', () => {
  const record = fc.record({ priority: fc.nat(3), weight: fc.nat(100), port: fc.nat(65_535), name: fc.domain() });
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

  test('has each of them once, and never one of a higher priority number before one of a lower', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 10 }), chance, (records, drawn) => {
        const ordered = bySrv(records, () => drawn.next().value ?? 0);
        expect(new Set(ordered)).toEqual(new Set(records));
        expect(ordered).toHaveLength(records.length);
        expect(ordered.map(({ priority }) => priority)).toEqual(records.map(({ priority }) => priority).toSorted());
      }),
    );
  });

  test('shares the calls by weight', () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let heavy = 0;
    for (let n = 0; n < 4_000; n++)
      if (bySrv([srv('a', 1, 1, 30), srv('b', 1, 1, 10)], random)[0]?.name === 'a') heavy++;
    expect(heavy / 4_000).toBeCloseTo(0.75, 1);
  });
});

test('any text leads somewhere or nowhere, and nothing throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void flowTo(`sip:${text}`, ALL)));
});
