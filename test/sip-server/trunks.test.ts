import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/sip/digest/digest.ts';
import type { SipMessage } from '../../src/sip/message/message.ts';
import type { TrunkChange } from '../../src/sip-server/trunks.ts';
import { answer, at, bankWith, bound, carrier, CHALLENGE, closeCarriers } from './carrier.ts';
import { PEER_SDP, type UdpPeer } from './udp-peer.ts';

closeCarriers();

describe('a registration', () => {
  test('answers the challenge, is renewed in time with the next count, and is taken back at the end', async () => {
    const peer = await carrier();
    const changes: TrunkChange[] = [];
    const bench = await bankWith({ proxies: [at(peer)], registerSeconds: 600 }, changes);
    const first = await peer.hearRequest('REGISTER');
    expect([
      first.uri,
      first.headers.get('To'),
      first.headers.get('Expires'),
      first.headers.has('Authorization'),
    ]).toEqual(['sip:carrier.example', '<sip:4001@carrier.example>', '600', false]);
    answer(peer, bench, first, 401, { 'WWW-Authenticate': CHALLENGE });
    const second = await peer.hearRequest('REGISTER');
    expect(parseDigest(second.headers.get('Authorization') ?? '')?.get('nc')).toBe('00000001');
    answer(peer, bench, second, 200, bound(second, 300));
    await expect.poll(() => changes).toEqual([{ trunk: 'carrier', what: 'registration', up: true, status: undefined }]);
    expect(bench.server.statistics().trunks).toMatchObject([{ registered: true }]);

    bench.clock.advance(240_000);
    const renewal = await peer.hearRequest('REGISTER');
    expect(parseDigest(renewal.headers.get('Authorization') ?? '')?.get('nc')).toBe('00000002');
    answer(peer, bench, renewal, 200, bound(renewal, 300));
    await expect.poll(() => bench.server.statistics().stack.responsesReceived).toBe(3);

    const closing = bench.server.close();
    const last = await peer.hearRequest('REGISTER');
    expect(last.headers.get('Expires')).toBe('0');
    answer(peer, bench, last, 200);
    await closing;
  });

  test.each([
    ['as we wrote it', (contact: string) => `${contact};expires=120`, 114],
    ['rewritten by an SBC', () => '<sip:4001@198.51.100.7:40000>;expires=120', 114],
    [
      'rewritten, among those of others',
      () => '<sip:4001@198.51.100.7>;expires=240, <sip:x@198.51.100.8>;expires=40',
      180,
    ],
    [
      'rewritten, its user too: whichever ends first',
      () => '<sip:a@198.51.100.7>;expires=240, <sip:b@198.51.100.8>;expires=100',
      50,
    ],
  ])('is renewed before the time that is bound ends, its contact %s', async (_how, contact, renewedWithin) => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)], registerSeconds: 3_600 });
    const first = await peer.hearRequest('REGISTER');
    answer(peer, bench, first, 200, { Contact: contact(first.headers.get('Contact') ?? ''), Expires: '3600' });
    await expect.poll(() => bench.server.statistics().trunks[0]?.registered).toBe(true);
    bench.clock.advance(renewedWithin * 1_000);
    const renewal = await peer.hearRequest('REGISTER');
    expect(Number.parseInt(renewal.headers.get('CSeq') ?? '', 10)).toBeGreaterThan(
      Number.parseInt(first.headers.get('CSeq') ?? '', 10),
    );
    answer(peer, bench, renewal, 200);
  });

  test('that is refused is told, and tried again after a while', async () => {
    const peer = await carrier();
    const changes: TrunkChange[] = [];
    const bench = await bankWith({ proxies: [at(peer)], registerSeconds: 600 }, changes);
    answer(peer, bench, await peer.hearRequest('REGISTER'), 403);
    await expect.poll(() => changes).toEqual([{ trunk: 'carrier', what: 'registration', up: false, status: 403 }]);
    bench.clock.advance(30_000);
    answer(peer, bench, await peer.hearRequest('REGISTER'), 200);
    await expect.poll(() => changes.at(-1)).toMatchObject({ up: true });
  });
});

