import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TlsMaterial } from '../../src/lib/tls-files.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction, type SipStack, type SipStackOptions } from '../../src/sip/stack.ts';
import { EVERY_SOURCE, type Sources } from '../../src/sip/transport/sources.ts';
import { checkSipIdentity } from '../../src/sip/transport/tls-identity.ts';
import { type Authority, openAuthority } from '../support/certificates.ts';
import { headerOf, RecordingHandlers, RecordingUser, requestText, responseText, TcpPeer } from './peers.ts';

const answerWith = (status: number) => (transaction: ServerTransaction) =>
  void transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));

let authority: Authority;
let others: Authority;
let server: TlsMaterial;
beforeAll(async () => {
  [authority, others] = await Promise.all([openAuthority(), openAuthority()]);
  server = await authority.material('server', ['IP:127.0.0.1', 'DNS:bank.example']);
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
  await others[Symbol.asyncDispose]();
});

interface Setup extends AsyncDisposable {
  readonly stack: SipStack;
  readonly user: RecordingUser;
  readonly port: number;
}

async function setUp(
  options: Partial<SipStackOptions> = {},
  { verifyClients = false, user = new RecordingUser(answerWith(200)) } = {},
): Promise<Setup> {
  const tls = { port: 0, material: server, verifyClients };
  const stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: true, tls, ...options }, user);
  return {
    stack,
    user,
    port: stack.addresses.find(({ protocol }) => protocol === 'TLS')?.port ?? 0,
    [Symbol.asyncDispose]: () => stack.close(),
  };
}

async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: server.ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

const tls = (method: string, changed: Readonly<Record<string, string | undefined>> = {}): string =>
  requestText(method, { Via: 'SIP/2.0/TLS far;branch=z9hG4bK1', ...changed });

const ours = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sips:agent@far',
  headers: new SipHeaders([
    ['From', '<sips:bot@near>;tag=near'],
    ['To', '<sips:agent@far>'],
    ['Call-ID', 'ours@near'],
    ['CSeq', `1 ${method}`],
  ]),
  body: NO_BODY,
});

