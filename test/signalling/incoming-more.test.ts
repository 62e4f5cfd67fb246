import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import {
  answered,
  caller,
  expectRequest,
  expectStatus,
  okToBye,
  optional,
  SDP,
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
const info = (cseq: number, type: string, content: string, status: number): string =>
  [caller.request('INFO', cseq, { type, content }), expectStatus(status)].join('\n');
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
const begin = [caller.invite(), optional(100), answered, caller.request('ACK', 1)].join('\n');
const end = (cseq: number): string => [caller.request('BYE', cseq), expectStatus(200)].join('\n');

describe.skipIf(sippMissing)('in a call', () => {
  test('a re-INVITE is answered by us; what we refuse is 488', async () => {
    const offered = nextCall();
    const hold = SDP.replace('a=sendrecv', 'a=sendonly');
    const peer = sipp(
      [
        begin,
        caller.request('INVITE', 2, { content: hold }),
        optional(100),
        expectStatus(200),
        caller.request('ACK', 2),
        caller.request('INVITE', 3, { content: SDP }),
        optional(100),
        expectStatus(488),
        caller.ackFailure.replaceAll('CSeq: 1', 'CSeq: 3'),
        end(4),
      ].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    const offers: string[] = [];
    dialog.onOffer(async (remoteSdp) => {
      offers.push(remoteSdp);
      if (offers.length > 1) throw new Error('no');
      return `${OUR_SDP}a=recvonly\r\n`;
    });
    expect(await endOf(dialog)).toBe('bye');
    const { status, messages } = await peer.done;
    expect(status).toBe(0);
    expect(offers).toHaveLength(2);
    expect(offers[0]).toContain('a=sendonly');
    expect(dialog.remoteSdp).toContain('m=audio');
    expect(messages).toContain('a=recvonly');
  });

  test('keys by SIP INFO, in both forms; anything else is 415', async () => {
    const offered = nextCall();
    const peer = sipp(
      [
        begin,
        info(2, 'application/dtmf-relay', 'Signal=5\nDuration=160\n', 200),
        info(3, 'application/dtmf', '#', 200),
        info(4, 'application/dtmf-relay', 'Signal= *\nDuration= 80\n', 200),
        info(5, 'text/plain', 'hello', 415),
        caller.request('INFO', 6),
        expectStatus(200),
        end(7),
      ].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    const digits: string[] = [];
    dialog.onInfoDigit((digit) => digits.push(digit));
    expect(await endOf(dialog)).toBe('bye');
    expect((await peer.done).status).toBe(0);
    expect(digits).toEqual(['5', '#', '*']);
  });

  test('REFER is declined, MESSAGE not allowed, OPTIONS answered', async () => {
    const offered = nextCall();
    const peer = sipp(
      [
        begin,
        caller.request('REFER', 2, { extra: ['Refer-To: <sip:x@127.0.0.1>'] }),
        expectStatus(603),
        caller.request('MESSAGE', 3, { type: 'text/plain', content: 'hello' }),
        expectStatus(405),
        caller.request('OPTIONS', 4),
        expectStatus(200),
        end(5),
      ].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    expect(await endOf(dialog)).toBe('bye');
    expect((await peer.done).status).toBe(0);
  });

  test('requests out of order are 500, of no dialog 481', async () => {
    const offered = nextCall();
    const peer = sipp(
      [
        begin,
        caller.request('OPTIONS', 9),
        expectStatus(200),
        caller.request('OPTIONS', 5),
        expectStatus(500),
        end(10),
        caller.request('OPTIONS', 11),
        expectStatus(481),
      ].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    expect(await endOf(dialog)).toBe('bye');
    expect((await peer.done).status).toBe(0);
  });

  test('without an offer in the INVITE the ACK brings the answer', async () => {
    const offered = nextCall();
    const peer = sipp(
      [caller.invite(''), optional(100), answered, caller.request('ACK', 1, { content: SDP }), end(2)].join('\n'),
      [line.udp],
    );
    const call = await offered;
    expect(call.remoteSdp).toBeUndefined();
    const dialog = await call.answer(OUR_SDP);
    expect(dialog.remoteSdp).toContain('m=audio 16160');
    expect(await endOf(dialog)).toBe('bye');
    expect((await peer.done).status).toBe(0);
  });

  test('over TCP; our Contact says so', async () => {
    const offered = nextCall();
    const peer = sipp([begin, expectRequest('BYE'), okToBye].join('\n'), [line.tcp, '-t', 't1']);
    const dialog = await (await offered).answer(OUR_SDP);
    await dialog.bye();
    const { status, messages } = await peer.done;
    expect(status).toBe(0);
    expect(messages).toMatch(/Contact: <sip:127\.0\.0\.1:\d+;transport=tcp>/);
  });

  test('the caller hangs up while we ask about its offer', async () => {
    const offered = nextCall();
    const peer = sipp(
      [
        begin,
        caller.request('INVITE', 2, { content: SDP }),
        expectStatus(100),
        caller.request('BYE', 3),
        '<recv response="487" optional="true"/>',
        expectStatus(200),
      ].join('\n'),
      [line.udp],
    );
    const dialog = await (await offered).answer(OUR_SDP);
    dialog.onOffer(() => new Promise(() => undefined));
    expect(await endOf(dialog)).toBe('bye');
    expect((await peer.done).status).toBe(0);
    expect(await line.embedded.statistics()).toMatchObject({ dialogs: 0, incoming: 0 });
  });
});

describe.skipIf(sippMissing)('calls that are not taken', () => {
  test('503 with Retry-After while the line is drained, OPTIONS too', async () => {
    const before = (await line.embedded.statistics()).notAdmitted.draining;
    line.embedded.setAdmission({ take: false, because: 'draining', retryAfter: 33 });
    await line.embedded.statistics(); // the worker takes its messages in order
    const invite = await sipp([caller.invite(), optional(100), expectStatus(503), caller.ackFailure].join('\n'), [
      line.udp,
    ]).done;
    expect(invite.status).toBe(0);
    expect(invite.messages).toContain('Retry-After: 33');
    expect((await line.embedded.statistics()).notAdmitted.draining).toBe(before + 1);
    line.embedded.setAdmission({ take: true });
  });

  test('503 from the burst on', async () => {
    await using small = await openChannel({ setupsPerSecond: 0, setupBurst: 2 });
    small.signalling.onCall((call) => call.reject(486));
    const refused = [
      caller.invite(),
      optional(100),
      '<recv response="486" optional="true" next="1"/>',
      expectStatus(503),
      '<label id="1"/>',
      caller.ackFailure,
    ];
    const result = await sipp(refused.join('\n'), [small.udp], { calls: 4 }).done;
    expect(result.status).toBe(0);
    expect(result.messages).toContain('Retry-After: 5');
    expect((await small.embedded.statistics()).notAdmitted.rate).toBe(2);
  });

  test('503 with Retry-After when no application is connected', async () => {
    await using deserted = await openChannel();
    await deserted.signalling[Symbol.asyncDispose]();
    const result = await sipp([caller.invite(), optional(100), expectStatus(503), caller.ackFailure].join('\n'), [
      deserted.udp,
    ]).done;
    expect(result.status).toBe(0);
    expect(result.messages).toContain('Retry-After: ');
  });

  test('an option that we do not know is 420', async () => {
    const required = caller.invite(SDP, ['Require: timer, telepathy']);
    const result = await sipp([required, optional(100), expectStatus(420), caller.ackFailure].join('\n'), [line.udp])
      .done;
    expect(result.status).toBe(0);
    expect(result.messages).toContain('Unsupported: telepathy');
  });

  test('a body that is no SDP is 415', async () => {
    const odd = caller.invite().replace('application/sdp', 'application/x-odd');
    const result = await sipp([odd, optional(100), expectStatus(415), caller.ackFailure].join('\n'), [line.udp]).done;
    expect(result.status).toBe(0);
    expect(result.messages).toContain('Accept: application/sdp');
  });

  test('REGISTER, SUBSCRIBE and methods unheard of are 405', async () => {
    for (const [method, status] of [
      ['REGISTER', 405],
      ['SUBSCRIBE', 405],
      ['FROBNICATE', 405],
    ] as const) {
      const request = caller.invite('').replaceAll('INVITE', method);
      const result = await sipp([request, expectStatus(status)].join('\n'), [line.udp]).done;
      expect(result.status).toBe(0);
      expect(result.messages).toMatch(/Allow: .*INVITE|Allow: INVITE/);
    }
  });

  test('OPTIONS is answered by ourselves', async () => {
    const result = await sipp([caller.invite('').replaceAll('INVITE', 'OPTIONS'), expectStatus(200)].join('\n'), [
      line.udp,
    ]).done;
    expect(result.status).toBe(0);
    expect(result.messages).toContain('Accept: application/sdp');
    expect(result.messages).toMatch(/Allow: /);
  });
});
