import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import type { Dialog, DialRequest, IncomingCall } from '../../src/signalling/signalling.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { PEER_SDP, UdpPeer } from '../sip-server/udp-peer.ts';
import {
  acceptRequests,
  answer,
  answered,
  caller,
  expectRequest,
  expectStatus,
  freePort,
  listening,
  optional,
  pause,
  type Sipp,
  sipp,
  sippMissing,
} from '../support/sipp.ts';
import { waitWhile } from '../support/wait-while.ts';
import { type Line, OUR_SDP, openChannel } from './line.ts';

let line: Line;
beforeAll(async () => {
  line = await openChannel();
});
afterAll(async () => {
  await line[Symbol.asyncDispose]();
});

/** What the peers have been sent has arrived in srf too. */
const settled = (): Promise<void> =>
  waitWhile(async () => {
    await line.embedded.statistics();
    return line.signalling.statistics().dialling > 0;
  });

const never = new AbortController().signal;
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
const request = (port: number, more: Partial<DialRequest> = {}): DialRequest => ({
  uri: `sip:agent@127.0.0.1:${port}`,
  localSdp: OUR_SDP,
  timeout: ms(8_000),
  ...more,
});

async function callee(steps: readonly string[], args: readonly string[] = []): Promise<{ port: number; peer: Sipp }> {
  const port = await freePort();
  return { port, peer: sipp([acceptRequests, ...steps].join('\n'), ['-p', String(port), ...args]) };
}

