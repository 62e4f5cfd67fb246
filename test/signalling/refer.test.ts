import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { isReferEvent, statusOfFragment } from '../../src/signalling/drachtio/srf-refer.ts';
import type { Dialog } from '../../src/signalling/signalling.ts';
import { openTalk, type Talk } from './talk.ts';

const AGENT = 'sip:agent@192.0.2.9';
const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
const timeout = ms(20_000);

/** The far end reports how its call goes, and hears that we took it. */
async function report(talk: Talk, cseq: number, status: string, state: string, event = 'refer'): Promise<void> {
  const headers = { Event: event, 'Subscription-State': state, 'Content-Type': 'message/sipfrag;version=2.0' };
  talk.ask('NOTIFY', cseq, { headers, body: status === '' ? '' : `SIP/2.0 ${status}\r\n` });
  const heard = await talk.peer.hear((message) => message.kind === 'response');
  expect(heard).toMatchObject({ status: 200 });
}

describe.each(['in', 'out'] as const)('a call coming %s: we refer', (direction) => {
  test('the far end calls, and reports it', async () => {
    await using talk = await openTalk(direction);
    const { peer, dialog } = talk;
    const outcome = dialog.refer(AGENT, { timeout, headers: { 'X-Contact': 'a\r\nEvil: b' } });
    const request = await peer.hearRequest('REFER');
    expect(request.headers.get('Refer-To')).toBe(`<${AGENT}>`);
    expect(request.headers.get('Referred-By')).toMatch(/^<sip:.*127\.0\.0\.1:\d+.*>$/);
    expect(request.headers.get('Contact')).toMatch(/^<sip:.*127\.0\.0\.1:\d+.*>/);
    expect(request.headers.get('X-Contact')).toBe('a Evil: b');
    expect(request.body).toHaveLength(0);
    peer.respond(request, 202);
    await report(talk, 10, '100 Trying', 'active;expires=60');
    await report(talk, 11, '180 Ringing', 'active;expires=55');
    await report(talk, 12, '200 OK', 'terminated;reason=noresource');
    expect(await outcome).toEqual({ outcome: 'referred', status: 200 });
    expect(talk.clock.pending).toBe(0);
    // a report too many is taken and means nothing
    await report(talk, 13, '486 Busy Here', 'terminated;reason=noresource');
  });

  test('it takes no REFER', async () => {
    await using talk = await openTalk(direction);
    for (const status of [603, 405, 503]) {
      const outcome = talk.dialog.refer(AGENT, { timeout });
      talk.peer.respond(await talk.peer.hearRequest('REFER'), status);
      expect(await outcome).toEqual({ outcome: 'refused', status });
    }
    expect(talk.clock.pending).toBe(0);
  });

  test('its call fails', async () => {
    await using talk = await openTalk(direction);
    const outcome = talk.dialog.refer(AGENT, { timeout });
    talk.peer.respond(await talk.peer.hearRequest('REFER'), 202);
    await report(talk, 10, '486 Busy Here', 'terminated;reason=noresource');
    expect(await outcome).toEqual({ outcome: 'refused', status: 486 });
  });

  test('a report is here before the 202', async () => {
    await using talk = await openTalk(direction);
    const outcome = talk.dialog.refer(AGENT, { timeout });
    const request = await talk.peer.hearRequest('REFER');
    await report(talk, 10, '200 OK', 'terminated;reason=noresource');
    expect(await outcome).toEqual({ outcome: 'referred', status: 200 });
    talk.peer.respond(request, 202);
  });

  test('it ends its reports without saying how its call went', async () => {
    await using talk = await openTalk(direction);
    const outcome = talk.dialog.refer(AGENT, { timeout });
    talk.peer.respond(await talk.peer.hearRequest('REFER'), 202);
    await report(talk, 10, '180 Ringing', 'active');
    await report(talk, 11, '', 'terminated;reason=giveup');
    expect(await outcome).toEqual({ outcome: 'refused', status: 180 });
  });

  test('it says nothing: 408; the same again is nothing too', async () => {
    await using talk = await openTalk(direction);
    const { clock } = talk;
    const outcome = talk.dialog.refer(AGENT, { timeout });
    talk.peer.respond(await talk.peer.hearRequest('REFER'), 202);
    clock.advance(19_000);
    await report(talk, 10, '100 Trying', 'active;expires=60');
    clock.advance(19_000);
    await report(talk, 11, '100 Trying', 'active;expires=60');
    clock.advance(1_000);
    expect(await outcome).toEqual({ outcome: 'refused', status: 408 });
    expect(clock.pending).toBe(0);
    // what an earlier REFER still brings is not taken for the next one's
    const next = talk.dialog.refer(AGENT, { timeout });
    const request = await talk.peer.hearRequest('REFER');
    const number = Number(request.headers.get('CSeq')?.split(' ', 1)[0]);
    talk.peer.respond(request, 202);
    await report(talk, 12, '200 OK', 'terminated', `refer;id=${number - 1}`);
    await report(talk, 13, '404 Not Found', 'terminated', `refer;id=${number}`);
    expect(await next).toEqual({ outcome: 'refused', status: 404 });
  });

  test('a second one while the first is under way', async () => {
    await using talk = await openTalk(direction);
    const first = talk.dialog.refer(AGENT, { timeout });
    expect(await talk.dialog.refer(AGENT, { timeout })).toEqual({ outcome: 'refused', status: 491 });
    talk.peer.respond(await talk.peer.hearRequest('REFER'), 603);
    await first;
  });

  test('it hangs up before it has said how its call went', async () => {
    await using talk = await openTalk(direction);
    const end = endOf(talk.dialog);
    const outcome = talk.dialog.refer(AGENT, { timeout });
    talk.peer.respond(await talk.peer.hearRequest('REFER'), 202);
    talk.ask('BYE', 10);
    await talk.peer.hear((message) => message.kind === 'response');
    expect(await outcome).toEqual({ outcome: 'refused', status: 487 });
    expect(await end).toBe('bye');
    expect(await talk.dialog.refer(AGENT, { timeout })).toEqual({ outcome: 'refused', status: 481 });
    expect(talk.clock.pending).toBe(0);
  });

  test('we hang up, or the server goes', async () => {
    await using talk = await openTalk(direction);
    const outcome = talk.dialog.refer(AGENT, { timeout });
    await talk.peer.hearRequest('REFER');
    await talk.bench.server.close();
    expect(await outcome).toEqual({ outcome: 'refused', status: 487 });
    await using other = await openTalk(direction);
    const second = other.dialog.refer(AGENT, { timeout });
    const request = await other.peer.hearRequest('REFER');
    const bye = other.dialog.bye();
    expect(await second).toEqual({ outcome: 'refused', status: 487 });
    other.peer.respond(await other.peer.hearRequest('BYE'), 200);
    other.peer.respond(request, 202);
    await bye;
  });

  test('481: the call is over', async () => {
    await using talk = await openTalk(direction);
    const end = endOf(talk.dialog);
    const outcome = talk.dialog.refer(AGENT, { timeout });
    talk.peer.respond(await talk.peer.hearRequest('REFER'), 481);
    expect(await outcome).toEqual({ outcome: 'refused', status: 481 });
    expect(await end).toBe('timed-out');
  });
});

