import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/lib/logger.ts';
import { openSignalling } from '../../src/signalling/drachtio/signalling-srf.ts';
import { glareDelay } from '../../src/signalling/drachtio/srf-reoffer.ts';
import type { Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import { openBench, SECRET } from '../sip-server/board.ts';
import { PEER_SDP } from '../sip-server/udp-peer.ts';
import { waitWhile } from '../support/wait-while.ts';
import { OUR_SDP } from './line.ts';
import { openTalk, type Talk } from './talk.ts';

const NEW_SDP = OUR_SDP.replace('20000', '20002');
const NEXT_SDP = OUR_SDP.replace('20000', '20004');
const THEIR_NEW_SDP = PEER_SDP.replace('16160', '16170');
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
const bodyOf = (message: { readonly body: Uint8Array }): string => Buffer.from(message.body).toString();

/** The adapter has set the timer of its next attempt; the deadline is another. */
async function waitingToRetry(talk: Talk): Promise<void> {
  await waitWhile(() => talk.clock.pending < 2);
}

describe.each(['in', 'out'] as const)('a call coming %s: we offer again', (direction) => {
  test('the far end answers', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const answer = dialog.reoffer(NEW_SDP);
    const invite = await peer.hearRequest('INVITE');
    expect(bodyOf(invite)).toBe(NEW_SDP);
    expect(invite.headers.get('Contact')).toMatch(/^<sip:.*127\.0\.0\.1:\d+.*>/);
    expect(invite.headers.get('Content-Type')).toBe('application/sdp');
    peer.respond(invite, 180);
    peer.respond(invite, 200, { body: THEIR_NEW_SDP });
    const ack = await peer.hearRequest('ACK');
    expect(ack.headers.get('CSeq')).toBe(invite.headers.get('CSeq')?.replace('INVITE', 'ACK'));
    expect(await answer).toBe(THEIR_NEW_SDP);
    expect(dialog.remoteSdp).toBe(THEIR_NEW_SDP);
    expect(talk.clock.pending).toBe(0);
  });

  test('refused: it keeps what it had, and the next offer is made', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    for (const status of [488, 603, 500]) {
      const refused = dialog.reoffer(NEW_SDP);
      const failure = expect(refused).rejects.toMatchObject({ code: 'SIP_REJECTED', facts: { status } });
      peer.respond(await peer.hearRequest('INVITE'), status);
      await failure;
      expect((await peer.hearRequest('ACK')).headers.get('CSeq')).toMatch(/ ACK$/);
    }
    expect(dialog.remoteSdp).toBe(PEER_SDP);
    const answer = dialog.reoffer(NEXT_SDP);
    peer.respond(await peer.hearRequest('INVITE'), 200, { body: THEIR_NEW_SDP });
    await peer.hearRequest('ACK');
    expect(await answer).toBe(THEIR_NEW_SDP);
    expect(peer.unheard).toEqual([]);
  });

  test('a 200 without an answer is no agreement', async () => {
    await using talk = await openTalk(direction);
    const failure = expect(talk.dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'SIP_REJECTED' });
    talk.peer.respond(await talk.peer.hearRequest('INVITE'), 200);
    await talk.peer.hearRequest('ACK');
    await failure;
  });

  test('two at once are made one after the other', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const both = Promise.all([dialog.reoffer(NEW_SDP), dialog.reoffer(NEXT_SDP)]);
    const first = await peer.hearRequest('INVITE');
    expect(bodyOf(first)).toBe(NEW_SDP);
    peer.respond(first, 200, { body: PEER_SDP });
    await peer.hearRequest('ACK');
    const second = await peer.hearRequest('INVITE');
    expect(bodyOf(second)).toBe(NEXT_SDP);
    peer.respond(second, 200, { body: THEIR_NEW_SDP });
    await peer.hearRequest('ACK');
    expect(await both).toEqual([PEER_SDP, THEIR_NEW_SDP]);
  });

  test('crossing offers: both are refused, both are made again', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog, clock } = talk;
    dialog.onOffer(async () => OUR_SDP);
    const answer = dialog.reoffer(NEW_SDP);
    const ours = await peer.hearRequest('INVITE');
    talk.ask('INVITE', 10, { body: THEIR_NEW_SDP });
    await peer.hearResponse(491);
    talk.ask('ACK', 10);
    peer.respond(ours, 491);
    await peer.hearRequest('ACK');
    await waitingToRetry(talk);
    talk.ask('INVITE', 11, { body: THEIR_NEW_SDP });
    await peer.hearResponse(200);
    talk.ask('ACK', 11);
    const delay = glareDelay(direction === 'out', 0.5);
    clock.advance(delay - 1);
    expect(peer.unheard).not.toContain('INVITE');
    clock.advance(1);
    const again = await peer.hearRequest('INVITE');
    expect(bodyOf(again)).toBe(NEW_SDP);
    expect(again.headers.get('CSeq')).not.toBe(ours.headers.get('CSeq'));
    peer.respond(again, 200, { body: PEER_SDP });
    await peer.hearRequest('ACK');
    expect(await answer).toBe(PEER_SDP);
  });

  test('while we still think about an offer of theirs, ours waits', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog, clock } = talk;
    let decide: ((sdp: string) => void) | undefined;
    const offered = new Promise<void>((resolve) => {
      dialog.onOffer(() => {
        resolve();
        return new Promise((onDecided) => {
          decide = onDecided;
        });
      });
    });
    talk.ask('INVITE', 10, { body: THEIR_NEW_SDP });
    await offered;
    const answer = dialog.reoffer(NEW_SDP);
    await waitingToRetry(talk);
    decide?.(OUR_SDP);
    await peer.hearResponse(200);
    talk.ask('ACK', 10);
    clock.advance(4_000);
    peer.respond(await peer.hearRequest('INVITE'), 200, { body: PEER_SDP });
    await peer.hearRequest('ACK');
    expect(await answer).toBe(PEER_SDP);
  });

  test('491 for ever ends with the deadline', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog, clock } = talk;
    const failure = expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({
      code: 'SIP_REJECTED',
      facts: { status: 491 },
    });
    const delay = glareDelay(direction === 'out', 0.5);
    for (let at = 0; ; at += delay) {
      peer.respond(await peer.hearRequest('INVITE'), 491);
      await peer.hearRequest('ACK');
      if (at + delay >= 35_000) break;
      await waitingToRetry(talk);
      clock.advance(delay);
    }
    await failure;
    expect(clock.pending).toBe(0);
  });

  test.each([408, 481])('%i: the call is over', async (status) => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const end = endOf(dialog);
    const failure = expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    peer.respond(await peer.hearRequest('INVITE'), status);
    await failure;
    expect(await end).toBe('timed-out');
    await expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('no answer at all: CANCEL, and the call is over', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog, clock } = talk;
    const end = endOf(dialog);
    const failure = expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'SIP_TIMEOUT' });
    const invite = await peer.hearRequest('INVITE');
    peer.respond(invite, 180);
    clock.advance(35_000);
    await failure;
    expect(await end).toBe('timed-out');
    peer.respond(await peer.hearRequest('CANCEL'), 200);
    peer.respond(await peer.hearRequest('BYE'), 200);
    peer.respond(invite, 487);
    await peer.hearRequest('ACK');
  });

  test('the far end hangs up before it answers; its late answer is acknowledged', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const end = endOf(dialog);
    const failure = expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    const waiting = expect(dialog.reoffer(NEXT_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    const invite = await peer.hearRequest('INVITE');
    talk.ask('BYE', 10);
    await peer.hearResponse(200);
    await failure;
    await waiting;
    expect(await end).toBe('bye');
    const late = peer.respond(invite, 200, { body: THEIR_NEW_SDP });
    await peer.hearRequest('ACK');
    peer.send(late);
    await peer.hearRequest('ACK');
    expect(dialog.remoteSdp).toBe(PEER_SDP);
    expect(talk.signalling.statistics().dialogs).toBe(0);
    expect(talk.bench.server.statistics().dialogs).toBe(0);
  });

  test('we hang up before it answers', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const failure = expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    const invite = await peer.hearRequest('INVITE');
    const bye = dialog.bye();
    await failure;
    peer.respond(await peer.hearRequest('BYE'), 200);
    await bye;
    peer.respond(invite, 200, { body: THEIR_NEW_SDP });
    await peer.hearRequest('ACK');
    expect(talk.clock.pending).toBe(0);
  });

  test('the server goes away before it answers', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const end = endOf(dialog);
    const failure = expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    await peer.hearRequest('INVITE');
    await talk.bench.server.close();
    await failure;
    expect(await end).toBe('lost');
    await expect(dialog.reoffer(NEW_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(talk.clock.pending).toBe(0);
  });
});

