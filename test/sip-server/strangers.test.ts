import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { type Bench, openBench } from './board.ts';
import type { ControlClient } from './control-client.ts';
import { PEER_SDP, type UdpPeer } from './udp-peer.ts';

/* What an INVITE costs us, and others, whose source has proved nothing. */

const ANSWER = `SIP/2.0 200 OK\r\nContent-Length: ${PEER_SDP.length}\r\n\r\n${PEER_SDP}`;
const STRANGERS = {
  trusted: ['192.0.2.0/24'],
  allow: [],
  sourceSetupsPerSecond: 100,
  sourcePending: 3,
  pendingOfAll: 2,
};

/** An INVITE that the application answers and nobody acknowledges. */
async function answered(peer: UdpPeer, app: ControlClient, callId: string, branch = callId) {
  const invite = peer.request('INVITE', { body: PEER_SDP, callId, branch });
  peer.send(invite);
  const offered = await app.hearSip('INVITE');
  await app.ask(`sip|${offered.fields[7] ?? ''}|\r\n${ANSWER}`);
  const ok = await peer.hearResponse(200);
  return { invite, to: ok.headers.get('To') ?? '' };
}

const refusedFor = (bench: Bench) => bench.server.statistics().notAdmitted;

describe('a scanner', () => {
  const scan = (peer: UdpPeer, method: string, headers: Record<string, string>) =>
    peer.send(
      peer.request(method, {
        callId: headers['User-Agent'] ?? 'scan',
        headers,
        body: method === 'INVITE' ? PEER_SDP : '',
      }),
    );

  test.each([
    ['OPTIONS', { 'User-Agent': 'friendly-scanner' }],
    ['INVITE', { 'User-Agent': 'pplsip' }],
    ['REGISTER', { 'User-Agent': 'sipcli/v1.8' }],
    ['OPTIONS', { From: '"sipvicious" <sip:100@1.1.1.1>;tag=6' }],
  ])('%s with %j gets no answer at all, and is counted', async (method, headers) => {
    await using bench = await openBench({ sources: { ...STRANGERS, pendingOfAll: 10 } });
    await bench.application('invite');
    const peer = await bench.peer();
    scan(peer, method, headers);
    peer.send(peer.request('OPTIONS', { callId: 'honest', headers: { 'User-Agent': 'a telephone' } }));
    expect((await peer.hearFinal('OPTIONS')).headers.get('Call-ID')).toBe('honest');
    expect(peer.unheard).toEqual([]);
    expect(bench.server.statistics().stack.dropped).toEqual({ scanner: 1 });
  });

  test('of our own network is answered: somebody tests the line', async () => {
    await using bench = await openBench({ sources: { ...STRANGERS, trusted: ['127.0.0.1'] } });
    const peer = await bench.peer();
    scan(peer, 'OPTIONS', { 'User-Agent': 'friendly-scanner' });
    expect((await peer.hearFinal('OPTIONS')).status).toBe(200);
  });
});

