import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openSignalling } from '../../src/signalling/drachtio/signalling-srf.ts';
import type { IncomingCall } from '../../src/signalling/signalling.ts';
import { openEmbeddedSignalling } from '../../src/sip-server/embedded-signalling.ts';
import { openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP } from '../sip-server/udp-peer.ts';
import { answered, caller, expectStatus, optional, pause, sipp, sippMissing } from '../support/sipp.ts';
import { waitWhile } from '../support/wait-while.ts';
import { OUR_SDP, openChannel } from './line.ts';

const call = (hold: number): string =>
  [
    caller.invite(),
    optional(100),
    optional(180),
    answered,
    caller.request('ACK', 1),
    pause(hold),
    caller.request('BYE', 2),
    expectStatus(200),
  ].join('\n');

/**
 * SIPp takes a repeated 200 of the INVITE for that of a BYE that was lost, unless it is told whose answer each one is,
 * and then no longer repeats the BYE: neither it nor the ACK is lost here.
 */
const lossyCall = [
  caller.invite(undefined, undefined, 'retrans="500" start_txn="invite"'),
  optional(100),
  optional(180),
  '<recv response="200" response_txn="invite" rrs="true"/>',
  caller.request('ACK', 1, { attributes: 'ack_txn="invite" lost="0"' }),
  pause(200),
  caller.request('BYE', 2, { attributes: 'retrans="500" start_txn="bye" lost="0"' }),
  '<recv response="200" response_txn="invite" optional="true"/>',
  expectStatus(200, 'response_txn="bye"'),
].join('\n');

const answerAll = async (incoming: IncomingCall, ended: () => void): Promise<void> => {
  const dialog = await incoming.answer(OUR_SDP);
  dialog.onEnd(ended);
};

describe.skipIf(sippMissing)('many calls', () => {
  test('leave nothing behind', async () => {
    await using line = await openChannel();
    let ended = 0;
    line.signalling.onCall((incoming) => void answerAll(incoming, () => ended++));
    const peer = sipp(call(100), [line.udp, '-r', '100'], { calls: 200, timeout: 15 });
    expect((await peer.done).status).toBe(0);
    expect(ended).toBe(200);
    expect(line.signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
    const { dialogs, incoming, outgoing, calls } = await line.embedded.statistics();
    expect({ dialogs, incoming, outgoing }).toEqual({ dialogs: 0, incoming: 0, outgoing: 0 });
    expect(calls).toMatchObject({ offered: 200, answered: 200, refusedCommands: 0 });
  });

  test('on a network that loses every eighth message are all answered and ended', async () => {
    await using line = await openChannel();
    let ended = 0;
    line.signalling.onCall((incoming) => void answerAll(incoming, () => ended++));
    const peer = sipp(lossyCall, [line.udp, '-r', '20', '-lost', '12'], { calls: 20, timeout: 18 });
    expect((await peer.done).status).toBe(0);
    expect(ended).toBe(20);
    expect(await line.embedded.statistics()).toMatchObject({ dialogs: 0, incoming: 0, calls: { answered: 20 } });
  });
});

describe('opening', () => {
  test('a port in use is said so', async () => {
    await using line = await openChannel();
    const port = line.embedded.sipAddresses[0]!.port;
    await expect(openEmbeddedSignalling({ host: '127.0.0.1', port, tcp: true }, silentLogger)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });

  test('without TCP there is no TCP', async () => {
    await using line = await openChannel({ tcp: false });
    expect(line.embedded.sipAddresses.map(({ protocol }) => protocol)).toEqual(['UDP']);
    expect(line.signalling.hostports).toMatch(/^udp\/127\.0\.0\.1:\d+$/);
  });

  test('what we are told to advertise stands in Contact', async () => {
    await using bench = await openBench({ advertise: { host: '192.0.2.7', port: 5099 } });
    await using signalling = await openSignalling(
      { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET },
      silentLogger,
    );
    expect(signalling.hostports).toContain('udp/192.0.2.7:5099');
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    const peer = await bench.peer();
    peer.send(peer.request('INVITE', { body: PEER_SDP }));
    const answering = (await offered).answer(OUR_SDP);
    const ok = await peer.hearResponse(200);
    expect(ok.headers.get('Contact')).toBe('<sip:192.0.2.7:5099;transport=udp>');
    peer.send(peer.request('ACK', { to: ok.headers.get('To')! }));
    const bye = (await answering).bye();
    peer.respond(await peer.hearRequest('BYE'), 200);
    await bye;
  });

  test('a wrong secret, a silent server, no server', async () => {
    await using bench = await openBench();
    const wrong = { host: '127.0.0.1', port: bench.server.controlPort, secret: 'wrong' };
    await expect(openSignalling(wrong, silentLogger)).rejects.toMatchObject({ code: 'CONTROL_PROTOCOL' });
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined).resume()));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const options = { host: '127.0.0.1', port, secret: 'x', connectDeadline: ms(100) };
    await expect(openSignalling(options, silentLogger)).rejects.toMatchObject({ code: 'CONTROL_PROTOCOL' });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    await expect(openSignalling(options, silentLogger)).rejects.toMatchObject({ code: 'CONTROL_PROTOCOL' });
  });
});