describe('a call to an address of a trunk', () => {
  const INVITE = `sip|||\r\nINVITE sip:+8610@carrier.example SIP/2.0\r\nFrom: <sip:bank@localhost>\r\n\r\n${PEER_SDP}`;

  test('goes to its proxy, with credentials when they are asked for; the application hears of the answer alone', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const first = await peer.hearRequest('INVITE');
    expect([first.uri, first.headers.all('Supported')]).toEqual([
      'sip:+8610@carrier.example',
      ['timer', '100rel', 'replaces'],
    ]);
    answer(peer, bench, first, 407, { 'Proxy-Authenticate': CHALLENGE });
    await peer.hearRequest('ACK');
    const second = await peer.hearRequest('INVITE');
    const [before, after] = [first, second].map(({ headers }) => Number.parseInt(headers.get('CSeq') ?? '', 10));
    expect(after).toBe((before ?? 0) + 1);
    expect(parseDigest(second.headers.get('Proxy-Authorization') ?? '')?.get('username')).toBe('4001');
    peer.respond(second, 200, { body: PEER_SDP });
    const answered = await app.hearSip('SIP/2.0');
    expect(answered.message).toMatch(/^SIP\/2\.0 200/);
    const dialog = answered.fields[8] ?? '';
    await app.ask(`sip||${dialog}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    const ack = await peer.hearRequest('ACK');
    expect(ack.headers.get('CSeq')).toBe(`${after} ACK`);
    await app.ask(`sip||${dialog}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
    peer.respond(await peer.hearRequest('BYE'), 200);
    await app.hearSip('SIP/2.0 200');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  });

  test('tells each proxy a Contact of the transport that it is reached by', async () => {
    const [byTcp, byUdp] = [await carrier(), await carrier()];
    const bench = await bankWith({ proxies: [`${at(byTcp)};transport=tcp`, at(byUdp)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    // nobody takes TCP there
    const invite = await byUdp.hearRequest('INVITE');
    expect(invite.headers.get('Contact')).toMatch(/;transport=udp>$/);
    byUdp.aim(bench.server.sipAddresses[0]!);
    byUdp.respond(invite, 200, { body: PEER_SDP });
    const { fields } = await app.hearSip('SIP/2.0 200');
    await app.ask(`sip||${fields[8]}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    await byUdp.hearRequest('ACK');
    await app.ask(`sip||${fields[8]}|\r\nINVITE sip:ignored SIP/2.0\r\n\r\n${PEER_SDP}`);
    const again = await byUdp.hearRequest('INVITE');
    expect(again.headers.get('Contact')).toMatch(/;transport=udp>$/);
  });

  test('that the second proxy asks credentials for goes on there', async () => {
    const [silent, asking] = [await carrier(), await carrier()];
    const bench = await bankWith({ proxies: [at(silent), at(asking)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    await silent.hearRequest('INVITE');
    bench.clock.advance(4_000);
    answer(asking, bench, await asking.hearRequest('INVITE'), 407, { 'Proxy-Authenticate': CHALLENGE });
    const second = await asking.hear((one) => one.kind === 'request' && one.headers.has('Proxy-Authorization'));
    if (second.kind === 'request') answer(asking, bench, second, 486);
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 486/);
  });

  test('that was sent again with credentials: the PRACK is of the INVITE that the far end rings for (RFC 3262)', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const first = await peer.hearRequest('INVITE');
    answer(peer, bench, first, 407, { 'Proxy-Authenticate': CHALLENGE });
    const second = await peer.hear((one) => one.kind === 'request' && one.headers.has('Proxy-Authorization'));
    if (second.kind === 'request') answer(peer, bench, second, 183, { Require: '100rel', RSeq: '7' });
    const progress = await app.hearSip('SIP/2.0 183');
    await app.ask(`sip||${progress.fields[8]}\r\nPRACK sip:x SIP/2.0\r\nRAck: 7 ${first.headers.get('CSeq')}\r\n\r\n`);
    expect((await peer.hearRequest('PRACK')).headers.get('RAck')).toBe(`7 ${second.headers.get('CSeq')}`);
  });

  test('is refreshed with credentials when they are asked for, and again after a refusal (RFC 4028)', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const headers = { Allow: 'UPDATE', 'Session-Expires': '1800;refresher=uac' };
    peer.aim(bench.server.sipAddresses[0]!);
    peer.respond(await peer.hearRequest('INVITE'), 200, { headers, body: PEER_SDP });
    const { fields } = await app.hearSip('SIP/2.0 200');
    await app.ask(`sip||${fields[8]}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    await peer.hearRequest('ACK');
    bench.clock.advance(900_000);
    peer.respond(await peer.hearRequest('UPDATE'), 503);
    await expect.poll(() => bench.server.statistics().stack.responsesReceived).toBe(2);
    bench.clock.advance(30_000);
    answer(peer, bench, await peer.hearRequest('UPDATE'), 407, { 'Proxy-Authenticate': CHALLENGE });
    const proven = await peer.hearRequest('UPDATE');
    expect(parseDigest(proven.headers.get('Proxy-Authorization') ?? '')?.get('username')).toBe('4001');
    peer.respond(proven, 200, { headers });
    await expect.poll(() => bench.server.statistics().stack.responsesReceived).toBe(4);
    bench.clock.advance(1_000_000);
    expect(bench.server.statistics().dialogs).toBe(1);
  });

  test('is refused when the password is wrong: the challenge is answered once', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    for (let n = 0; n < 2; n++)
      answer(peer, bench, await peer.hearRequest('INVITE'), 401, { 'WWW-Authenticate': CHALLENGE });
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 401/);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  });

  test('is sent again with the session interval that the far end wants (422)', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    answer(peer, bench, await peer.hearRequest('INVITE'), 422, { 'Min-SE': '3600' });
    const second = await peer.hearRequest('INVITE');
    expect([second.headers.get('Session-Expires'), second.headers.get('Min-SE')]).toEqual(['3600', '3600']);
    answer(peer, bench, second, 486);
    await app.hearSip('SIP/2.0 486');
  });

  test('tries the next proxy when one is silent or overloaded; what a proxy says of the call holds', async () => {
    const [silent, busy, good] = [await carrier(), await carrier(), await carrier()];
    const bench = await bankWith({ proxies: [at(silent), at(busy), at(good)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const unanswered = await silent.hearRequest('INVITE');
    bench.clock.advance(4_000);
    answer(busy, bench, await busy.hearRequest('INVITE'), 503);
    answer(good, bench, await good.hearRequest('INVITE'), 486);
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 486/);
    bench.clock.advance(64_000);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0, stack: { clientTransactions: 0 } });

    await app.ask(INVITE);
    // those of the first call are repeated
    const isNew = ({ headers }: SipMessage): boolean => headers.get('Call-ID') !== unanswered.headers.get('Call-ID');
    const second = await silent.hear((one) => one.kind === 'request' && one.method === 'INVITE' && isNew(one));
    if (second.kind === 'request') answer(silent, bench, second, 404);
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 404/);
    expect(busy.unheard.filter((one) => one === 'INVITE')).toEqual([]);
  });
});

