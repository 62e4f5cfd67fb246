import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { warningOf } from '../../src/domain/sip-warning.ts';
import { makeAnswer } from '../../src/sdp/offer-answer.ts';
import { parseSdp } from '../../src/sdp/session.ts';
import { local, offer, remote } from './far-offer.ts';

const answered = (...lines: string[]) => makeAnswer(offer(...lines), local);

test('a telephone calls: our answer, to the letter', () => {
  const { text, negotiated } = answered(
    'm=audio 6000 RTP/AVP 9 8 0 101',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000/1',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:30',
    'a=ice-ufrag:x',
    'a=fingerprint:sha-256 AB',
  );
  expect(text).toBe(
    [
      'v=0',
      'o=- 77 1 IN IP4 192.0.2.9',
      's=-',
      'c=IN IP4 192.0.2.9',
      't=0 0',
      'm=audio 40000 RTP/AVP 8 101',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ].join('\r\n'),
  );
  expect(negotiated).toEqual({
    codec: 'PCMA',
    payloadType: 8,
    telephoneEvent: 101,
    eventClockRate: 8_000,
    otherTypes: [9, 8, 0],
    ptime: 30,
    maxptime: undefined,
    remote,
    direction: 'sendrecv',
    held: false,
  });
});

test.each([
  [
    'static types without rtpmap',
    ['m=audio 6000 RTP/AVP 8'],
    { codec: 'PCMA', payloadType: 8, telephoneEvent: undefined, ptime: 20 },
  ],
  ['the order of the offer decides', ['m=audio 6000 RTP/AVP 8 0'], { codec: 'PCMA', payloadType: 8 }],
  ['the order of the offer decides, the other way', ['m=audio 6000 RTP/AVP 0 8'], { codec: 'PCMU', payloadType: 0 }],
  [
    'dynamic types',
    ['m=audio 6000 RTP/AVP 97 98', 'a=rtpmap:97 pcma/8000', 'a=rtpmap:98 Telephone-Event/8000'],
    { codec: 'PCMA', payloadType: 97, telephoneEvent: 98 },
  ],
  [
    'a static number with another meaning',
    ['m=audio 6000 RTP/AVP 0 8', 'a=rtpmap:0 opus/48000/2'],
    { codec: 'PCMA', payloadType: 8 },
  ],
  ['wideband PCMU is none of ours', ['m=audio 6000 RTP/AVP 96 8', 'a=rtpmap:96 PCMU/16000'], { codec: 'PCMA' }],
  [
    'events at 8000 Hz are chosen among several',
    ['m=audio 6000 RTP/AVP 0 110 101', 'a=rtpmap:110 telephone-event/48000', 'a=rtpmap:101 telephone-event/8000'],
    { telephoneEvent: 101 },
  ],
  [
    'events of another clock only',
    ['m=audio 6000 RTP/AVP 0 110', 'a=rtpmap:110 telephone-event/48000'],
    { telephoneEvent: undefined },
  ],
  [
    'events mapped but not in the m= line',
    ['m=audio 6000 RTP/AVP 0', 'a=rtpmap:101 telephone-event/8000'],
    { telephoneEvent: undefined },
  ],
  ['AVPF', ['m=audio 6000 RTP/AVPF 0'], { codec: 'PCMU' }],
  ['maxptime limits ptime', ['m=audio 6000 RTP/AVP 0', 'a=ptime:40', 'a=maxptime:20'], { ptime: 20 }],
  ['a ptime below ours is a wish', ['m=audio 6000 RTP/AVP 0', 'a=ptime:10'], { ptime: 10 }],
  ['nonsense in ptime', ['m=audio 6000 RTP/AVP 0', 'a=ptime:0', 'a=maxptime:x'], { ptime: 20 }],
  [
    'rtcp elsewhere',
    ['m=audio 6000 RTP/AVP 0', 'a=rtcp:7000 IN IP4 198.51.100.6'],
    { remote: { ...remote, rtcpHost: '198.51.100.6', rtcpPort: 7000 } },
  ],
  ['rtcp on another port', ['m=audio 6000 RTP/AVP 0', 'a=rtcp:7000'], { remote: { ...remote, rtcpPort: 7000 } }],
  ['nonsense in rtcp', ['m=audio 6000 RTP/AVP 0', 'a=rtcp:99999'], { remote }],
  [
    'an address of its own',
    ['m=audio 6000 RTP/AVP 0', 'c=IN IP4 198.51.100.9'],
    { remote: { host: '198.51.100.9', port: 6000, rtcpHost: '198.51.100.9', rtcpPort: 6001 } },
  ],
])('%s', (_, lines, expected) => {
  expect(answered(...lines).negotiated).toMatchObject(expected);
});

