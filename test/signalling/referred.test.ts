import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referTarget } from '../../src/signalling/drachtio/srf-referred.ts';
import type { ReferredCall } from '../../src/signalling/signalling.ts';
import { openTalk } from './talk.ts';

const EXPERT = 'sip:expert@192.0.2.9';

describe.each(['in', 'out'] as const)('a call coming %s: the far end refers us (RFC 3515)', (direction) => {
  test('we take it, and tell how our call goes', async () => {
    await using talk = await openTalk(direction);
    const referred = new Promise<ReferredCall>((resolve) => talk.dialog.onRefer(resolve));
    const headers = {
      'Refer-To': `<${EXPERT}?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>`,
      'Referred-By': '<sip:me@x>',
    };
    talk.ask('REFER', 10, { headers });
    const call = await referred;
    expect(call).toMatchObject({ uri: EXPERT, replaces: 'a@b;to-tag=1;from-tag=2', referredBy: '<sip:me@x>' });
    call.accept();
    expect((await talk.peer.hearResponse(202)).headers.get('CSeq')).toBe('10 REFER');
    const trying = await talk.peer.hearRequest('NOTIFY');
    expect([
      trying.headers.get('Event'),
      trying.headers.get('Subscription-State'),
      trying.headers.get('Content-Type'),
    ]).toEqual(['refer', 'active;expires=180', 'message/sipfrag;version=2.0']);
    expect(Buffer.from(trying.body).toString()).toBe('SIP/2.0 100 Trying\r\n');
    talk.peer.respond(trying, 200);
    call.ended(486);
    call.ended(200);
    const last = await talk.peer.hearRequest('NOTIFY');
    expect(last.headers.get('Subscription-State')).toBe('terminated;reason=noresource');
    expect(Buffer.from(last.body).toString()).toBe('SIP/2.0 486 Busy Here\r\n');
    talk.peer.respond(last, 200);
  });

  test('nobody listens, or it names nobody: it is refused', async () => {
    await using talk = await openTalk(direction);
    talk.ask('REFER', 10, { headers: { 'Refer-To': `<${EXPERT}>` } });
    expect((await talk.peer.hearFinal('REFER')).status).toBe(603);
    talk.dialog.onRefer((call) => call.refuse(403));
    talk.ask('REFER', 11, { headers: { 'Refer-To': `<${EXPERT}>` } });
    expect((await talk.peer.hearFinal('11 REFER')).status).toBe(403);
    talk.ask('REFER', 12, {});
    expect((await talk.peer.hearFinal('12 REFER')).status).toBe(400);
  });
});

test.each([
  ['<sip:a@b>', { uri: 'sip:a@b', replaces: undefined }],
  ['sip:a@b', { uri: 'sip:a@b', replaces: undefined }],
  ['<tel:+8610>', { uri: 'tel:+8610', replaces: undefined }],
  ['<sip:a@b;method=INVITE>', { uri: 'sip:a@b', replaces: undefined }],
  ['<sip:a@b;method=BYE>', 400],
  ['<sip:a@b?Replaces=x>', 400],
  ['<sip:a@b?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2%0d%0aX: y>', 400],
  ['<sip:a@b?Replaces=%>', 400],
  ['<mailto:a@b>', 416],
  ['', 400],
  [undefined, 400],
])('Refer-To %j', (header, expected) => {
  expect(referTarget(header)).toEqual(expected);
});

test('whatever a Refer-To says, nothing in it begins a new line', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 60 }), (bytes) => {
      const target = referTarget(
        `<sip:a@b?Replaces=${bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}>`,
      );
      if (typeof target === 'object') expect(target.replaces ?? '').not.toMatch(/[\r\n\s]/);
    }),
  );
});