describe('the server goes away', () => {
  test('every call is lost, waiting ones fail, dialling ones too; closing still works', async () => {
    const bench = await openBench();
    const peer = await bench.peer();
    const signalling = await openSignalling(
      { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET },
      silentLogger,
    );
    const calls: IncomingCall[] = [];
    const arrived = (n: number): Promise<void> =>
      new Promise((resolve) => {
        signalling.onCall((each) => {
          calls.push(each);
          if (calls.length === n) resolve();
        });
      });
    const two = arrived(2);
    peer.send(peer.request('INVITE', { body: PEER_SDP }));
    peer.send(peer.request('INVITE', { body: PEER_SDP, callId: 'call-2' }));
    await two;
    const answering = calls[0]!.answer(OUR_SDP);
    const ok = await peer.hearResponse(200);
    peer.send(peer.request('ACK', { to: ok.headers.get('To')!, callId: calls[0]!.sipCallId }));
    const dialog = await answering;
    const end = new Promise((resolve) => dialog.onEnd(resolve));
    const dialling = signalling.dial(
      { uri: `sip:x@127.0.0.1:${peer.port}`, localSdp: OUR_SDP, timeout: ms(20_000) },
      new AbortController().signal,
    );
    await peer.hearRequest('INVITE');
    await bench[Symbol.asyncDispose]();
    expect(await end).toBe('lost');
    expect(await dialling).toEqual({ outcome: 'failed', status: 503 });
    expect(calls[1]!.signal.aborted).toBe(true);
    await expect(calls[1]!.answer(OUR_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    await dialog.bye();
    expect(
      await signalling.dial(
        { uri: 'sip:x@127.0.0.1', localSdp: OUR_SDP, timeout: ms(1_000) },
        new AbortController().signal,
      ),
    ).toEqual({ outcome: 'failed', status: 503 });
    expect(signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
    await signalling[Symbol.asyncDispose]();
  });

  test('srf comes back to a server on the same port and takes calls again', async () => {
    const first = await openBench();
    const port = first.server.controlPort;
    const signalling = await openSignalling({ host: '127.0.0.1', port, secret: SECRET }, silentLogger);
    await first[Symbol.asyncDispose]();
    await using second = await openBench({ control: { host: '127.0.0.1', port, secret: SECRET } });
    await waitWhile(() => second.server.statistics().applications === 0);
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    const peer = await second.peer();
    const ask = async (): Promise<void> => {
      // its route may still be under way
      peer.send(peer.request('INVITE', { body: PEER_SDP, callId: `again-${Math.random()}` }));
      const status = await Promise.race([
        offered.then(() => 0),
        peer.hearResponse(503).then(
          () => 503,
          () => 0,
        ),
      ]);
      if (status === 503) await ask();
    };
    await ask();
    (await offered).reject(486);
    await peer.hearResponse(486);
    await signalling[Symbol.asyncDispose]();
  });

  test('the worker dies: we are told', async () => {
    const dying = `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads';
      parentPort.postMessage({ type: 'opened', sipAddresses: [], controlPort: 1 });
      parentPort.on('message', () => { throw new Error('as if by a fault of ours'); });
    `)}`;
    const options = { host: '127.0.0.1', port: 0, tcp: false };
    const embedded = await openEmbeddedSignalling(options, silentLogger, new URL(dying));
    const lost = new Promise<Error>((resolve) => embedded.onLost(resolve));
    await expect(embedded.statistics()).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    expect((await lost).message).toBe('as if by a fault of ours');
    await expect(embedded.statistics()).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    await embedded.close();
  });
});

test('a CANCEL that crosses our 200: the call was cancelled', async () => {
  await using bench = await openBench();
  const peer = await bench.peer();
  await using signalling = await openSignalling(
    { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET },
    silentLogger,
  );
  for (const n of [1, 2, 3, 4, 5]) {
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    const invite = { body: PEER_SDP, branch: `b${n}`, callId: `call-${n}` };
    peer.send(peer.request('INVITE', invite));
    const call = await offered;
    peer.send(peer.request('CANCEL', { ...invite, body: '' }));
    // the server has dealt with it, srf has not heard of it yet
    await waitWhile(() => bench.server.statistics().incoming > 0);
    await expect(call.answer(OUR_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(call.signal.aborted).toBe(true);
    await peer.hearResponse(487);
  }
  expect(signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
  expect(bench.server.statistics().calls.refusedCommands).toBeGreaterThan(0);
});

describe('no ACK', () => {
  test('the answer fails', async () => {
    await using bench = await openBench();
    const peer = await bench.peer();
    await using signalling = await openSignalling(
      { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET },
      silentLogger,
    );
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    peer.send(peer.request('INVITE', { body: PEER_SDP }));
    const failure = expect((await offered).answer(OUR_SDP)).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    await peer.hearResponse(200);
    bench.clock.advance(32_500);
    peer.respond(await peer.hearRequest('BYE'), 200);
    await failure;
    expect(signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
  });

  test('of a re-INVITE: the call ends', async () => {
    await using bench = await openBench();
    const peer = await bench.peer();
    await using signalling = await openSignalling(
      { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET },
      silentLogger,
    );
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    peer.send(peer.request('INVITE', { body: PEER_SDP }));
    const answering = (await offered).answer(OUR_SDP);
    const to = (await peer.hearResponse(200)).headers.get('To')!;
    peer.send(peer.request('ACK', { to }));
    const dialog = await answering;
    const end = new Promise((resolve) => dialog.onEnd(resolve));
    dialog.onOffer(async () => OUR_SDP);
    peer.send(peer.request('INVITE', { to, cseq: 2, body: PEER_SDP }));
    await peer.hearResponse(200);
    bench.clock.advance(32_500);
    peer.respond(await peer.hearRequest('BYE'), 200);
    expect(await end).toBe('no-ack');
    expect(signalling.statistics().dialogs).toBe(0);
  });

  test('a session that nobody refreshes ends as timed out', async () => {
    await using bench = await openBench();
    const peer = await bench.peer();
    await using signalling = await openSignalling(
      { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET },
      silentLogger,
    );
    const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
    peer.send(peer.request('INVITE', { body: PEER_SDP, headers: { Supported: 'timer', 'Session-Expires': '90' } }));
    const answering = (await offered).answer(OUR_SDP);
    const ok = await peer.hearResponse(200);
    peer.send(peer.request('ACK', { to: ok.headers.get('To')! }));
    const dialog = await answering;
    const end = new Promise((resolve) => dialog.onEnd(resolve));
    bench.clock.advance(60_000);
    peer.respond(await peer.hearRequest('BYE'), 200);
    expect(await end).toBe('timed-out');
  });
});