test('a NOTIFY that nobody asked for is a bad event', async () => {
  await using talk = await openTalk('in');
  talk.ask('NOTIFY', 10, { headers: { Event: 'refer', 'Subscription-State': 'active' } });
  await talk.peer.hearResponse(489);
  const outcome = talk.dialog.refer('<sip:agent@192.0.2.9?Replaces=a%40b>', { timeout });
  const request = await talk.peer.hearRequest('REFER');
  expect(request.headers.get('Refer-To')).toBe('<sip:agent@192.0.2.9?Replaces=a%40b>');
  talk.ask('NOTIFY', 11, { headers: { Event: 'message-summary', 'Subscription-State': 'active' } });
  await talk.peer.hearResponse(489);
  talk.peer.respond(request, 603);
  await outcome;
});

test('the status in a fragment', () => {
  expect(statusOfFragment('SIP/2.0 200 OK\r\n')).toBe(200);
  expect(statusOfFragment('SIP/2.0 486')).toBe(486);
  expect(statusOfFragment('\r\nSIP/2.0 180 Ringing\r\nVia: x')).toBe(180);
  for (const none of ['', undefined, 'SIP/2.0 2000 OK', 'SIP/2.0 700 x', 'INVITE sip:a SIP/2.0', 'SIP/3.0 200 OK'])
    expect(statusOfFragment(none)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 100, max: 699 }), (text, status) => {
      expect(() => statusOfFragment(text)).not.toThrow();
      expect(statusOfFragment(`SIP/2.0 ${status} ${text}`)).toBe(status);
    }),
  );
  expect(['refer', 'Refer ;id=5', ' refer', 'refers', '', undefined].map(isReferEvent)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
