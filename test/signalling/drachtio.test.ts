import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import {
  type DrachtioOptions,
  type DrachtioSignalling,
  openDrachtio,
} from '../../src/signalling/drachtio/drachtio-signalling.ts';
import type { DialOutcome, Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import { type Frame, headerOf } from '../peers/drachtio/capture.ts';
import { ControlPeer } from '../peers/drachtio/control-peer.ts';
import { methodOf, statusOf } from '../peers/drachtio/script.ts';
import { openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP, type UdpPeer } from '../sip-server/udp-peer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitWhile } from '../support/wait-while.ts';
import { OUR_SDP } from './line.ts';

const never = new AbortController().signal;
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
const request =
  (method: string) =>
  (frame: Frame): boolean =>
    frame.type === 'sip' && statusOf(frame) === undefined && methodOf(frame) === method;

const open = (options: Partial<DrachtioOptions> & Pick<DrachtioOptions, 'servers'>): Promise<DrachtioSignalling> =>
  openDrachtio({ secret: SECRET, startDeadline: ms(5_000), ...options }, silentLogger);

/** Calls as they come, each once. */
function callsOf(signalling: DrachtioSignalling): () => Promise<IncomingCall> {
  const calls: IncomingCall[] = [];
  const waiting: ((call: IncomingCall) => void)[] = [];
  signalling.onCall((call) => {
    const next = waiting.shift();
    if (next === undefined) calls.push(call);
    else next(call);
  });
  return () => {
    const call = calls.shift();
    return call === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(call);
  };
}

const server = (port: number): { readonly host: string; readonly port: number } => ({ host: '127.0.0.1', port });
const dialTo = (signalling: DrachtioSignalling, port: number): Promise<DialOutcome> =>
  signalling.dial({ uri: `sip:agent@127.0.0.1:${port}`, localSdp: OUR_SDP, timeout: ms(20_000) }, never);

async function calledBy(peer: UdpPeer, callId: string, next: () => Promise<IncomingCall>): Promise<Dialog> {
  peer.send(peer.request('INVITE', { body: PEER_SDP, callId }));
  const answering = (await next()).answer(OUR_SDP);
  const to = (await peer.hearResponse(200)).headers.get('To') ?? '';
  peer.send(peer.request('ACK', { to, callId }));
  return await answering;
}

describe('two servers', () => {
  test('calls come from both and are made over both in turn; one that dies takes only its own', async () => {
    const first = await openBench();
    await using second = await openBench();
    const [peerA, peerB] = [await first.peer(), await second.peer()];
    await using signalling = await open({
      servers: [server(first.server.controlPort), server(second.server.controlPort)],
    });
    expect(signalling.hostports.split(',')).toHaveLength(4);
    const next = callsOf(signalling);
    const one = await calledBy(peerA, 'call-a', next);
    const two = await calledBy(peerB, 'call-b', next);
    expect(signalling.statistics()).toMatchObject({
      dialogs: 2,
      servers: [
        { state: 'up', calls: 1, reconnects: 0 },
        { state: 'up', calls: 1 },
      ],
    });
    for (const peer of [peerA, peerB, peerA, peerB]) {
      // whichever server it goes over, the far end is the same; only that server knows the INVITE
      const dialling = dialTo(signalling, peer.port);
      const invite = await peer.hearRequest('INVITE');
      const over = peer === peerA ? first : second;
      expect(over.server.statistics().outgoing).toBe(1);
      peer.respond(invite, 486);
      expect(await dialling).toEqual({ outcome: 'busy', status: 486 });
      await peer.hearRequest('ACK');
    }
    const lost = endOf(one);
    await first[Symbol.asyncDispose]();
    expect(await lost).toBe('lost');
    expect(signalling.ready).toBe(true);
    expect(signalling.statistics()).toMatchObject({
      dialogs: 1,
      servers: [
        { state: 'down', lost: 1, orphans: { found: 1 } },
        { state: 'up', calls: 1 },
      ],
    });
    for (const _each of [1, 2]) {
      const dialling = dialTo(signalling, peerB.port);
      peerB.respond(await peerB.hearRequest('INVITE'), 486);
      expect(await dialling).toMatchObject({ outcome: 'busy' });
    }
    const bye = two.bye();
    peerB.respond(await peerB.hearRequest('BYE'), 200);
    await bye;
  });

  test('one is away at the start and comes later; with none, dialling fails at once', async () => {
    const first = await openBench();
    const free = await openBench();
    const { controlPort } = free.server;
    await free[Symbol.asyncDispose]();
    await using signalling = await open({ servers: [server(first.server.controlPort), server(controlPort)] });
    expect(signalling.statistics().servers).toMatchObject([{ state: 'up' }, { state: 'down' }]);
    expect(signalling.statistics().servers[1]?.problem).toContain('ECONNREFUSED');
    await first[Symbol.asyncDispose]();
    await waitWhile(() => signalling.ready);
    expect(await dialTo(signalling, 1)).toEqual({ outcome: 'failed', status: 503 });
    await using late = await openBench({ control: { host: '127.0.0.1', port: controlPort, secret: SECRET } });
    await waitWhile(() => !signalling.ready);
    const peer = await late.peer();
    const dialling = dialTo(signalling, peer.port);
    peer.respond(await peer.hearRequest('INVITE'), 486);
    expect(await dialling).toMatchObject({ outcome: 'busy' });
  });

  test('new calls are refused while it is to be so', async () => {
    await using bench = await openBench();
    const peer = await bench.peer();
    await using signalling = await open({ servers: [server(bench.server.controlPort)] });
    const ask = async (callId: string, status: number): Promise<string | undefined> => {
      peer.send(peer.request('INVITE', { body: PEER_SDP, callId, branch: callId }));
      return (await peer.hearResponse(status)).headers.get('Retry-After');
    };
    expect(await ask('nobody-listens', 503)).toBe('10');
    signalling.onCall((call) => call.reject(486));
    signalling.setAdmission({ take: false, because: 'draining', retryAfter: 30 });
    expect(await ask('draining', 503)).toBe('30');
    signalling.setAdmission({ take: true });
    expect(await ask('open', 486)).toBeUndefined();
  });
});

describe('the start', () => {
  test('no server can be reached: each is named, and why', async () => {
    const silent = await ControlPeer.open(SECRET);
    silent.silent = true;
    const gone = await ControlPeer.open(SECRET);
    await gone[Symbol.asyncDispose]();
    const opening = open({ servers: [silent.address, gone.address], startDeadline: ms(300) });
    const error = await opening.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'CONTROL_PROTOCOL',
      facts: {
        [`127.0.0.1:${silent.port}`]: 'not connected yet',
        [`127.0.0.1:${gone.port}`]: expect.stringContaining('ECONNREFUSED'),
      },
    });
    expect(String(error)).toContain(`127.0.0.1:${gone.port}`);
    await silent[Symbol.asyncDispose]();
  });

  test('one that keeps silent does not stop us when another is up', async () => {
    await using silent = await ControlPeer.open(SECRET);
    silent.silent = true;
    await using peer = await ControlPeer.open(SECRET);
    await using signalling = await open({ servers: [silent.address, peer.address], startDeadline: ms(300) });
    expect(signalling.statistics().servers).toMatchObject([{ state: 'down' }, { state: 'up' }]);
  });

  test('a server that refuses the secret is an error, whatever the others do', async () => {
    await using good = await ControlPeer.open(SECRET);
    await using other = await ControlPeer.open('another secret');
    await expect(open({ servers: [good.address, other.address] })).rejects.toMatchObject({
      code: 'CONTROL_SECRET_REFUSED',
      facts: { [`127.0.0.1:${other.port}`]: 'it refuses our secret (signalling.secret or signalling.secret_file)' },
    });
  });

  test('what cannot be', async () => {
    await expect(open({ servers: [] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    for (const tag of ['', 'a b', 'a,b', 'x'.repeat(33)])
      await expect(open({ servers: [server(1)], tags: [tag] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const listen = { host: '127.0.0.1', port: 0, allow: ['nonsense'] };
    await expect(open({ servers: [], listen })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const ledger = '/dev/null/ledger';
    await expect(open({ servers: [server(1)], ledger })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await using peer = await ControlPeer.open(SECRET);
    const taken = { host: '127.0.0.1', port: peer.port };
    await expect(open({ servers: [peer.address], listen: taken })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
});

/** The peer has an answered call of ours. */
async function callOn(peer: ControlPeer, callId: string, next: () => Promise<IncomingCall>): Promise<Dialog> {
  await peer.hears((frame) => frame.type === 'route');
  peer.invite(callId);
  return await (await next()).answer(OUR_SDP);
}

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

describe('the ledger of dialogs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('what an earlier run left is ended at the start, once', async () => {
    const ledger = join(folder, 'dialogs');
    await using peer = await ControlPeer.open(SECRET);
    const crashed = await open({ servers: [peer.address], ledger });
    const next = callsOf(crashed);
    await callOn(peer, 'call-1', next);
    const ended = await callOn(peer, 'call-2', next);
    await ended.bye();
    peer.silent = true;
    const text = (): string => readFileSync(ledger, 'utf8');
    await waitWhile(() => !text().includes('-\t'));
    expect(text()).toContain(`+\t127.0.0.1:${peer.port}\tcall-1;from-tag=caller\n`);
    // as a crash leaves it: the connection is gone, nobody has hung up
    peer.dropConnections();
    const closing = crashed[Symbol.asyncDispose]();
    await closing;
    peer.silent = false;
    const { length } = peer.heard;
    {
      await using signalling = await open({ servers: [peer.address], ledger });
      await peer.until(() => peer.dialogs.size === 0);
      await waitWhile(() => signalling.statistics().orphans.ended === 0);
      expect(signalling.statistics().orphans).toEqual({ found: 1, ended: 1, unknown: 0, failed: 0 });
      expect(peer.heard.slice(length).filter(request('BYE'))).toHaveLength(1);
    }
    await using third = await open({ servers: [peer.address], ledger });
    expect(third.statistics().orphans.found).toBe(0);
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
    const sources = { trusted: ['192.0.2.1'], allow: [], perSecond: 100, sourcePending: 1, pendingOfAll: 9 };
    await using signalling = await open({ servers: [server(bench.server.controlPort)], sources, ackWithin: ms(100) });
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