test('an offer that we refuse leaves the one in force', async () => {
  await using talk = await openTalk('in');
  talk.dialog.onOffer(() => Promise.reject(new Error('no')));
  talk.ask('INVITE', 10, { body: THEIR_NEW_SDP });
  await talk.peer.hearResponse(488);
  talk.ask('ACK', 10);
  expect(talk.dialog.remoteSdp).toBe(PEER_SDP);
});

test('the answer in the ACK counts even when a BYE is here before anyone has heard of it', async () => {
  await using bench = await openBench();
  const peer = await bench.peer();
  const address = { host: '127.0.0.1', port: bench.server.controlPort, secret: SECRET };
  await using signalling = await openSignalling(address, silentLogger);
  const offered = new Promise<IncomingCall>((resolve) => signalling.onCall(resolve));
  peer.send(peer.request('INVITE'));
  const answering = (await offered).answer(OUR_SDP);
  const to = (await peer.hearResponse(200)).headers.get('To') ?? '';
  peer.send(peer.request('ACK', { to, body: PEER_SDP }));
  peer.send(peer.request('BYE', { to, cseq: 2 }));
  const dialog = await answering;
  expect(dialog.remoteSdp).toBe(PEER_SDP);
  expect(await endOf(dialog)).toBe('bye');
});

test('how long one waits after a 491', () => {
  expect(glareDelay(true, 0)).toBe(2_100);
  expect(glareDelay(true, 0.999_999)).toBe(4_000);
  expect(glareDelay(false, 0)).toBe(0);
  expect(glareDelay(false, 0.999_999)).toBe(2_000);
});
