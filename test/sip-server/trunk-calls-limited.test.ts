import { describe, expect, test } from 'vitest';
import type { TrunkChange } from '../../src/sip-server/trunks.ts';
import { answer, at, bankWith, carrier, closeCarriers } from './carrier.ts';
import { PEER_SDP } from './udp-peer.ts';

closeCarriers();

describe('the limits of a trunk', () => {
  const INVITE = (number: string): string =>
    `sip|||\r\nINVITE sip:${number}@carrier.example SIP/2.0\r\nFrom: <sip:bank@localhost>\r\n\r\n${PEER_SDP}`;

  test('a number that may not be dialled is answered 403, one too many 503 with Retry-After; the log is told once a minute', async () => {
    const peer = await carrier();
    const changes: TrunkChange[] = [];
    const limits = { destinations: [{ number: '+8610*', calls: 1 }] };
    const bench = await bankWith({ proxies: [at(peer)], limits }, changes);
    const app = await bench.application('invite');
    for (let n = 0; n < 2; n++) {
      await app.ask(INVITE('+882'));
      await app.hearSip('SIP/2.0 403');
    }
    await app.ask(INVITE('+861055'));
    const invite = await peer.hearRequest('INVITE');
    await app.ask(INVITE('+861066'));
    expect((await app.hearSip('SIP/2.0 503')).message).toContain('Retry-After: 60');
    expect(bench.server.statistics()).toMatchObject({
      trunks: [{ calls: 1 }],
      notAdmitted: { 'destination-not-allowed': 2, 'destination-limit': 1 },
    });
    answer(peer, bench, invite, 486);
    await app.hearSip('SIP/2.0 486');
    expect(bench.server.statistics().trunks).toMatchObject([{ calls: 0 }]);
    expect(changes).toEqual([
      { trunk: 'carrier', what: 'refused', because: 'destination-not-allowed' },
      { trunk: 'carrier', what: 'refused', because: 'destination-limit', destination: '+8610*' },
    ]);
  });

  test('count an answered call until it has ended, and calls that come from its networks too', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)], networks: ['127.0.0.0/8'], limits: { calls: 1 } });
    const app = await bench.application('invite');
    const caller = await bench.peer();
    const invite = caller.request('INVITE', { body: PEER_SDP });
    caller.send(invite);
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 200 OK\r\nContact: <sip:localhost>\r\n\r\n${PEER_SDP}`);
    const ok = await caller.hearResponse(200);
    caller.send(caller.request('ACK', { to: ok.headers.get('To')! }));
    await app.hearSip('ACK');
    caller.send(caller.request('INVITE', { callId: 'second', body: PEER_SDP }));
    const busy = await caller.hearFinal('INVITE');
    expect([busy.status, busy.headers.get('Retry-After')]).toEqual([503, '5']);
    await app.ask(INVITE('1'));
    await app.hearSip('SIP/2.0 503');
    caller.send(caller.request('BYE', { to: ok.headers.get('To')!, cseq: 2 }));
    await app.hearSip('BYE');
    expect(bench.server.statistics()).toMatchObject({ trunks: [{ calls: 0 }], notAdmitted: { 'trunk-full': 2 } });
  });

  test('an incoming call that is refused, or given up, counts no more', async () => {
    const bench = await bankWith({ proxies: ['sip:127.0.0.1:9'], networks: ['127.0.0.1'], limits: { calls: 1 } });
    const app = await bench.application('invite');
    const caller = await bench.peer();
    caller.send(caller.request('INVITE', { callId: 'a', body: PEER_SDP }));
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7]}|\r\nSIP/2.0 486 Busy Here\r\n\r\n`);
    await caller.hearFinal('INVITE');
    const given = caller.request('INVITE', { callId: 'b', body: PEER_SDP, branch: 'given' });
    caller.send(given);
    await app.hearSip('INVITE');
    expect(bench.server.statistics().trunks).toMatchObject([{ calls: 1 }]);
    caller.send(caller.request('CANCEL', { callId: 'b', branch: 'given' }));
    await app.hearSip('CANCEL');
    expect(bench.server.statistics().trunks).toMatchObject([{ calls: 0 }]);
  });
});