const nothingLeft = async (): Promise<void> => {
  expect(line.signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
  expect(await line.embedded.statistics()).toMatchObject({ dialogs: 0, incoming: 0, outgoing: 0 });
};

describe.skipIf(sippMissing)('dialling', () => {
  test('rings, is answered, and we hang up', async () => {
    const { port, peer } = await callee([
      answer.ringing,
      answer.ok(),
      expectRequest('ACK'),
      expectRequest('BYE'),
      answer.inside(),
    ]);
    let rang = 0;
    const outcome = await line.signalling.dial(
      request(port, { from: '1000', headers: { 'X-Contact': 'abc\r\nX-Evil: 1' }, onRinging: () => rang++ }),
      never,
    );
    if (outcome.outcome !== 'answered') throw new Error(outcome.outcome);
    expect(rang).toBe(1);
    expect(outcome.dialog.remoteSdp).toContain('m=audio 16160');
    await outcome.dialog.bye();
    const { status, messages } = await peer.done;
    expect(status).toBe(0);
    expect(messages).toMatch(/From: <sip:1000@127\.0\.0\.1:\d+>;tag=/);
    expect(messages).toMatch(/Contact: <sip:1000@127\.0\.0\.1:\d+;transport=udp>/);
    expect(messages).toMatch(/X-Contact: abc X-Evil: 1\r?\n/);
    expect(messages).toContain('m=audio 20000');
    await nothingLeft();
  });

  test('over TCP', async () => {
    const { port, peer } = await callee(
      [answer.ok(), expectRequest('ACK'), expectRequest('BYE'), answer.inside()],
      ['-t', 't1'],
    );
    await listening(port);
    const outcome = await line.signalling.dial(
      request(port, { uri: `sip:agent@127.0.0.1:${port};transport=tcp` }),
      never,
    );
    if (outcome.outcome !== 'answered') throw new Error(outcome.outcome);
    await outcome.dialog.bye();
    expect((await peer.done).status).toBe(0);
    await nothingLeft();
  });

  test.each([
    ['486 Busy Here', 'busy', 486],
    ['600 Busy Everywhere', 'busy', 600],
    ['480 Temporarily Unavailable', 'no-answer', 480],
    ['603 Decline', 'declined', 603],
    ['404 Not Found', 'failed', 404],
    ['488 Not Acceptable Here', 'failed', 488],
  ])('%s is %s', async (line1, outcome, status) => {
    const { port, peer } = await callee([answer.fail(line1), expectRequest('ACK')]);
    expect(await line.signalling.dial(request(port), never)).toEqual({ outcome, status });
    expect((await peer.done).status).toBe(0);
    await nothingLeft();
  });

  test.each([
    ['nobody answers in time', 300, { outcome: 'no-answer', status: 408 }],
    ['the dial is aborted while it rings', 8_000, { outcome: 'cancelled', status: 487 }],
  ] as const)('%s: CANCEL', async (_name, timeout, expected) => {
    const { host, port } = line.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const aborter = new AbortController();
    const onRinging = (): void => {
      if (timeout > 1_000) aborter.abort();
    };
    const outcome = line.signalling.dial(request(peer.port, { timeout: ms(timeout), onRinging }), aborter.signal);
    const invite = await peer.hearRequest('INVITE');
    peer.respond(invite, 180);
    peer.respond(await peer.hearRequest('CANCEL'), 200);
    peer.respond(invite, 487);
    await peer.hearRequest('ACK');
    expect(await outcome).toEqual(expected);
    await nothingLeft();
  });

  test('the answer crosses the CANCEL: BYE', async () => {
    const { host, port } = line.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const aborter = new AbortController();
    const outcome = line.signalling.dial(request(peer.port), aborter.signal);
    const invite = await peer.hearRequest('INVITE');
    peer.respond(invite, 180);
    await new Promise<void>((resolve) => {
      void peer.hearRequest('CANCEL').then(() => resolve());
      aborter.abort();
    });
    peer.respond(invite, 200, { body: PEER_SDP });
    await peer.hearRequest('ACK');
    peer.respond(await peer.hearRequest('BYE'), 200);
    expect(await outcome).toEqual({ outcome: 'cancelled', status: 487 });
    await nothingLeft();
  });

  test('aborted before any response: CANCEL waits for one', async () => {
    const { host, port } = line.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const aborter = new AbortController();
    const outcome = line.signalling.dial(request(peer.port), aborter.signal);
    const invite = await peer.hearRequest('INVITE');
    aborter.abort();
    expect(await outcome).toEqual({ outcome: 'cancelled', status: 487 });
    expect(peer.unheard).not.toContain('CANCEL');
    peer.respond(invite, 180);
    peer.respond(await peer.hearRequest('CANCEL'), 200);
    peer.respond(invite, 487);
    await peer.hearRequest('ACK');
    await settled();
    await nothingLeft();
  });

  test('a 200 that comes again gets the same ACK again', async () => {
    const { host, port } = line.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const outcome = line.signalling.dial(request(peer.port), never);
    const invite = await peer.hearRequest('INVITE');
    const ok = peer.respond(invite, 200, { body: PEER_SDP });
    const first = await peer.hearRequest('ACK');
    peer.send(ok);
    const again = await peer.hearRequest('ACK');
    expect(again.headers.get('Via')).toBe(first.headers.get('Via'));
    const result = await outcome;
    if (result.outcome !== 'answered') throw new Error(result.outcome);
    const bye = result.dialog.bye();
    peer.respond(await peer.hearRequest('BYE'), 200);
    await bye;
  });

  test('a forked INVITE answered twice: the second is hung up', async () => {
    const { host, port } = line.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const outcome = line.signalling.dial(request(peer.port), never);
    const invite = await peer.hearRequest('INVITE');
    peer.respond(invite, 180, { tag: 'one' });
    peer.respond(invite, 180, { tag: 'two' });
    peer.respond(invite, 200, { body: PEER_SDP, tag: 'one' });
    await peer.hearRequest('ACK');
    peer.respond(invite, 200, { body: PEER_SDP, tag: 'two' });
    const ack = await peer.hearRequest('ACK');
    expect(ack.headers.get('To')).toContain('tag=two');
    const second = await peer.hearRequest('BYE');
    expect(second.headers.get('To')).toContain('tag=two');
    peer.respond(second, 200);
    const result = await outcome;
    if (result.outcome !== 'answered') throw new Error(result.outcome);
    const bye = result.dialog.bye();
    const first = await peer.hearRequest('BYE');
    expect(first.headers.get('To')).toContain('tag=one');
    peer.respond(first, 200);
    await bye;
    await nothingLeft();
  });

  test('an answer without a Contact is no answer, and is ended', async () => {
    const { host, port } = line.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const outcome = line.signalling.dial(request(peer.port), never);
    const invite = await peer.hearRequest('INVITE');
    const ok = responseTo(invite, 200, undefined, 'callee');
    peer.send(ok);
    await peer.hearRequest('ACK');
    peer.respond(await peer.hearRequest('BYE'), 200);
    expect(await outcome).toEqual({ outcome: 'failed', status: 502 });
    await nothingLeft();
  });

  test('a BYE that nobody answers is given up', async () => {
    await using impatient = await openChannel({}, { byeDeadline: ms(200) });
    const { host, port } = impatient.embedded.sipAddresses[0]!;
    await using peer = await UdpPeer.open({ host, port });
    const outcome = impatient.signalling.dial(request(peer.port), never);
    peer.respond(await peer.hearRequest('INVITE'), 200, { body: PEER_SDP });
    const result = await outcome;
    if (result.outcome !== 'answered') throw new Error(result.outcome);
    await result.dialog.bye();
    await result.dialog.bye();
    expect(impatient.signalling.statistics().dialogs).toBe(0);
  });

  test('aborted before it began, or to nowhere', async () => {
    expect(await line.signalling.dial(request(1), AbortSignal.abort())).toEqual({ outcome: 'cancelled', status: 487 });
    for (const uri of ['sips:agent@127.0.0.1', 'sip:agent@127.0.0.1:0', 'tel:+123', 'sip:'])
      expect(await line.signalling.dial(request(1, { uri }), never)).toMatchObject({ outcome: 'failed' });
    await nothingLeft();
  });

  test('we call ourselves: both ends are told it is a loop', async () => {
    line.signalling.onCall((call) => call.reject(486));
    const outcome = await line.signalling.dial(request(0, { uri: `sip:bank@${line.udp}` }), never);
    expect(outcome).toEqual({ outcome: 'failed', status: 482 });
    await nothingLeft();
  });

  test('one call in, one out, both in this process', async () => {
    const offered = new Promise<IncomingCall>((resolve) => line.signalling.onCall(resolve));
    const agent = await callee([
      answer.ringing,
      answer.ok(),
      expectRequest('ACK'),
      expectRequest('BYE'),
      answer.inside(),
    ]);
    const customer = sipp(
      [
        caller.invite(),
        optional(100),
        answered,
        caller.request('ACK', 1),
        pause(300),
        caller.request('BYE', 2),
        expectStatus(200),
      ].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    const outcome = await line.signalling.dial(request(agent.port), never);
    if (outcome.outcome !== 'answered') throw new Error(outcome.outcome);
    expect(outcome.dialog.sipCallId).not.toBe(dialog.sipCallId);
    expect(await endOf(dialog)).toBe('bye');
    await outcome.dialog.bye();
    expect((await customer.done).status).toBe(0);
    expect((await agent.peer.done).status).toBe(0);
    await nothingLeft();
  });
});
