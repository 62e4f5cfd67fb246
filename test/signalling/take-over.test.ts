import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReplaces } from '../../src/signalling/drachtio/replaces.ts';
import { PEER_SDP } from '../sip-server/udp-peer.ts';
import { openTalk, type Talk } from './talk.ts';

const TRUSTED = { trusts: () => true };

/** Another telephone takes the call over. */
async function invite(
  talk: Talk,
  direction: 'in' | 'out',
  more: { readonly tag?: string; readonly early?: boolean } = {},
) {
  const other = await talk.bench.peer();
  const { callId, ours, theirs } = talk.name;
  const replaces = `${callId};to-tag=${more.tag ?? ours};from-tag=${theirs}${more.early === true ? ';early-only' : ''}`;
  const request = other.request('INVITE', {
    callId: `taking-over-${direction}`,
    headers: { Replaces: replaces, Require: 'replaces', From: '<sip:boss@127.0.0.1>;tag=boss' },
    body: PEER_SDP,
  });
  other.send(request);
  return { other, final: await other.hearFinal('INVITE'), request };
}

describe.each(['in', 'out'] as const)('a call coming %s is taken over (RFC 3891)', (direction) => {
  test('it goes on with the new far end, the old one is hung up on; what comes after is of the new one', async () => {
    await using talk = await openTalk(direction, TRUSTED);
    const ends: string[] = [];
    talk.dialog.onEnd((because) => void ends.push(because));
    talk.dialog.onOffer(async () => 'v=0\r\no=new 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n');
    const { other, final } = await invite(talk, direction);
    expect(final.status).toBe(200);
    expect(Buffer.from(final.body).toString()).toContain('o=new');
    const to = final.headers.get('To') ?? '';
    const inside = (method: string, cseq: number) =>
      other.request(method, {
        callId: `taking-over-${direction}`,
        cseq,
        to,
        headers: { From: '<sip:boss@127.0.0.1>;tag=boss' },
      });
    other.send(inside('ACK', 1));
    const bye = await talk.peer.hearRequest('BYE');
    expect(bye.headers.get('Reason')).toContain('Replaced');
    talk.peer.respond(bye, 200);
    expect(ends).toEqual([]);
    other.send(inside('BYE', 2));
    expect((await other.hearFinal('BYE')).status).toBe(200);
    await expect.poll(() => ends).toEqual(['bye']);
    expect(talk.signalling.statistics()).toMatchObject({ dialogs: 0 });
  });

  test('by nobody who is not trusted, who does not know its tags, or who means one that still rings', async () => {
    await using strange = await openTalk(direction);
    strange.dialog.onOffer(async () => 'never');
    expect((await invite(strange, direction)).final.status).toBe(403);
    await using talk = await openTalk(direction, TRUSTED);
    talk.dialog.onOffer(async () => 'never');
    expect((await invite(talk, direction, { tag: 'guessed' })).final.status).toBe(481);
    await using answered = await openTalk(direction, TRUSTED);
    expect((await invite(answered, direction, { early: true })).final.status).toBe(486);
  });

  test('an offer that we cannot take changes nothing', async () => {
    await using talk = await openTalk(direction, TRUSTED);
    talk.dialog.onOffer(() => Promise.reject(new Error('no codec')));
    expect((await invite(talk, direction)).final.status).toBe(488);
    talk.ask('INFO', 10, {});
    expect((await talk.peer.hearFinal('10 INFO')).status).toBe(200);
  });
});

test.each([
  ['a@b;to-tag=1;from-tag=2', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false }],
  [' a@b ; from-tag = 2 ; TO-TAG=1 ;early-only', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: true }],
  ['a@b;to-tag=1', undefined],
  ['a@b;to-tag=1;from-tag=2, c;to-tag=3;from-tag=4', undefined],
  ['', undefined],
])('Replaces: %j', (header, expected) => {
  expect(parseReplaces(header)).toEqual(expected);
});

test('any text is read or not, and nothing throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseReplaces(text)));
});
