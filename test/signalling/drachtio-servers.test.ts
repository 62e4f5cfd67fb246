import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { type DrachtioSignalling } from '../../src/signalling/drachtio/drachtio-signalling.ts';
import type { DialOutcome, Dialog } from '../../src/signalling/signalling.ts';
import { type Frame, headerOf } from '../peers/drachtio/capture.ts';
import { ControlPeer } from '../peers/drachtio/control-peer.ts';
import { openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP } from '../sip-server/udp-peer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitWhile } from '../support/wait-while.ts';
import { callOn, callsOf, dialTo, endOf, never, open, request, server } from './drachtio-calls.ts';
import { OUR_SDP } from './line.ts';

const byeOf = (dialogId: string) => (frame: Frame) => request('BYE')(frame) && frame.fields[1] === dialogId;

describe('what a server still has of a lost call', () => {
  test('the connection breaks: dialogs are ended when it is back, a ringing INVITE is cancelled', async () => {
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [peer.address], tags: ['bank', 'blue'] });
    expect(peer.heard[0]?.fields).toEqual([SECRET, 'bank,blue']);
    const dialog = await callOn(peer, 'call-1', callsOf(signalling));
    peer.ringing = true;
    const rang = new Promise<void>((resolve) => {
      void signalling
        .dial({ uri: 'sip:agent@127.0.0.1:5170', localSdp: OUR_SDP, timeout: ms(20_000), onRinging: resolve }, never)
        .then((outcome) => {
          dialled = outcome;
        });
    });
    let dialled: DialOutcome | undefined;
    await rang;
    const end = endOf(dialog);
    peer.dropConnections();
    expect(await end).toBe('lost');
    const bye = await peer.hears(byeOf('call-1;from-tag=caller'));
    expect(headerOf(bye.sip, 'reason')).toContain('Application lost');
    await peer.hears(request('CANCEL'));
    await peer.until(() => peer.dialogs.size === 0);
    await waitWhile(() => signalling.statistics().orphans.ended < 2);
    expect(dialled).toEqual({ outcome: 'failed', status: 503 });
    expect(signalling.statistics()).toMatchObject({
      dialogs: 0,
      dialling: 0,
      servers: [{ state: 'up', reconnects: 1, lost: 2, orphans: { found: 2, ended: 2, unknown: 0, failed: 0 } }],
    });
  });

  test('a talk that goes on without the server is ended when it is over, not when the connection is back', async () => {
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [peer.address] });
    const dialog = await callOn(peer, 'call-1', callsOf(signalling));
    const lost = new Promise<string>((resolve) =>
      dialog.onEnd((because) => {
        resolve(because);
        return 'kept';
      }),
    );
    peer.dropConnections();
    expect(await lost).toBe('lost');
    await waitWhile(() => signalling.statistics().servers[0]?.reconnects !== 1);
    expect(signalling.statistics()).toMatchObject({ dialogs: 1, servers: [{ lost: 1, orphans: { found: 0 } }] });
    expect(peer.dialogs.size).toBe(1);
    await dialog.bye();
    await peer.hears(byeOf('call-1;from-tag=caller'));
    await waitWhile(() => signalling.statistics().orphans.ended === 0);
    expect(signalling.statistics()).toMatchObject({ dialogs: 0, orphans: { found: 1, ended: 1 } });
  });

  test('a server that has died knows nothing of them', async () => {
    const peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [peer.address] });
    const dialog = await callOn(peer, 'call-1', callsOf(signalling));
    const end = endOf(dialog);
    await peer[Symbol.asyncDispose]();
    expect(await end).toBe('lost');
    await using again = await ControlPeer.open(SECRET, peer.port);
    await again.hears(byeOf('call-1;from-tag=caller'));
    await waitWhile(() => signalling.statistics().orphans.unknown === 0);
    expect(signalling.statistics().orphans).toEqual({ found: 1, ended: 0, unknown: 1, failed: 0 });
  });

  test('a machine that is gone without a word is noticed', async () => {
    const clock = new ManualClock();
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [peer.address], clock, heartbeat: ms(1_000) });
    const dialog = await callOn(peer, 'call-1', callsOf(signalling));
    const pings = (): number => peer.heard.filter(({ type }) => type === 'ping').length;
    for (const n of [1, 2, 3, 4, 5, 6]) {
      clock.advance(1_000);
      await peer.until(() => pings() === n);
    }
    peer.silent = true;
    const ends: string[] = [];
    dialog.onEnd((because) => void ends.push(because));
    while (ends.length === 0) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ends).toEqual(['lost']);
    expect(signalling.ready).toBe(false);
    peer.silent = false;
    await peer.hears(byeOf('call-1;from-tag=caller'));
    await waitWhile(() => !signalling.ready);
  });

  test('messages that srf cannot take are dropped', async () => {
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [peer.address] });
    await peer.hears((frame) => frame.type === 'route');
    const next = callsOf(signalling);
    peer.send('x|nonsense|1');
    peer.send('x|sip|network|1|udp|127.0.0.1|6160||t||127.0.0.1|5160|\r\nnothing of SIP\r\n\r\n');
    peer.invite('call-1');
    (await next()).reject(486);
    expect(signalling.statistics().servers[0]?.dropped).toBe(1);
  });
});

