import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { startInviteClient, stepInviteClient } from '../../src/sip/transaction/invite-client.ts';
import {
  type InviteServerEvent,
  startInviteServer,
  stepInviteServer,
} from '../../src/sip/transaction/invite-server.ts';
import { startNonInviteClient, stepNonInviteClient } from '../../src/sip/transaction/non-invite-client.ts';
import {
  type NonInviteServerEvent,
  startNonInviteServer,
  stepNonInviteServer,
} from '../../src/sip/transaction/non-invite-server.ts';
import type { TimerName } from '../../src/sip/transaction/timers.ts';
import { MachineRun } from './machine-run.ts';

const fired = (timer: TimerName) => ({ type: 'timer-fired', timer }) as const;
const inviteClient = (reliable = false) => new MachineRun(startInviteClient(reliable), stepInviteClient, fired);
const nonInviteClient = (reliable = false) =>
  new MachineRun(startNonInviteClient(reliable), stepNonInviteClient, fired);
const inviteServer = (reliable = false) => new MachineRun(startInviteServer(reliable), stepInviteServer, fired);
const nonInviteServer = (reliable = false) =>
  new MachineRun(startNonInviteServer(reliable), stepNonInviteServer, fired);

const received = (status: number) => ({ type: 'response-received', status }) as const;
const given = (status: number) => ({ type: 'response-given', status }) as const;
const again = { type: 'request-retransmitted' } as const;
const failed = { type: 'transport-failed' } as const;

describe('INVITE client (17.1.1, RFC 6026)', () => {
  test('timers A and B: six retransmissions, each after twice the time, and none over TCP; then it times out at 64*T1', () => {
    expect(inviteClient().finish().timeline).toEqual([
      'send-request@0',
      ...[500, 1_500, 3_500, 7_500, 15_500, 31_500].map((at) => `resend-request@${at}`),
      'report-timeout@32000',
      'end@32000',
    ]);
    expect(inviteClient(true).finish().timeline).toEqual(['send-request@0', 'report-timeout@32000', 'end@32000']);
  });

  test('a provisional response ends retransmission and the time-out', () => {
    const run = inviteClient().after(600).take(received(100)).after(300_000).take(received(180));
    expect(run.timeline).toEqual(['send-request@0', 'resend-request@500', 'deliver@600', 'deliver@300600']);
    expect(run.state.at).toBe('proceeding');
  });

  test('timer D: a failure is acknowledged again and again for 32 s, and delivered once', () => {
    const run = inviteClient()
      .take(received(100))
      .take(received(486))
      .after(500)
      .take(received(486))
      .take(received(200));
    expect(run.finish().timeline).toEqual([
      'send-request@0',
      'deliver@0',
      'send-ack@0',
      'deliver@0',
      'resend-ack@500',
      'end@32000',
    ]);
    expect(inviteClient(true).take(received(486)).timeline).toEqual([
      'send-request@0',
      'send-ack@0',
      'deliver@0',
      'end@0',
    ]);
  });

  test('timer M: every 2xx is delivered for 64*T1, nothing else is', () => {
    const run = inviteClient()
      .take(received(200))
      .after(500)
      .take(received(200))
      .take(received(180))
      .take(received(486))
      .take(failed);
    expect(run.finish().timeline).toEqual(['send-request@0', 'deliver@0', 'deliver@500', 'end@32000']);
  });

  test('a CANCEL waits for a provisional response, and is sent once', () => {
    const wanted = { type: 'cancel-wanted' } as const;
    const run = inviteClient().take(wanted).take(wanted).after(100);
    expect(run.timeline).toEqual(['send-request@0']);
    expect(run.take(received(180)).take(wanted).timeline).toEqual(['send-cancel@100', 'deliver@100']);
    expect(run.take(received(487)).timeline).toEqual(['send-ack@100', 'deliver@100']);
    const unanswered = inviteClient().take(received(180)).after(1_000).take(wanted).finish();
    expect(unanswered.timeline).toEqual([
      'send-request@0',
      'deliver@0',
      'send-cancel@1000',
      'report-timeout@33000',
      'end@33000',
    ]);
    expect(inviteClient().take(wanted).take(received(200)).timeline).toEqual(['send-request@0', 'deliver@0']);
  });

  test('a call that rings for an hour is given up', () => {
    expect(inviteClient().take(received(180)).finish().timeline.slice(2)).toEqual([
      'report-timeout@3600000',
      'end@3600000',
    ]);
  });

  test('a transport error is reported while an answer is awaited', () => {
    expect(inviteClient().take(failed).timeline).toEqual(['send-request@0', 'report-transport-error@0', 'end@0']);
    expect(inviteClient().take(received(500)).take(failed).timeline.slice(3)).toEqual(['end@0']);
  });
});