describe('a stranger', () => {
  test('who never acknowledges gets three packets in all, and the application the end of the call', async () => {
    await using bench = await openBench({ sources: { ...STRANGERS, pendingOfAll: 10 } });
    const app = await bench.application('invite');
    const peer = await bench.peer();
    await answered(peer, app, 'never');
    expect(bench.server.statistics().strangersPending).toBe(1);
    for (let i = 0; i < 120; i++) bench.clock.advance(ms(1_000));
    await app.hearSip('BYE');
    await peer.hearRequest('BYE');
    await peer.hearResponse(200);
    peer.send(peer.request('OPTIONS', { callId: 'later', headers: { 'User-Agent': 'a telephone' } }));
    await peer.hearFinal('OPTIONS');
    expect(peer.unheard).toEqual([]); // 200, 200 and BYE: no 100, nothing again
    expect(bench.server.statistics()).toMatchObject({ strangersPending: 0, dialogs: 0 });
  });

  test('who asks again is told that we are trying, and then gets the answer again', async () => {
    await using bench = await openBench({ sources: { ...STRANGERS, pendingOfAll: 10 } });
    const app = await bench.application('invite');
    const peer = await bench.peer();
    const invite = peer.request('INVITE', { body: PEER_SDP, callId: 'slow', branch: 'slow' });
    peer.send(invite);
    const offered = await app.hearSip('INVITE');
    peer.send(invite);
    await peer.hearResponse(100);
    await app.ask(`sip|${offered.fields[7] ?? ''}|\r\n${ANSWER}`);
    await peer.hearResponse(200);
    peer.send(invite);
    const ok = await peer.hearResponse(200);
    peer.send(peer.request('ACK', { to: ok.headers.get('To') ?? '', callId: 'slow' }));
    await app.hearSip('ACK');
    expect(bench.server.statistics()).toMatchObject({ strangersPending: 0, dialogs: 1 });
    bench.clock.advance(ms(60_000));
    expect(bench.server.statistics().dialogs).toBe(1);
  });

  test('has few calls pending; all strangers have a few more; an ACK, a refusal or the time-out give them back', async () => {
    await using bench = await openBench({ sources: STRANGERS });
    const app = await bench.application('invite');
    const peer = await bench.peer();
    const first = await answered(peer, app, 'one');
    await answered(peer, app, 'two');
    peer.send(peer.request('INVITE', { body: PEER_SDP, callId: 'three' }));
    expect((await peer.hearResponse(503)).headers.get('Retry-After')).toBe('5');
    expect(refusedFor(bench)['strangers-pending']).toBe(1);
    peer.send(peer.request('ACK', { to: first.to, callId: 'one' }));
    await app.hearSip('ACK');
    const third = peer.request('INVITE', { body: PEER_SDP, callId: 'four' });
    peer.send(third);
    const offered = await app.hearSip('INVITE');
    await app.ask(`sip|${offered.fields[7] ?? ''}|\r\nSIP/2.0 486 Busy Here\r\n\r\n`);
    await peer.hearResponse(486);
    expect(bench.server.statistics().strangersPending).toBe(1);
    bench.clock.advance(ms(6_000));
    expect(bench.server.statistics().strangersPending).toBe(0);
  });

  test('may come as often as its share', async () => {
    await using bench = await openBench({
      sources: { ...STRANGERS, sourceSetupsPerSecond: 1, sourcePending: 100, pendingOfAll: 100 },
    });
    await bench.application('invite');
    const peer = await bench.peer();
    for (let i = 0; i < 6; i++) peer.send(peer.request('INVITE', { body: PEER_SDP, callId: `rate-${i}` }));
    await peer.hearResponse(503);
    expect(refusedFor(bench)['source-rate']).toBe(1);
  });

  test('who may not call at all is refused, whatever it asks for', async () => {
    await using bench = await openBench({ sources: { ...STRANGERS, allow: ['198.51.100.0/24'] } });
    await bench.application('invite');
    const peer = await bench.peer();
    peer.send(peer.request('INVITE', { body: PEER_SDP }));
    await peer.hearResponse(403);
    peer.send(peer.request('OPTIONS', { callId: 'options' }));
    await peer.hearResponse(403);
    expect(refusedFor(bench)['not-allowed']).toBe(2);
    expect(bench.server.statistics().stack.serverTransactions).toBe(0);
  });
});

test('set-ups of a trusted address are not slowed, however many are pending', async () => {
  await using bench = await openBench({
    sources: { ...STRANGERS, trusted: ['127.0.0.0/8'], sourceSetupsPerSecond: 1 },
  });
  const app = await bench.application('invite');
  const peer = await bench.peer();
  for (let i = 0; i < 30; i++) await answered(peer, app, `trusted-${i}`);
  expect(bench.server.statistics()).toMatchObject({ strangersPending: 0, dialogs: 30 });
});
