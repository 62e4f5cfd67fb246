import { describe, expect, test } from 'vitest';
import { failed, inviteClient, nonInviteClient, received } from './machine-events.ts';

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
