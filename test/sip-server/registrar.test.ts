import { describe, expect, test } from 'vitest';
import { openBench } from './board.ts';
import { bench, DOMAIN, refused, secrets, telephone, useRegistrar } from './registered-telephone.ts';
import { PEER_SDP, type UdpPeer } from './udp-peer.ts';

useRegistrar();

const bindings = () => bench.server.statistics().registrar?.bindings;

describe('a telephone registers', () => {
  test('after a challenge with SHA-256 before MD5; the answer says for how long', async () => {
    const alice = await telephone('alice');
    const challenge = await alice.ask(alice.request());
    expect(challenge.status).toBe(401);
    expect(challenge.headers.all('WWW-Authenticate').map((one) => /algorithm=(\S+),/.exec(one)?.[1])).toEqual([
      'SHA-256',
      'MD5',
    ]);
    const ok = await alice.register({ Expires: '120' });
    expect([ok.status, ok.headers.get('Contact')]).toEqual([
      200,
      `<sip:caller@127.0.0.1:${alice.peer.port}>;expires=120`,
    ]);
    expect(ok.headers.get('Date')).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
    expect(bindings()).toBe(1);
    bench.clock.advance(120_000);
    expect(bindings()).toBe(0);
  });

  test('too briefly: 423 with the least that is taken', async () => {
    const alice = await telephone('alice');
    const response = await alice.register({ Expires: '10' });
    expect([response.status, response.headers.get('Min-Expires')]).toEqual([423, '60']);
  });

  test('through a proxy (RFC 3327) and with outbound (RFC 5626)', async () => {
    const alice = await telephone('alice');
    const contact = `<sip:alice@127.0.0.1:${alice.peer.port}>;+sip.instance="<urn:uuid:7>";reg-id=1`;
    const ok = await alice.register({
      Path: '<sip:edge.example;lr>',
      Contact: contact,
      Supported: 'path, outbound',
      Require: 'outbound',
    });
    expect([ok.status, ok.headers.get('Path'), ok.headers.get('Require'), ok.headers.get('Flow-Timer')]).toEqual([
      200,
      '<sip:edge.example;lr>',
      'outbound',
      '120',
    ]);
  });
});

describe('a telephone does not register', () => {
  test('with a request that somebody has heard and sends again', async () => {
    const alice = await telephone('alice');
    const challenge = await alice.ask(alice.request());
    const right = alice.request();
    right.headers.set('Authorization', alice.credentials(challenge, right));
    expect((await alice.ask(right)).status).toBe(200);
    const thief = await bench.peer();
    const again = { ...right, headers: right.headers.clone() };
    again.headers.set('Via', `SIP/2.0/UDP 127.0.0.1:${thief.port};branch=z9hG4bKthief`);
    again.headers.set('CSeq', '50 REGISTER').set('Contact', `<sip:alice@127.0.0.1:${thief.port}>`);
    thief.send(again);
    expect((await thief.hearFinal('REGISTER')).status).toBe(401);
    expect([refused()?.replayed, bindings()]).toEqual([1, 1]);
  });

  test('as somebody else, at another domain, or as who has been removed', async () => {
    const alice = await telephone('alice');
    expect((await alice.register({ To: `<sip:bob@${DOMAIN}>` })).status).toBe(403);
    expect((await alice.register({ To: '<sip:alice@elsewhere.example>' })).status).toBe(404);
    expect((await alice.register({ To: '<sip:alice@127.0.0.1>' })).status).toBe(200);
    bench.server.setUsers({ bob: secrets('bob') });
    expect(bindings()).toBe(0);
    expect((await alice.register()).status).toBe(401);
  });

  test('without a registrar', async () => {
    await using plain = await openBench();
    const peer = await plain.peer();
    peer.send(peer.request('REGISTER'));
    expect((await peer.hearFinal('REGISTER')).status).toBe(405);
  });
});