describe('non-INVITE client (17.1.2)', () => {
  test('timers E and F: ten retransmissions, at most 4 s apart; then it times out at 64*T1', () => {
    const at = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    expect(nonInviteClient().finish().timeline).toEqual([
      'send-request@0',
      ...at.map((time) => `resend-request@${time}`),
      'report-timeout@32000',
      'end@32000',
    ]);
    expect(nonInviteClient(true).finish().timeline).toEqual(['send-request@0', 'report-timeout@32000', 'end@32000']);
  });

  test('after a provisional response it goes on every 4 s', () => {
    const run = nonInviteClient().take(received(100)).finish();
    const at = [500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500];
    expect(run.timeline.filter((did) => did.startsWith('resend'))).toEqual(at.map((time) => `resend-request@${time}`));
  });

  test('timer K: retransmitted answers are absorbed for T4', () => {
    const run = nonInviteClient().take(received(200)).after(1_000).take(received(200)).take(failed);
    expect(run.finish().timeline).toEqual(['send-request@0', 'deliver@0', 'end@5000']);
    expect(nonInviteClient(true).take(received(200)).timeline).toEqual(['send-request@0', 'deliver@0', 'end@0']);
  });

  test('a transport error is reported', () => {
    expect(nonInviteClient().take(failed).timeline).toEqual(['send-request@0', 'report-transport-error@0', 'end@0']);
  });
});

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

const count = (timeline: readonly string[], effect: string): number =>
  timeline.filter((did) => did.startsWith(effect)).length;

describe('whatever comes in whatever order', () => {
  const status = fc.constantFrom(100, 180, 200, 202, 302, 404, 487, 600);
  const passing = fc.record({ type: fc.constant('pass' as const), delay: fc.nat(20_000) });
  const clientEvent = fc.oneof(
    status.map(received),
    fc.constant({ type: 'cancel-wanted' } as const),
    fc.constant(failed),
    passing,
  );
  const serverEvent = fc.oneof(
    status.map(given),
    fc.constantFrom(
      again,
      { type: 'ack-received' } as const,
      { type: 'acknowledged' } as const,
      { type: 'cancelled' } as const,
    ),
    passing,
  );

  type Run = {
    take(event: unknown): unknown;
    after(delay: number): unknown;
    finish(): { timeline: string[] };
    wheel: { pending: number };
  };
  const play = (run: Run, events: readonly ({ type: string } & { delay?: number })[]): string[] => {
    for (const event of events) {
      if (event.type === 'pass') run.after(event.delay ?? 0);
      else run.take(event);
    }
    return run.finish().timeline;
  };

  test('a client ends once, with one outcome, and leaves no timer', () => {
    fc.assert(
      fc.property(fc.array(clientEvent, { maxLength: 12 }), fc.boolean(), fc.boolean(), (events, reliable, invite) => {
        const run = (invite ? inviteClient(reliable) : nonInviteClient(reliable)) as unknown as Run;
        const usable = invite ? events : events.filter(({ type }) => type !== 'cancel-wanted');
        const timeline = play(run, usable);
        expect([count(timeline, 'end@'), timeline.at(-1)?.startsWith('end@'), run.wheel.pending]).toEqual([1, true, 0]);
        expect(count(timeline, 'report-')).toBeLessThanOrEqual(1);
        expect(count(timeline, 'send-cancel')).toBeLessThanOrEqual(1);
        expect(count(timeline, 'send-ack')).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  test('a server sends one final response, ends once it is answered, and leaves no timer', () => {
    fc.assert(
      fc.property(fc.array(serverEvent, { maxLength: 12 }), fc.boolean(), fc.boolean(), (events, reliable, invite) => {
        const run = (invite ? inviteServer(reliable) : nonInviteServer(reliable)) as unknown as Run;
        const known = new Set(['request-retransmitted', 'response-given', 'pass']);
        const usable = invite ? events : events.filter(({ type }) => known.has(type));
        const timeline = play(run, [...usable, given(486)] as (InviteServerEvent & NonInviteServerEvent)[]);
        expect([count(timeline, 'end@'), timeline.at(-1)?.startsWith('end@'), run.wheel.pending]).toEqual([1, true, 0]);
        expect(count(timeline, 'report-no-ack')).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