/** A far end that listens, with that certificate. */
async function listen(material: TlsMaterial, extra: object = {}) {
  const peers: TcpPeer[] = [];
  const subjects: string[] = [];
  const listener = createServer({ ...material, ...extra }, (socket) => {
    subjects.push(String(socket.getPeerCertificate().subject?.CN ?? ''));
    const peer = TcpPeer.accepted(socket);
    peers.push(peer);
    const answer = async (): Promise<void> => {
      for (;;) peer.socket.write(responseText(await peer.next('OPTIONS'), 200));
    };
    answer().catch(() => undefined); // nothing more comes
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    subjects,
    async [Symbol.asyncDispose]() {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
}

describe('SIP over TLS', () => {
  test('a request is answered on its connection; ours goes out on it too, with a Via that says TLS', async () => {
    await using setup = await setUp();
    await using peer = TcpPeer.accepted(await dial(setup.port));
    peer.socket.write(tls('MESSAGE'));
    expect(headerOf(await peer.next('SIP/2.0 200'), 'Via')).toBe('SIP/2.0/TLS far;branch=z9hG4bK1;received=127.0.0.1');
    const { flow } = await setup.user.requests.next();
    expect([flow.protocol, flow.connection]).toEqual(['TLS', 1]);
    setup.stack.sendRequest(ours('OPTIONS'), flow, new RecordingHandlers());
    const request = await peer.next('OPTIONS');
    expect(headerOf(request, 'Via')).toMatch(new RegExp(`^SIP/2\\.0/TLS 127\\.0\\.0\\.1:${setup.port};rport;branch=`));
    expect(setup.stack.statistics()).toMatchObject({ tcpConnections: 1 });
  });

  test('CRLF CRLF is answered CRLF (RFC 5626)', async () => {
    await using setup = await setUp();
    await using peer = TcpPeer.accepted(await dial(setup.port));
    peer.socket.write('\r\n\r\n');
    expect(await peer.next()).toBe('\r\n');
  });

  test('a renewed certificate is shown to who connects from then on; connections that are up go on', async () => {
    await using setup = await setUp();
    const first = await dial(setup.port);
    await using peer = TcpPeer.accepted(first);
    expect(first.getPeerCertificate().subject.CN).toBe('server');
    setup.stack.renewTls(await authority.material('renewed'));
    const second = await dial(setup.port);
    await using later = TcpPeer.accepted(second);
    expect(second.getPeerCertificate().subject.CN).toBe('renewed');
    for (const [n, each] of [peer, later].entries()) {
      each.socket.write(tls('OPTIONS', { Via: `SIP/2.0/TLS far;branch=z9hG4bK${n}`, CSeq: `${n} OPTIONS` }));
      expect(headerOf(await each.next('SIP/2.0 200'), 'CSeq')).toBe(`${n} OPTIONS`);
    }
  });

  test('below TLS 1.2 nobody is served', async () => {
    await using setup = await setUp();
    await expect(
      dial(setup.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toThrow();
    await expect.poll(() => setup.stack.statistics().dropped['tls-handshake']).toBe(1);
  });

  test('who speaks no TLS is dropped, and counted', async () => {
    await using setup = await setUp();
    const socket = connectTcp(setup.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume().write(tls('OPTIONS'));
    await once(socket, 'close');
    await expect
      .poll(() => setup.stack.statistics())
      .toMatchObject({ dropped: { 'tls-handshake': 1 }, tcpConnections: 0 });
    expect(setup.user.requests.waiting).toEqual([]);
  });
});

describe('certificates of who connects', () => {
  test('are not asked for unless told so', async () => {
    await using setup = await setUp();
    await using peer = TcpPeer.accepted(await dial(setup.port));
    peer.socket.write(tls('OPTIONS'));
    await peer.next('SIP/2.0 200');
  });

  test('one of our authority is taken; none, and one of another authority, is not', async () => {
    await using setup = await setUp({}, { verifyClients: true });
    const [known, unknown] = await Promise.all([authority.material('trunk'), others.material('stranger')]);
    await using peer = TcpPeer.accepted(await dial(setup.port, { cert: known.cert, key: known.key }));
    peer.socket.write(tls('OPTIONS'));
    await peer.next('SIP/2.0 200');
    for (const own of [{}, { cert: unknown.cert, key: unknown.key }]) {
      const socket = connect({ host: '127.0.0.1', port: setup.port, ca: server.ca, ...own });
      socket.on('error', () => undefined).resume();
      socket.write(tls('OPTIONS'));
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(setup.user.requests.waiting).toHaveLength(1);
    expect(setup.stack.statistics().dropped['tls-handshake']).toBe(2);
  });
});

describe('whom we call', () => {
  const send = (setup: Setup, host: string, port: number, name?: string): RecordingHandlers => {
    const handlers = new RecordingHandlers();
    setup.stack.sendRequest(
      ours('OPTIONS'),
      { protocol: 'TLS', host, port, ...(name === undefined ? {} : { name }) },
      handlers,
    );
    return handlers;
  };

  test('has to prove to be who we meant; two requests share its connection; it may see our certificate', async () => {
    await using setup = await setUp();
    await using far = await listen(await authority.material('far', ['DNS:far.example', 'IP:127.0.0.1']), {
      requestCert: true,
    });
    await send(setup, '127.0.0.1', far.port, 'far.example').log.next((what) => what === '200');
    await send(setup, '127.0.0.1', far.port, 'far.example').log.next();
    await send(setup, '127.0.0.1', far.port).log.next((what) => what === '200');
    expect(far.subjects).toEqual(['server', 'server']);
  });

  test('with a certificate of another domain, or of an authority that we do not know, hears nothing of us', async () => {
    await using setup = await setUp();
    await using other = await listen(await authority.material('other', ['DNS:other.example']));
    await using foreign = await listen(await others.material('foreign', ['DNS:far.example']));
    for (const { port } of [other, foreign]) {
      const handlers = send(setup, '127.0.0.1', port, 'far.example');
      expect(await handlers.log.next()).toBe('error');
      expect(handlers.errors[0]?.message).toMatch(/altnames|issuer|certificate/i);
    }
  });
});

describe('strangers', () => {
  const strange: Sources = { ...EVERY_SOURCE, trusts: () => false };
  const closed = async (port: number): Promise<void> => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
  };

  test('shake hands twice a second, after a burst of twenty; whom we trust is not counted', async () => {
    await using setup = await setUp({ sources: strange });
    for (let n = 0; n < 20; n++) {
      const socket = connectTcp(setup.port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      socket.destroy();
    }
    await expect.poll(() => setup.stack.statistics().tcpConnections).toBe(0);
    await closed(setup.port);
    expect(setup.stack.statistics().dropped['tls-rate']).toBe(1);

    await using trusting = await setUp();
    for (let n = 0; n < 25; n++) (await dial(trusting.port)).destroy();
    expect(trusting.stack.statistics().dropped['tls-rate']).toBeUndefined();
  });

  test('who is not allowed to call does not get as far as a handshake', async () => {
    await using setup = await setUp({ sources: { ...strange, allows: () => false } });
    await closed(setup.port);
    expect(setup.stack.statistics().dropped).toEqual({ 'tls-not-allowed': 1 });
  });
});

describe('who a certificate names (RFC 5922 section 7)', () => {
  const of = (subjectaltname: string): PeerCertificate =>
    ({ subjectaltname, subject: { CN: 'cn.example' } }) as unknown as PeerCertificate;
  test.each([
    ['a SIP domain', 'URI:sip:bank.example, DNS:host.example', 'bank.example', true],
    ['the case does not matter', 'URI:sip:Bank.Example', 'bank.EXAMPLE', true],
    ['DNS names count for nothing beside SIP domains', 'URI:sip:bank.example, DNS:host.example', 'host.example', false],
    ['a person is no domain', 'URI:sip:alice@bank.example', 'bank.example', false],
    ['a DNS name', 'DNS:host.example', 'host.example', true],
    ['another DNS name', 'DNS:host.example', 'evil.example', false],
    ['an address', 'IP Address:192.0.2.1', '192.0.2.1', true],
    ['another URI', 'URI:https://bank.example', 'bank.example', false],
    ['a domain that ends the same', 'URI:sip:evilbank.example', 'bank.example', false],
  ])('%s', (_what, names, name, right) => {
    expect(checkSipIdentity(name, of(names)) === undefined).toBe(right);
  });
});