describe('a call to who has registered', () => {
  const INVITE = (uri: string): string =>
    `sip|||\r\nINVITE ${uri} SIP/2.0\r\nFrom: <sip:bank@localhost>\r\n\r\n${PEER_SDP}`;

  test('rings at every telephone; the one that answers has the call, the other is told to stop', async () => {
    const [desk, mobile] = [await telephone('alice'), await telephone('alice')];
    expect((await desk.register()).status).toBe(200);
    expect((await mobile.register()).status).toBe(200);
    const app = await bench.application('invite');
    await app.ask(INVITE(`sip:alice@${DOMAIN}`));
    const [first, second] = [await desk.peer.hearRequest('INVITE'), await mobile.peer.hearRequest('INVITE')];
    expect([first.uri, second.uri]).toEqual([desk, mobile].map(({ peer }) => `sip:caller@127.0.0.1:${peer.port}`));
    desk.peer.respond(first, 180, { tag: 'desk' });
    await app.hearSip('SIP/2.0 180');
    mobile.peer.respond(second, 180, { tag: 'mobile' });
    await app.hearSip('SIP/2.0 180');
    mobile.peer.respond(second, 200, { tag: 'mobile', body: PEER_SDP });
    const cancelled = await desk.peer.hearRequest('CANCEL');
    desk.peer.respond(cancelled, 200);
    desk.peer.respond(first, 487, { tag: 'desk' });
    const answer = await app.hearSip('SIP/2.0 200');
    const dialog = answer.fields[8] ?? '';
    await app.ask(`sip||${dialog}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    expect((await mobile.peer.hearRequest('ACK')).headers.get('To')).toContain('tag=mobile');
    await app.ask(`sip||${dialog}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
    const bye = await mobile.peer.hearRequest('BYE');
    mobile.peer.respond(bye, 200);
    await app.hearSip('SIP/2.0 200');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
    expect(bench.errors).toEqual([]);
  });

  test('two that ring reliably: each PRACK goes to the one whose response it acknowledges (RFC 3262)', async () => {
    const [desk, mobile] = [await telephone('alice'), await telephone('alice')];
    await desk.register();
    await mobile.register();
    const app = await bench.application('invite');
    await app.ask(INVITE(`sip:alice@${DOMAIN}`));
    const [first, second] = [await desk.peer.hearRequest('INVITE'), await mobile.peer.hearRequest('INVITE')];
    const reliable = (rseq: number, { port }: UdpPeer) => ({
      headers: { Require: '100rel', RSeq: String(rseq), Contact: `<sip:here@127.0.0.1:${port}>` },
    });
    desk.peer.respond(first, 183, { tag: 'desk', ...reliable(5, desk.peer) });
    const { fields } = await app.hearSip('SIP/2.0 183');
    mobile.peer.respond(second, 183, { tag: 'mobile', ...reliable(9, mobile.peer) });
    await app.hearSip('SIP/2.0 183');
    const cseq = first.headers.get('CSeq');
    for (const rseq of [5, 9])
      await app.ask(`sip||${fields[8]}|\r\nPRACK sip:x SIP/2.0\r\nRAck: ${rseq} ${cseq}\r\n\r\n`);
    for (const [{ peer }, tag, rseq] of [
      [desk, 'desk', 5],
      [mobile, 'mobile', 9],
    ] as const) {
      const prack = await peer.hearRequest('PRACK');
      expect([prack.headers.get('RAck'), prack.headers.get('To'), prack.uri]).toEqual([
        `${rseq} ${cseq}`,
        expect.stringContaining(`tag=${tag}`),
        `sip:here@127.0.0.1:${peer.port}`,
      ]);
      peer.respond(prack, 200, { tag });
    }
  });

  test('when all refuse, the application hears the best reason, once', async () => {
    const [desk, mobile] = [await telephone('alice'), await telephone('alice')];
    await desk.register();
    await mobile.register();
    const app = await bench.application('invite');
    await app.ask(INVITE(`sip:alice@${DOMAIN}`));
    desk.peer.respond(await desk.peer.hearRequest('INVITE'), 503, { tag: 'desk' });
    mobile.peer.respond(await mobile.peer.hearRequest('INVITE'), 486, { tag: 'mobile' });
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 486/);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  });

  test('tries those of a lower preference when nobody answers, and stops when the application gives up', async () => {
    const [desk, mobile] = [await telephone('alice'), await telephone('alice')];
    await desk.register({ Contact: `<sip:desk@127.0.0.1:${desk.peer.port}>;q=0.9` });
    await mobile.register({ Contact: `<sip:mobile@127.0.0.1:${mobile.peer.port}>;q=0.1` });
    const app = await bench.application('invite');
    const asked = await app.ask(INVITE(`sip:alice@${DOMAIN}`));
    const first = await desk.peer.hearRequest('INVITE');
    desk.peer.respond(first, 180, { tag: 'desk' });
    await app.hearSip('SIP/2.0 180');
    bench.clock.advance(20_000);
    desk.peer.respond(await desk.peer.hearRequest('CANCEL'), 200);
    desk.peer.respond(first, 487, { tag: 'desk' });
    const second = await mobile.peer.hearRequest('INVITE');
    expect(second.uri).toBe(`sip:mobile@127.0.0.1:${mobile.peer.port}`);
    mobile.peer.respond(second, 180, { tag: 'mobile' });
    await app.hearSip('SIP/2.0 180');
    await app.ask(`sip|${asked.fields[7] ?? ''}||\r\nCANCEL sip:ignored SIP/2.0\r\n\r\n`);
    mobile.peer.respond(await mobile.peer.hearRequest('CANCEL'), 200);
    mobile.peer.respond(second, 487, { tag: 'mobile' });
    await app.hearSip('SIP/2.0 487');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  });

  test('is answered 480 when no telephone is there, and never comes back to us', async () => {
    const app = await bench.application('invite');
    await app.ask(INVITE(`sip:bob@${DOMAIN}`));
    await app.hearSip('SIP/2.0 480');
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0 });
  });
});
