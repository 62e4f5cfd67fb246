import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import type { Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import { ControlPeer } from '../peers/drachtio/control-peer.ts';
import { openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP, type UdpPeer } from '../sip-server/udp-peer.ts';
import { waitWhile } from '../support/wait-while.ts';
import { callOn, callsOf, dialTo, endOf, open, request, server } from './drachtio-calls.ts';
import { OUR_SDP } from './line.ts';

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
