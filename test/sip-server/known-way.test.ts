import { once } from 'node:events';
import { createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NameService } from '../../src/sip/transport/name-service.ts';
import { byKnownWay } from '../../src/sip-server/known-way.ts';
import { type Authority, openAuthority } from '../support/certificates.ts';
import { headerOf, responseText, TcpPeer } from '../sip/peers.ts';
import { openBench } from './board.ts';
import { PEER_SDP } from './udp-peer.ts';

const DOMAIN = 'far.example';
const NAMES: NameService = {
  naptr: async () => [],
  srv: async () => [],
  addresses: async (name) => (name === DOMAIN ? ['127.0.0.1'] : []),
};

let authority: Authority;
beforeAll(async () => {
  authority = await openAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());

/** A carrier whose certificate names its domain alone, and which names itself by its address in Record-Route and Contact. */
async function carrier() {
  const sockets: TLSSocket[] = [];
  const came: TcpPeer[] = [];
  const server = createServer({ ...(await authority.material('carrier', [`DNS:${DOMAIN}`])) }, (socket) => {
    sockets.push(socket);
    came.push(TcpPeer.accepted(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    self: `<sip:127.0.0.1:${port};transport=tls;lr>`,
    connection: async (n: number): Promise<TcpPeer> => {
      await expect.poll(() => came.length, { timeout: 20_000 }).toBeGreaterThan(n);
      return came[n]!;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test.each([
  ['a proxy that stays in the path', true],
  ['a far end', false],
])(
  'over TLS %s with an address instead of a name gets ACK and BYE, on its connection and on another one',
  async (_who, routed) => {
    await using far = await carrier();
    const material = await authority.material('bank', ['IP:127.0.0.1']);
    await using bench = await openBench({ tls: { port: 0, material, verifyClients: false }, names: NAMES });
    const app = await bench.application('invite');
    await app.ask(
      `sip|||\r\nINVITE sip:agent@${DOMAIN}:${far.port};transport=tls SIP/2.0\r\nFrom: <sip:bank@localhost>\r\n\r\n${PEER_SDP}`,
    );
    const first = await far.connection(0);
    const invite = await first.next('INVITE');
    first.socket.write(
      responseText(invite, 200, {
        Contact: `<sip:agent@127.0.0.1:${far.port};transport=tls>`,
        ...(routed ? { 'Record-Route': far.self } : {}),
      }),
    );
    const { fields } = await app.hearSip('SIP/2.0 200');
    await app.ask(`sip||${fields[8]}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    // the body of the INVITE is still before it
    const ack = await first.inbox.next((text) => text.includes('ACK sip:'), 'the ACK');
    expect(headerOf(ack, 'Route')).toBe(routed ? far.self : undefined);
    first.socket.destroy();
    await expect.poll(() => bench.server.statistics().stack.tcpConnections, { timeout: 20_000 }).toBe(0);
    await app.ask(`sip||${fields[8]}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
    const second = await far.connection(1);
    second.socket.write(responseText(await second.next('BYE'), 200));
    await app.hearSip('SIP/2.0 200');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
    expect(bench.errors).toEqual([]);
  },
  60_000,
);

describe('the way to a next hop', () => {
  const known = { protocol: 'TLS', host: '192.0.2.1', port: 40_000, connection: 7, name: DOMAIN } as const;
  test.each([
    ['at the known address', '192.0.2.1', { connection: 7, name: DOMAIN }],
    ['at another address', '192.0.2.2', { name: DOMAIN }],
    ['with a name', 'other.example', {}],
  ])('%s', (_what, host, more) => {
    const there = { protocol: 'TLS', host, port: 5061 } as const;
    expect(byKnownWay(there, known)).toEqual({ ...there, ...more });
  });

  test('of another transport is not changed', () => {
    const there = { protocol: 'TCP', host: '192.0.2.1', port: 5060 } as const;
    expect(byKnownWay(there, known)).toEqual(there);
    expect(byKnownWay(there, undefined)).toEqual(there);
  });
});
