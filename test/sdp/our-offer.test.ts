import { describe, expect, test } from 'vitest';
import { offerAgain } from '../../src/sdp/offer-again.ts';
import { makeAnswer, makeOffer, nextVersion, takeAnswer } from '../../src/sdp/offer-answer.ts';
import { parseSdp } from '../../src/sdp/session.ts';
import { local, offer } from './far-offer.ts';

test('our offer and their answer', () => {
  const ours = makeOffer(local);
  const theirs = makeAnswer(ours, { host: '203.0.113.2', port: 5004, sessionId: '5', version: 9, codecs: ['PCMA'] });
  expect(takeAnswer({ text: ours }, theirs.text)).toEqual({
    codec: 'PCMA',
    payloadType: 8,
    telephoneEvent: 101,
    eventClockRate: 8_000,
    otherTypes: [8],
    ptime: 20,
    direction: 'sendrecv',
    held: false,
    remote: { host: '203.0.113.2', port: 5004, rtcpHost: '203.0.113.2', rtcpPort: 5005 },
  });
  expect(takeAnswer({ text: ours }, offer('m=audio 6000 RTP/AVP 8 0')).codec).toBe('PCMA');
  expect(
    takeAnswer({ text: makeOffer({ ...local, direction: 'sendonly' }) }, offer('m=audio 6000 RTP/AVP 0')).direction,
  ).toBe('sendonly');
});

test.each([
  ['refused', 'm=audio 0 RTP/AVP 0'],
  ['a codec that we did not offer', 'm=audio 6000 RTP/AVP 18'],
  ['no media', 'a=x'],
  ['video in its place', 'm=video 6000 RTP/AVP 0'],
])('their answer is of no use: %s', (_, line) => {
  expect(() => takeAnswer({ text: makeOffer(local) }, offer(line))).toThrow(
    expect.objectContaining({ code: 'NO_COMMON_CODEC' }),
  );
  expect(() =>
    takeAnswer({ text: makeOffer({ ...local, codecs: ['PCMA'] }) }, offer('m=audio 6000 RTP/AVP 0')),
  ).toThrow(expect.objectContaining({ code: 'NO_COMMON_CODEC' }));
});

test('each new description of ours counts one further', () => {
  const first = makeOffer({ ...local, version: 41 });
  expect(nextVersion(first)).toBe(42);
  const second = makeAnswer(offer('m=audio 6000 RTP/AVP 0'), { ...local, version: nextVersion(first) }).text;
  expect(parseSdp(second).origin).toEqual({ username: '-', sessionId: '77', version: '42', host: '192.0.2.9' });
});

test('asked for an offer in mid-call, we offer all that we can, in both directions', () => {
  const onHold = makeAnswer(
    offer('m=video 4000 RTP/AVP 31', 'm=audio 6000 RTP/AVP 8 97', 'a=rtpmap:97 telephone-event/8000', 'a=sendonly'),
    local,
  );
  expect(onHold.text).toContain('a=recvonly');
  const again = offerAgain(onHold.text);
  expect(parseSdp(again).origin.version).toBe(String(nextVersion(onHold.text)));
  expect(again.match(/^m=.*$/gm)).toEqual(['m=video 0 RTP/AVP 31', `m=audio ${local.port} RTP/AVP 8 0 97`]);
  expect(again).toContain('a=rtpmap:0 PCMU/8000');
  expect(again).toContain('a=sendrecv');
  expect(again).not.toContain('a=recvonly');
});

test.each([
  ['no events agreed before', ['m=audio 6000 RTP/AVP 0'], 'm=audio 40000 RTP/AVP 0 8 101'],
  [
    '101 means something else',
    ['m=audio 6000 RTP/AVP 101', 'a=rtpmap:101 PCMA/8000'],
    'm=audio 40000 RTP/AVP 101 0 102',
  ],
  ['a number of its own', ['m=audio 6000 RTP/AVP 96', 'a=rtpmap:96 pcmu/8000'], 'm=audio 40000 RTP/AVP 96 8 101'],
])('offered again: %s', (_, lines, line) => {
  const again = offerAgain(makeAnswer(offer(...lines), { ...local, port: 40_000 }).text);
  expect(again.match(/^m=audio.*$/m)?.[0]).toBe(line);
  expect(again).toMatch(/telephone-event\/8000/);
});

describe('a codec more', () => {
  const codecs = ['PCMU', 'PCMA', 'G722'] as const;

  test('G.722 is offered with the number and the clock of RFC 3551, taken when it is answered, and offered again', () => {
    const ours = makeOffer({ ...local, codecs });
    expect(ours).toContain('m=audio 40000 RTP/AVP 0 8 9 101\r\n');
    expect(ours).toContain('a=rtpmap:9 G722/8000\r\n');
    const answer = offer('m=audio 6000 RTP/AVP 9 101', 'a=rtpmap:101 telephone-event/8000');
    expect(takeAnswer({ text: ours, codecs }, answer)).toMatchObject({ codec: 'G722', payloadType: 9 });
    expect(() => takeAnswer({ text: makeOffer(local) }, answer)).toThrow('neither PCMU nor PCMA');
    const narrow = makeAnswer(offer('m=audio 6000 RTP/AVP 0'), { ...local, codecs }).text;
    expect(offerAgain(narrow, codecs)).toContain('m=audio 40000 RTP/AVP 0 8 9 101\r\n');
  });

  test('the far end’s order decides; a wrong clock is another codec; the refusal names all of ours', () => {
    const first = makeAnswer(offer('m=audio 6000 RTP/AVP 9 0'), { ...local, codecs });
    expect(first.negotiated).toMatchObject({ codec: 'G722', payloadType: 9 });
    expect(first.text).toContain('a=rtpmap:9 G722/8000\r\n');
    const odd = offer('m=audio 6000 RTP/AVP 97 0', 'a=rtpmap:97 G722/16000');
    expect(makeAnswer(odd, { ...local, codecs }).negotiated).toMatchObject({ codec: 'PCMU' });
    expect(() => makeAnswer(offer('m=audio 6000 RTP/AVP 18'), { ...local, codecs })).toThrow(
      'none of PCMU, PCMA, G722',
    );
  });
});