test.each([
  ['sendrecv', 'sendrecv', false],
  ['sendonly', 'recvonly', true],
  ['recvonly', 'sendonly', false],
  ['inactive', 'inactive', true],
] as const)('they say %s, we may %s', (theirs, ours, held) => {
  for (const lines of [
    ['m=audio 6000 RTP/AVP 0', `a=${theirs}`],
    [`a=${theirs}`, 'm=audio 6000 RTP/AVP 0'],
  ]) {
    const { text, negotiated } = answered(...lines);
    expect(negotiated).toMatchObject({ direction: ours, held });
    expect(text).toContain(`a=${ours}\r\n`);
  }
});

test('hold as RFC 2543 had it: c=0.0.0.0', () => {
  expect(answered('m=audio 6000 RTP/AVP 0', 'c=IN IP4 0.0.0.0').negotiated).toMatchObject({
    direction: 'recvonly',
    held: true,
  });
  expect(answered('m=audio 6000 RTP/AVP 0', 'c=IN IP4 0.0.0.0', 'a=recvonly').negotiated).toMatchObject({
    direction: 'inactive',
    held: true,
  });
});

test('our own hold narrows the answer', () => {
  const { negotiated } = makeAnswer(offer('m=audio 6000 RTP/AVP 0'), { ...local, direction: 'inactive' });
  expect(negotiated).toMatchObject({ direction: 'inactive', held: false });
});

test('other streams are refused in their place', () => {
  const { text } = answered(
    'm=video 7000 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    'm=audio 0 RTP/AVP 0',
    'm=audio 6002 RTP/SAVP 0',
    'm=audio 6000 RTP/AVP 8',
    'm=audio 6004 RTP/AVP 0',
    'm=image 6006 udptl t38',
  );
  expect(
    parseSdp(text).media.map(({ kind, port, protocol, formats }) => [kind, port, protocol, formats.join(' ')]),
  ).toEqual([
    ['video', 0, 'RTP/AVP', '96'],
    ['audio', 0, 'RTP/AVP', '0'],
    ['audio', 0, 'RTP/SAVP', '0'],
    ['audio', 40_000, 'RTP/AVP', '8'],
    ['audio', 0, 'RTP/AVP', '0'],
    ['image', 0, 'UDPTL', 't38'],
  ]);
});

test.each([
  ['no media', []],
  ['video only', ['m=video 7000 RTP/AVP 96']],
  ['audio refused', ['m=audio 0 RTP/AVP 0']],
  ['SRTP', ['m=audio 6000 RTP/SAVP 0']],
  ['DTLS-SRTP', ['m=audio 6000 UDP/TLS/RTP/SAVPF 0']],
  ['other codecs', ['m=audio 6000 RTP/AVP 9 18 101', 'a=rtpmap:101 telephone-event/8000']],
  ['no rtpmap', ['m=audio 6000 RTP/AVP 97']],
])('488: %s', (_, lines) => {
  expect(() => answered(...lines)).toThrow(expect.objectContaining({ code: 'NO_COMMON_CODEC', status: 488 }));
});

test('488: no address at all', () => {
  expect(() => makeAnswer('v=0\r\nm=audio 6000 RTP/AVP 0\r\n', local)).toThrow(
    expect.objectContaining({ code: 'NO_COMMON_CODEC' }),
  );
});

test('only what is configured is spoken', () => {
  expect(makeAnswer(offer('m=audio 6000 RTP/AVP 0 8'), { ...local, codecs: ['PCMA'] }).negotiated.codec).toBe('PCMA');
  expect(() => makeAnswer(offer('m=audio 6000 RTP/AVP 0'), { ...local, codecs: ['PCMA'] })).toThrow(
    expect.objectContaining({ code: 'NO_COMMON_CODEC' }),
  );
});

