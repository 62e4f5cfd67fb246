import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InviteServerEvent } from '../../src/sip/transaction/invite-server.ts';
import { type NonInviteServerEvent } from '../../src/sip/transaction/non-invite-server.ts';
import {
  again,
  failed,
  given,
  inviteClient,
  inviteServer,
  nonInviteClient,
  nonInviteServer,
  received,
} from './machine-events.ts';

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
