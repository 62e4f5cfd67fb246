import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { type DrachtioSignalling, openDrachtio } from '../../src/signalling/drachtio/drachtio-signalling.ts';
import type { Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import { type Frame, headerOf, type Recorded, readCapture } from '../peers/drachtio/capture.ts';
import { ReplayPeer } from '../peers/drachtio/replay-peer.ts';
import { type Gate } from '../peers/drachtio/replayed-connection.ts';
import { type ScriptOptions, scriptOf } from '../peers/drachtio/script.ts';
import { captured, declineRefer, held, ourRequest, recordedHeaders, request, withOrphan } from './captured-requests.ts';
import { OUR_SDP } from './line.ts';

const never = new AbortController().signal;
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
const nextCall = (signalling: DrachtioSignalling): Promise<IncomingCall> =>
  new Promise((resolve) => signalling.onCall(resolve));

/** Calls are taken only when the test has said what to do with them. */
async function replay(
  capture: string | Recorded[],
  options: ScriptOptions,
  gates: readonly Gate[] = [],
): Promise<{ peer: ReplayPeer; signalling: DrachtioSignalling }> {
  const firsts = options.calls.map((call) => held((frame) => isFirst(frame, call)));
  const peer = await ReplayPeer.open(scriptOf(typeof capture === 'string' ? captured(capture) : capture, options), [
    ...firsts,
    ...gates,
  ]);
  const signalling = await openDrachtio({ servers: [peer.address], secret: 'cymru' }, silentLogger);
  return { peer, signalling };
}

const isFirst = (frame: Frame, call: string): boolean =>
  request('INVITE', 1)(frame) && headerOf(frame.sip, 'call-id') === call;

const empty = { incoming: 0, dialling: 0, dialogs: 0 };

describe.skipIf(readCapture('main') === undefined)('drachtio-server 0.9.10 as recorded', () => {
  test('a call is answered, changes its media, sends a key, and the caller hangs up', async () => {
    const call = '1-8251@127.0.0.1';
    const { peer, signalling } = await replay('main', { calls: [call] }, [
      held(request('INVITE', 2)),
      held(request('BYE')),
    ]);
    await using _peer = peer;
    await using _signalling = signalling;
    expect(signalling.hostports).toBe('tcp/127.0.0.1:5160,udp/127.0.0.1:5160');
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const incoming = await offered;
    expect(incoming).toMatchObject({ sipCallId: call, parties: { caller: '+15551234', called: 'main' } });
    const dialog = await incoming.answer(OUR_SDP);
    const offers: string[] = [];
    dialog.onOffer(async (sdp) => {
      offers.push(sdp);
      return OUR_SDP;
    });
    const digits: string[] = [];
    dialog.onInfoDigit((digit) => digits.push(digit));
    await peer.release(request('INVITE', 2));
    await peer.release(request('BYE'));
    expect(await endOf(dialog)).toBe('bye');
    await peer.done();
    expect(offers).toHaveLength(1);
    expect(digits).toHaveLength(1);
    expect(dialog.remoteSdp).toBe(offers[0]);
    expect(signalling.statistics()).toMatchObject(empty);
  });

  test('the caller gives up while it rings', async () => {
    const call = '1-22204@127.0.0.1';
    let cancelled = false;
    // what the recorded application sent after the CANCEL, ours does not
    const edit = (frame: Frame): Frame | undefined => {
      if (cancelled) return undefined;
      cancelled = request('CANCEL')(frame);
      return frame;
    };
    const { peer, signalling } = await replay('cancel', { calls: [call], edit });
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const incoming = await offered;
    const gone = new Promise<void>((resolve) => incoming.signal.addEventListener('abort', () => resolve()));
    incoming.ring();
    await gone;
    await expect(incoming.answer(OUR_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    await peer.done();
    expect(signalling.statistics()).toMatchObject(empty);
  });

  test('the CANCEL crosses our 200: unknown transaction', async () => {
    const call = '1-22204@127.0.0.1';
    const { peer, signalling } = await replay('cancel', { calls: [call] }, [
      { at: request('CANCEL'), until: 'crossed' },
    ]);
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const incoming = await offered;
    incoming.ring();
    await expect(incoming.answer(OUR_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(incoming.signal.aborted).toBe(true);
    await peer.done();
    expect(signalling.statistics()).toMatchObject(empty);
  });

  test('hold, unhold, inactive and back by re-INVITE', async () => {
    const call = '1-25425@127.0.0.1';
    const reinvites = [2, 3, 4, 5].map((cseq) => request('INVITE', cseq));
    const { peer, signalling } = await replay('H2', { calls: [call] }, [...reinvites.map(held), held(request('BYE'))]);
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const dialog = await (await offered).answer(OUR_SDP);
    const directions: (string | undefined)[] = [];
    dialog.onOffer(async (sdp) => {
      directions.push(/a=(sendrecv|sendonly|recvonly|inactive)/.exec(sdp)?.[1]);
      return OUR_SDP;
    });
    for (const reinvite of reinvites) await peer.release(reinvite);
    await peer.release(request('BYE'));
    expect(await endOf(dialog)).toBe('bye');
    await peer.done();
    expect(directions).toEqual(['sendonly', 'sendrecv', 'inactive', 'sendrecv']);
  });

  test('the caller refers and is declined; we refer, it reports, we hang up', async () => {
    const call = '1-23497@127.0.0.1';
    const { peer, signalling } = await replay('R', { calls: [call], edit: declineRefer });
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const dialog = await (await offered).answer(OUR_SDP);
    await peer.expecting(ourRequest('REFER'));
    const outcome = await dialog.refer('sip:other@127.0.0.1:5171', {
      timeout: ms(5_000),
      headers: { 'Referred-By': '<sip:app@127.0.0.1:5160>', Contact: '<sip:app@127.0.0.1:5160>' },
    });
    expect(outcome).toEqual({ outcome: 'referred', status: 200 });
    await dialog.bye();
    await peer.done();
    expect(signalling.statistics()).toMatchObject(empty);
  });

  test('an agent is called, refers us, declines our REFER; both calls are hung up', async () => {
    const caller = '1-25307@127.0.0.1';
    const agent = '61f54291-609c-1240-e885-0692b0eb476b';
    const { peer, signalling } = await replay('RA', { calls: [caller, agent], edit: declineRefer });
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const dialog = await (await offered).answer(OUR_SDP);
    let rang = 0;
    const dialled = await signalling.dial(
      {
        uri: 'sip:agent@127.0.0.1:5170',
        localSdp: OUR_SDP,
        headers: recordedHeaders('RA', agent, 'INVITE'),
        timeout: ms(5_000),
        onRinging: () => rang++,
      },
      never,
    );
    if (dialled.outcome !== 'answered') throw new Error(dialled.outcome);
    expect(rang).toBe(1);
    await peer.expecting(ourRequest('REFER'));
    const refused = await dialled.dialog.refer('sip:x@127.0.0.1:5171', {
      timeout: ms(5_000),
      headers: recordedHeaders('RA', agent, 'REFER'),
    });
    expect(refused).toEqual({ outcome: 'refused', status: 603 });
    await Promise.all([dialog.bye(), dialled.dialog.bye()]);
    await peer.done();
    expect(signalling.statistics()).toMatchObject(empty);
  });

  test('we offer other media: the media server answers', async () => {
    const call = '67bbd093-609c-1240-e885-0692b0eb476b';
    const { peer, signalling } = await replay('H2', { calls: [call] }, [held(request('BYE'))]);
    await using _peer = peer;
    await using _signalling = signalling;
    const dialled = await signalling.dial(
      {
        uri: 'sip:drachtio@127.0.0.1:5180',
        localSdp: OUR_SDP,
        headers: recordedHeaders('H2', call, 'INVITE'),
        timeout: ms(5_000),
      },
      never,
    );
    if (dialled.outcome !== 'answered') throw new Error(dialled.outcome);
    const { dialog } = dialled;
    for (const direction of ['recvonly', undefined, 'inactive', undefined]) {
      const answer = await dialog.reoffer(OUR_SDP);
      expect(/a=(sendonly|recvonly|inactive)/.exec(answer)?.[1]).toBe(direction);
      expect(dialog.remoteSdp).toBe(answer);
    }
    await peer.release(request('BYE'));
    expect(await endOf(dialog)).toBe('bye');
    await peer.done();
  });

  test('the server dies in a call and comes back; the next call is taken', async () => {
    const [lost, next] = ['1-26076@127.0.0.1', '1-26361@127.0.0.1'];
    const { peer, signalling } = await replay(
      withOrphan(captured('death-drachtio'), 13, `${lost};from-tag=26076T1`),
      { calls: [lost, next], connections: [1, 2, 5, 13] },
      [held(request('BYE'))],
    );
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release((frame) => isFirst(frame, lost));
    const dialog = await (await offered).answer(OUR_SDP);
    expect(await endOf(dialog)).toBe('lost');
    expect(signalling.ready).toBe(false);
    await dialog.bye();
    expect(signalling.statistics()).toMatchObject({ ...empty, servers: [{ state: 'down', lost: 1 }] });
    const again = nextCall(signalling);
    await peer.release((frame) => isFirst(frame, next));
    const second = await (await again).answer(OUR_SDP);
    expect(signalling.ready).toBe(true);
    await peer.release(request('BYE'));
    expect(await endOf(second)).toBe('bye');
    await peer.done();
    expect(signalling.statistics()).toMatchObject({ ...empty, servers: [{ state: 'up', reconnects: 1 }] });
  });

  test('an agent is called and leaves first; then we hang up', async () => {
    const [caller, agent] = ['1-8341@127.0.0.1', '0b696d8b-6096-1240-7cb5-0692b0eb476b'];
    const { peer, signalling } = await replay('bridge', { calls: [caller, agent] }, [held(request('BYE'))]);
    await using _peer = peer;
    await using _signalling = signalling;
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    const dialog = await (await offered).answer(OUR_SDP);
    const headers = recordedHeaders('bridge', agent, 'INVITE');
    const dialled = await signalling.dial(
      { uri: 'sip:agent@127.0.0.1:5170', localSdp: OUR_SDP, headers, timeout: ms(5_000) },
      never,
    );
    if (dialled.outcome !== 'answered') throw new Error(dialled.outcome);
    await peer.release(request('BYE'));
    expect(await endOf(dialled.dialog)).toBe('bye');
    await dialog.bye();
    await peer.done();
    expect(signalling.statistics()).toMatchObject(empty);
  });

  test('what the server was never asked, or not so, is a violation', async () => {
    const call = '1-8251@127.0.0.1';
    const { peer, signalling } = await replay('main', { calls: [call] });
    const offered = nextCall(signalling);
    await peer.release(request('INVITE', 1));
    (await offered).reject(486);
    await expect(peer.done()).rejects.toThrow('start line is "SIP/2.0 486 Busy Here", was "SIP/2.0 200 OK"');
    await signalling[Symbol.asyncDispose]();
    await expect(peer[Symbol.asyncDispose]()).rejects.toThrow('486');

    const another = await ReplayPeer.open(scriptOf(captured('main'), { calls: [call] }));
    const options = { servers: [another.address], secret: 'wrong', startDeadline: ms(2_000) };
    await expect(openDrachtio(options, silentLogger)).rejects.toMatchObject({ code: 'CONTROL_PROTOCOL' });
    expect(another.violations[0]).toBe('never asked: authenticate|wrong|');
    another.violations.length = 0;
    await another[Symbol.asyncDispose]();
  });
});