describe('needless refusals', () => {
  const audio = 'm=audio 6000 RTP/AVP 0';
  test.each([
    ['a hexadecimal session id', offer(audio).replace(/^o=.*$/m, 'o=- 5f3a9c1e 1 IN IP4 192.0.2.1')],
    ['no session id at all', offer(audio).replace(/^o=.*$/m, 'o=gateway')],
    ['an empty origin', offer(audio).replace(/^o=.*$/m, 'o=')],
    ['an origin with too many fields', offer(audio).replace(/^o=.*$/m, 'o=a b c 1 2 IN IP4 gw_1')],
    ['no origin', offer(audio).replace(/^o=.*\r\n/m, '')],
    ['a trailing NUL', `${offer(audio)}\0`],
    ['NULs at the end of a line', offer(audio).replace(/AVP 0/, 'AVP 0\0\0')],
    ['an empty attribute', `${offer(audio)}a=\r\n`],
    ['attributes of odd names', `${offer(audio)}a=:x\r\na=foo bar:1\r\na=ünïcode:2\r\n`],
    ['a line without a type', `${offer(audio)}garbage\r\n=x\r\n`],
    ['a spoilt c= of the session beside a good one', offer('c=ATM NSAP x', audio, 'c=IN IP4 192.0.2.1')],
    ['a refused stream without formats', offer('m=video 0 RTP/AVP', audio)],
  ])('%s is taken', (_, text) => {
    expect(makeAnswer(text, local).negotiated.codec).toBe('PCMU');
  });

  test('of an offer for both families the stream that fits is taken', () => {
    const both = offer('m=audio 5000 RTP/AVP 0', 'c=IN IP6 2001:db8::5', audio, 'c=IN IP4 192.0.2.1');
    expect(makeAnswer(both, local).text.match(/^m=audio (\d+)/gm)).toEqual(['m=audio 0', `m=audio ${local.port}`]);
    expect(
      makeAnswer(offer('m=audio 5000 RTP/AVP 0', 'c=IN IP6 2001:db8::5'), { ...local, host: '2001:db8::1' }).negotiated
        .remote.host,
    ).toBe('2001:db8::5');
  });
});

describe('every 488 says why (RFC 3261 section 13.3.1.3)', () => {
  test.each([
    [
      'an IPv6 offer to an IPv4 line',
      offer('m=audio 5000 RTP/AVP 0', 'c=IN IP6 2001:db8::5'),
      /^301 tellerline ".*IPv6.*"$/,
    ],
    ['packets shorter than ours', offer('m=audio 5000 RTP/AVP 0', 'a=maxptime:10'), /^306 tellerline ".*maxptime.*"$/],
    ['SRTP alone', offer('m=audio 5000 RTP/SAVP 0'), /^302 /],
    ['video alone', offer('m=video 5000 RTP/AVP 31'), /^304 /],
    ['codecs that we do not speak', offer('m=audio 5000 RTP/AVP 18'), /^305 /],
    ['what is no description', 'v=0\r\nm=audio "x" RTP/AVP 0\r\n', /^399 tellerline "SDP line 2 [^"]*"$/],
  ])('%s', (_, text, warning) => {
    try {
      makeAnswer(text, local);
      expect.unreachable();
    } catch (thrown) {
      expect(warningOf(thrown as IvrError)).toMatch(warning);
    }
  });
});

test('an answer to whatever offer has its streams in its order, or is refused with a documented error', () => {
  const media = fc.tuple(
    fc.constantFrom('audio', 'video'),
    fc.nat(3),
    fc.constantFrom('RTP/AVP', 'RTP/AVPF', 'RTP/SAVP'),
    fc.uniqueArray(fc.nat(130), { minLength: 1, maxLength: 5 }),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(media, { maxLength: 4 }), (list) => {
      const lines = list.flatMap(([kind, port, protocol, formats, junk]) => [
        `m=${kind} ${port * 1000} ${protocol} ${formats.join(' ')}`,
        `a=rtpmap:${formats[0]} ${junk.replace(/[\r\n]/g, '')}`,
      ]);
      try {
        const { text, negotiated } = answered(...lines);
        const ours = parseSdp(text).media;
        expect(ours.map(({ kind }) => kind)).toEqual(list.map(([kind]) => kind));
        expect(ours.filter(({ port }) => port !== 0).length).toBe(1);
        expect(negotiated.payloadType).toBeLessThan(128);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IvrError);
        expect(['SDP_MALFORMED', 'NO_COMMON_CODEC']).toContain((thrown as IvrError).code);
      }
    }),
    { numRuns: 500 },
  );
});
