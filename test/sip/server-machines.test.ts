import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import {
  type InviteServerEvent,
  startInviteServer,
  stepInviteServer,
} from '../../src/sip/transaction/invite-server.ts';
import { again, fired, given, inviteServer, nonInviteServer } from './machine-events.ts';
import { MachineRun } from './machine-run.ts';

describe('INVITE server, of a stranger over UDP', () => {
  const ofStranger = () => new MachineRun(startInviteServer(false, ms(5_000)), stepInviteServer, fired);

  test('a 2xx goes out twice, then the call is given up; what comes again afterwards is absorbed', () => {
    const run = ofStranger().take(given(200)).after(6_000).take(again).after(20_000).take(again);
    expect(run.finish().timeline).toEqual([
      'send-response@0',
      'resend-response@1000',
      'report-no-ack@5000',
      'forget-response@5000',
      'end@32000',
    ]);
  });

  test('each INVITE that comes earns one response', () => {
    const run = ofStranger().take(again).take(given(200)).after(500).take(again).after(100).take(again);
    expect(run.timeline).toEqual([
      'resend-response@0',
      'send-response@0',
      'resend-response@500',
      'resend-response@600',
    ]);
  });

  test('with its ACK it is like any other', () => {
    const run = ofStranger().take(given(200)).after(300).take({ type: 'acknowledged' }).take(again);
    expect(run.finish().timeline).toEqual(['send-response@0', 'forget-response@300', 'end@32000']);
  });

  test('a refusal goes out once, and again when it is asked for', () => {
    const run = ofStranger().take(given(486)).after(3_000).take(again);
    expect(run.finish().timeline).toEqual(['send-response@0', 'resend-response@3000', 'end@32000']);
  });

  test('whatever happens, no more goes out than what came in and two', () => {
    const event = fc.constantFrom<InviteServerEvent>(
      again,
      given(180),
      given(200),
      given(486),
      { type: 'cancelled' },
      { type: 'ack-received' },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 4_000 }), event), { maxLength: 30 }), (events) => {
        const run = ofStranger();
        let came = 1;
        let provisional = 0;
        for (const [wait, each] of events) {
          run.after(wait).take(each);
          if (each.type === 'request-retransmitted') came++;
          if (each.type === 'response-given' && each.status < 200) provisional++;
        }
        const sent = run.finish().timeline.filter((did) => /^(?:re)?send-response/.test(did)).length;
        return sent <= came + provisional + 2;
      }),
    );
  });
});

describe('INVITE server (17.2.1, RFC 6026)', () => {
  const ack = { type: 'ack-received' } as const;
  const acknowledged = { type: 'acknowledged' } as const;

  test('a retransmitted INVITE gets the last provisional response again', () => {
    const run = inviteServer().take(given(100)).take(again).take(given(180)).take(again);
    expect(run.timeline).toEqual(['send-response@0', 'resend-response@0', 'send-response@0', 'resend-response@0']);
  });

  test('timers G and H: a failure is sent ten times more, over TCP never; without an ACK it ends at 64*T1', () => {
    const at = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    expect(inviteServer().take(given(486)).finish().timeline).toEqual([
      'send-response@0',
      ...at.map((time) => `resend-response@${time}`),
      'end@32000',
    ]);
    expect(inviteServer(true).take(given(486)).finish().timeline).toEqual(['send-response@0', 'end@32000']);
  });

  test('timer I: the ACK ends it after T4; more ACKs and INVITEs are absorbed', () => {
    const run = inviteServer().take(given(486)).after(100).take(again).take(ack).take(ack).take(again);
    expect(run.finish().timeline).toEqual([
      'send-response@0',
      'resend-response@100',
      'forget-response@100',
      'end@5100',
    ]);
    expect(inviteServer(true).take(given(486)).take(ack).timeline).toEqual(['send-response@0', 'end@0']);
  });

  test.each([false, true])(
    'a 2xx is sent again until its ACK, over TCP too (%s); without one the user is told (13.3.1.4)',
    (reliable) => {
      const run = inviteServer(reliable).take(given(200)).after(2_000);
      expect(run.timeline).toEqual(['send-response@0', 'resend-response@500', 'resend-response@1500']);
      expect(run.finish().timeline.slice(-2)).toEqual(['report-no-ack@32000', 'end@32000']);
    },
  );

  test('timer L: once acknowledged, a 2xx only absorbs retransmitted INVITEs', () => {
    const run = inviteServer().take(given(200)).take(acknowledged).after(10_000).take(again).take(acknowledged);
    expect(run.finish().timeline).toEqual([
      'send-response@0',
      'forget-response@0',
      'forget-response@10000',
      'end@32000',
    ]);
  });

  test('after a final response no other goes out', () => {
    expect(inviteServer().take(given(200)).take(given(486)).take(given(180)).timeline).toEqual(['send-response@0']);
  });

  test('a user that never answers a cancelled call, or rings for an hour, is answered for', () => {
    const cancelled = inviteServer().after(1_000).take({ type: 'cancelled' }).after(32_000);
    expect(cancelled.timeline).toEqual(['give-up@33000']);
    expect(inviteServer().take(given(180)).after(3_600_000).timeline).toEqual(['send-response@0', 'give-up@3600000']);
    const answered = inviteServer().take({ type: 'cancelled' }).take(given(487)).take(ack).finish();
    expect(answered.timeline).toEqual(['send-response@0', 'forget-response@0', 'end@5000']);
  });
});

describe('non-INVITE server (17.2.2)', () => {
  test('retransmissions are ignored while there is no answer, and get the last one then', () => {
    const run = nonInviteServer()
      .take(again)
      .take(given(100))
      .take(again)
      .take(given(200))
      .take(again)
      .take(given(500));
    expect(run.timeline).toEqual(['send-response@0', 'resend-response@0', 'send-response@0', 'resend-response@0']);
  });

  test('timer J: 64*T1, over TCP at once', () => {
    expect(nonInviteServer().take(given(200)).finish().timeline).toEqual(['send-response@0', 'end@32000']);
    expect(nonInviteServer(true).take(given(200)).timeline).toEqual(['send-response@0', 'end@0']);
  });

  test('a request that the user never answers is forgotten at 64*T1', () => {
    expect(nonInviteServer().finish().timeline).toEqual(['give-up@32000', 'end@32000']);
  });
});