describe('servers connect to us', () => {
  const listen = { host: '127.0.0.1', port: 0 };
  const portOf = (signalling: DrachtioSignalling): number => signalling.statistics().listener?.port ?? 0;

  test('a connection for each call, closed when the call is over', async () => {
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [], listen, tags: ['bank'] });
    expect(signalling.ready).toBe(true);
    const next = callsOf(signalling);
    const dialogs: Dialog[] = [];
    for (const callId of ['call-1', 'call-2']) {
      const socket = peer.connectTo(portOf(signalling));
      const before = peer.heard.length;
      await peer.until(() => peer.heard.length > before);
      expect(peer.heard[before]).toMatchObject({ type: 'authenticate', fields: [SECRET, 'bank'] });
      peer.invite(callId, socket);
      dialogs.push(await (await next()).answer(OUR_SDP));
    }
    expect(signalling.statistics()).toMatchObject({ dialogs: 2, listener: { connections: 2 } });
    // a call of ours goes over one of them
    const dialled = await dialTo(signalling, 5170);
    if (dialled.outcome !== 'answered') throw new Error(dialled.outcome);
    await dialled.dialog.bye();
    const [one, two] = dialogs as [Dialog, Dialog];
    await one.bye();
    await peer.until(() => peer.connections === 1);
    const end = endOf(two);
    peer.bye('call-2');
    expect(await end).toBe('bye');
    await peer.until(() => peer.connections === 0);
    expect(signalling.statistics()).toMatchObject({ dialogs: 0, listener: { connections: 0, lost: 0 } });
    expect(await dialTo(signalling, 5170)).toEqual({ outcome: 'failed', status: 503 });
  });

  test('a connection that breaks takes its call; the server is told by another way', async () => {
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [peer.address], listen });
    const next = callsOf(signalling);
    const socket = peer.connectTo(portOf(signalling));
    await peer.until(() => peer.heard.filter(({ type }) => type === 'authenticate').length === 2);
    peer.invite('call-1', socket);
    const end = endOf(await (await next()).answer(OUR_SDP));
    socket.destroy();
    expect(await end).toBe('lost');
    await peer.hears(byeOf('call-1;from-tag=caller'));
    await waitWhile(() => signalling.statistics().orphans.ended === 0);
    expect(signalling.statistics()).toMatchObject({ dialogs: 0, listener: { lost: 1 }, servers: [{ state: 'up' }] });
  });

  test('who may not, or has another secret, gets no further', async () => {
    await using others = await ControlPeer.open('another secret');
    await using signalling = await open({ servers: [], listen: { ...listen, allow: ['127.0.0.0/30', '::1'] } });
    others.connectTo(portOf(signalling));
    await others.until(() => others.connections === 0);
    const stranger = connect({ port: portOf(signalling), host: '127.0.0.1', localAddress: '127.0.0.9' });
    stranger.on('error', () => undefined);
    const heard: Buffer[] = [];
    stranger.on('data', (bytes) => heard.push(bytes));
    await once(stranger, 'close');
    expect(Buffer.concat(heard)).toHaveLength(0);
    expect(signalling.statistics().listener).toMatchObject({ refused: 2, connections: 0 });
  });
});

describe('what comes outside a dialog', () => {
  test('OPTIONS is answered by readiness, what is not served by 405 with Allow, what belongs to no dialog by 481', async () => {
    await using bench = await openBench();
    const peer = await bench.peer();
    await using signalling = await open({ servers: [server(bench.server.controlPort)] });
    let number = 0;
    const ask = async (method: string, status: number) => {
      peer.send(peer.request(method, { callId: `outside-${++number}` }));
      return (await peer.hearResponse(status)).headers;
    };
    expect((await ask('OPTIONS', 503)).get('Retry-After')).toBe('10'); // nobody takes calls yet
    signalling.onCall(() => undefined);
    expect((await ask('OPTIONS', 200)).all('Allow')).toContain('INVITE');
    signalling.setAdmission({ take: false, because: 'not-ready', retryAfter: 7 });
    expect((await ask('OPTIONS', 503)).get('Retry-After')).toBe('7');
    signalling.setAdmission({ take: true });
    await ask('OPTIONS', 200);
    for (const method of ['REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'REFER'])
      expect((await ask(method, 405)).all('Allow')).toContain('BYE');
    for (const method of ['NOTIFY', 'INFO', 'UPDATE']) await ask(method, 481);
  });

  test('strangers have shares, and may be kept out altogether', async () => {
    await using bench = await openBench();
    const peer = await bench.peer();
    const sources = {
      trusted: ['192.0.2.1'],
      allow: [],
      sourceSetupsPerSecond: 100,
      sourcePending: 1,
      pendingOfAll: 9,
    };
    await using signalling = await open({ servers: [server(bench.server.controlPort)], sources, ackMs: ms(100) });
    const next = callsOf(signalling);
    peer.send(peer.request('INVITE', { body: PEER_SDP, callId: 'first' }));
    const answering = (await next()).answer(OUR_SDP);
    await peer.hearResponse(200);
    peer.send(peer.request('INVITE', { body: PEER_SDP, callId: 'second' }));
    expect((await peer.hearResponse(503)).headers.get('Retry-After')).toBe('5');
    expect(signalling.statistics().refused['source-pending']).toBe(1);
    await expect(answering).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    peer.send(peer.request('INVITE', { body: PEER_SDP, callId: 'third' }));
    (await next()).reject(486);
    await peer.hearResponse(486);

    await using closed = await openBench();
    const stranger = await closed.peer();
    await using guarded = await open({
      servers: [server(closed.server.controlPort)],
      sources: { ...sources, allow: ['198.51.100.0/24'] },
    });
    guarded.onCall(() => undefined);
    for (const method of ['INVITE', 'OPTIONS', 'REGISTER']) {
      stranger.send(stranger.request(method, { callId: method, body: method === 'INVITE' ? PEER_SDP : '' }));
      await stranger.hearResponse(403);
    }
    expect(guarded.statistics().refused['not-allowed']).toBe(1);
  });
});
