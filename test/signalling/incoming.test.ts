import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import {
  answered,
  caller,
  expectRequest,
  expectStatus,
  okToBye,
  optional,
  sipp,
  sippMissing,
} from '../support/sipp.ts';
import { type Line, OUR_SDP, openChannel } from './line.ts';

let line: Line;
beforeAll(async () => {
  line = await openChannel();
});
afterAll(async () => {
  await line[Symbol.asyncDispose]();
});

const nextCall = (): Promise<IncomingCall> => new Promise((resolve) => line.signalling.onCall(resolve));
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));

describe.skipIf(sippMissing)('an incoming call', () => {
  test('is answered, and the caller hangs up', async () => {
    const offered = nextCall();
    const peer = sipp(
      [
        caller.invite(),
        optional(100),
        optional(180),
        answered,
        caller.request('ACK', 1),
        caller.request('BYE', 2),
        expectStatus(200),
      ].join('\n'),
      [line.udp],
    );
    const call = await offered;
    expect(call).toMatchObject({ parties: { caller: '+15551234', called: 'bank' } });
    expect(call.remoteSdp).toContain('m=audio 16160');
    call.ring();
    const dialog = await call.answer(OUR_SDP, { 'X-Contact': 'abc' });
    expect(await endOf(dialog)).toBe('bye');
    const { status, messages } = await peer.done;
    expect(status).toBe(0);
    expect(messages).toContain('SIP/2.0 180 Ringing');
    expect(messages).toContain('X-Contact: abc');
    expect(messages).toMatch(/Contact: <sip:127\.0\.0\.1:\d+;transport=udp>/);
    expect(messages).toContain('Content-Type: application/sdp');
    expect(line.signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
    expect(await line.embedded.statistics()).toMatchObject({ dialogs: 0, incoming: 0, outgoing: 0 });
  });

  test('is answered, and we hang up with a reason', async () => {
    const offered = nextCall();
    const peer = sipp(
      [caller.invite(), optional(100), answered, caller.request('ACK', 1), expectRequest('BYE'), okToBye].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    const said = [dialog.bye({ Reason: 'Q.850;cause=16' }), dialog.bye()];
    await Promise.all(said);
    const { status, messages } = await peer.done;
    expect(status).toBe(0);
    expect(messages).toContain('Reason: Q.850;cause=16');
    expect(await line.embedded.statistics()).toMatchObject({ dialogs: 0 });
  });

  test('is cancelled before the answer: 487, and answering says so', async () => {
    const offered = nextCall();
    const peer = sipp(
      [
        caller.invite(),
        optional(100),
        expectStatus(180),
        caller.cancel,
        expectStatus(200),
        expectStatus(487),
        caller.ackFailure,
      ].join('\n'),
      [line.udp],
    );
    const call = await offered;
    const aborted = new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
    call.ring();
    await aborted;
    await expect(call.answer(OUR_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await peer.done).status).toBe(0);
    expect(line.signalling.statistics()).toEqual({ incoming: 0, dialling: 0, dialogs: 0 });
  });

  test.each([486, 488, 503])('is rejected with %d', async (status) => {
    const offered = nextCall();
    const peer = sipp([caller.invite(), optional(100), expectStatus(status), caller.ackFailure].join('\n'), [line.udp]);
    const call = await offered;
    call.reject(status, { 'Retry-After': '7' });
    call.reject(500);
    const result = await peer.done;
    expect(result.status).toBe(0);
    expect(result.messages).toContain('Retry-After: 7');
    await expect(call.answer(OUR_SDP)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