test('a caller who says that it calls from a trunk gets none of its credentials', async () => {
  const bench = await bankWith({ proxies: ['sip:127.0.0.1:9'] });
  const app = await bench.application('invite');
  const caller = await bench.peer();
  const from = '<sip:x@carrier.example>;tag=theirs';
  caller.send(caller.request('INVITE', { headers: { From: from }, body: PEER_SDP }));
  const offered = await app.hearSip('INVITE');
  await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 200 OK\r\nContact: <sip:localhost>\r\n\r\n${PEER_SDP}`);
  const answered = await caller.hearResponse(200);
  caller.send(caller.request('ACK', { to: answered.headers.get('To')!, headers: { From: from } }));
  const acknowledged = await app.hearSip('ACK');
  await app.ask(`sip||${acknowledged.fields[8]}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
  const bye = await caller.hearRequest('BYE');
  expect(bye.headers.get('To')).toContain('carrier.example');
  caller.respond(bye, 401, { headers: { 'WWW-Authenticate': 'Digest realm="x", nonce="n", algorithm=MD5' } });
  await app.hearSip('SIP/2.0 401'); // and it was not sent again
  expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
});

test('proxies are asked whether they are there; one that is not is tried last until it answers again', async () => {
  const [first, second] = [await carrier(), await carrier()];
  const changes: TrunkChange[] = [];
  const bench = await bankWith({ proxies: [at(first), at(second)], probeSeconds: 30 }, changes);
  const ask = async (peer: UdpPeer, status: number): Promise<void> => {
    answer(peer, bench, await peer.hearRequest('OPTIONS'), status);
  };
  const heard = async (n: number): Promise<void> =>
    expect.poll(() => bench.server.statistics().stack.responsesReceived).toBe(n);
  await ask(first, 503);
  await ask(second, 404);
  await heard(2);
  expect(changes).toEqual([]);
  bench.clock.advance(30_000);
  await ask(first, 503);
  await ask(second, 200);
  await heard(4);
  expect(changes).toEqual([{ trunk: 'carrier', what: 'proxy', proxy: 1, up: false }]);
  const app = await bench.application('invite');
  await app.ask(`sip|||\r\nINVITE sip:1@carrier.example SIP/2.0\r\n\r\n`);
  answer(second, bench, await second.hearRequest('INVITE'), 486);
  await app.hearSip('SIP/2.0 486');
  bench.clock.advance(30_000);
  await ask(first, 200);
  await ask(second, 200);
  await expect.poll(() => changes.at(-1)).toEqual({ trunk: 'carrier', what: 'proxy', proxy: 1, up: true });
});

test('a reliable provisional response is told once however often it comes, and its PRACK is the application’s (RFC 3262)', async () => {
  const peer = await carrier();
  const bench = await bankWith({ proxies: [at(peer)] });
  const app = await bench.application('invite');
  await app.ask(`sip|||\r\nINVITE sip:1@carrier.example SIP/2.0\r\n\r\n`);
  const invite = await peer.hearRequest('INVITE');
  const reliable = { Require: '100rel', RSeq: '7', Contact: `<sip:far@127.0.0.1:${peer.port}>` };
  for (let n = 0; n < 3; n++) answer(peer, bench, invite, 183, reliable);
  const progress = await app.hearSip('SIP/2.0 183');
  const cseq = invite.headers.get('CSeq');
  await app.ask(`sip||${progress.fields[8]}|\r\nPRACK sip:ignored SIP/2.0\r\nRAck: 7 ${cseq}\r\n\r\n`);
  const prack = await peer.hearRequest('PRACK');
  expect(prack.headers.get('RAck')).toBe(`7 ${cseq}`);
  peer.respond(prack, 200);
  await app.hearSip('SIP/2.0 200');
  answer(peer, bench, invite, 486);
  await app.hearSip('SIP/2.0 486');
  expect(app.unheard.filter((frame) => frame.includes('SIP/2.0 183'))).toEqual([]);
});
