import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import type { SipMessage } from '../../src/sip/message/message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { TORTURE } from './rfc4475.ts';

const START = 'OPTIONS sip:a@b SIP/2.0';
const HEADERS: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx',
  From: '<sip:c@d>;tag=1',
  To: '<sip:a@b>',
  'Call-ID': 'call@d',
  CSeq: '1 OPTIONS',
};

/** A good message with some headers replaced (or left out: undefined) and some lines added. */
const message = (
  changed: Readonly<Record<string, string | undefined>> = {},
  lines = '',
  start = START,
  body = '',
): Buffer => {
  const all = Object.entries({ ...HEADERS, ...changed }).filter(([, value]) => value !== undefined);
  return Buffer.from(`${start}\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${lines}\r\n${body}`);
};

const outcome = (bytes: Uint8Array, framing: 'datagram' | 'stream' = 'datagram'): string => {
  const result = parseSipMessage(bytes, framing);
  if (result.ok === 'message') return 'accepted';
  return result.ok === 'refuse' ? `${result.status} ${result.reason}` : result.because;
};

const RESPONSE = 'SIP/2.0 200 OK';
const many = (n: number, line: (i: number) => string): string => Array.from({ length: n }, (_, i) => line(i)).join('');

describe('what is accepted, refused and dropped', () => {
  test.each<[string, Buffer, string]>([
    ['a plain request', message(), 'accepted'],
    ['empty lines ahead', Buffer.concat([Buffer.from('\r\n\r\n'), message()]), 'accepted'],
    ['no Content-Length: the datagram ends the body', message({}, '', START, 'abc'), 'accepted'],
    ['a lower-case version', message({}, '', 'OPTIONS sip:a@b sip/2.0'), 'accepted'],
    ['a tel URI', message({}, '', 'OPTIONS tel:+4930;phone-context=x SIP/2.0'), 'accepted'],
    [
      'a display name in Latin-1',
      Buffer.from(message({ From: '"M\u00fcller" <sip:c@d>;tag=1' }).toString(), 'latin1'),
      'accepted',
    ],
    ['Contact: *', message({}, 'Contact: *\r\n'), 'accepted'],
    ['a response', message({}, '', RESPONSE), 'accepted'],
    ['a response without a space behind the status', message({}, '', 'SIP/2.0 200'), 'accepted'],
    ['a response with a Contact beyond repair', message({}, 'Contact: <\r\n', RESPONSE), 'accepted'],

    ['no Via', message({ Via: undefined }), 'no-via'],
    ['an empty Via', message({ Via: '' }), 'no-via'],
    ['a malformed Via', message({ Via: 'SIP/2.0/UDP' }), '400 Bad Via'],
    ['no From', message({ From: undefined }), '400 Bad From'],
    ['an empty To', message({ To: '' }), '400 Bad To'],
    ['no Call-ID', message({ 'Call-ID': undefined }), '400 Bad Call-ID'],
    ['a Call-ID of two words', message({ 'Call-ID': 'a b' }), '400 Bad Call-ID'],
    ['no CSeq', message({ CSeq: undefined }), '400 Bad CSeq'],
    ['CSeq 2^31', message({ CSeq: '2147483648 OPTIONS' }), '400 Bad CSeq'],
    ['another method in CSeq', message({ CSeq: '1 BYE' }), '400 CSeq Method Differs'],
    ['methods differ in case', message({ CSeq: '1 options' }), '400 CSeq Method Differs'],
    ['two From', message({}, 'f: <sip:x@y>\r\n'), '400 More Than One From'],
    ['two Max-Forwards', message({}, 'Max-Forwards: 1\r\nMax-Forwards: 1\r\n'), '400 More Than One Max-Forwards'],
    ['Max-Forwards 256', message({}, 'Max-Forwards: 256\r\n'), '400 Bad Max-Forwards'],
    ['Max-Forwards in words', message({}, 'Max-Forwards: many\r\n'), '400 Bad Max-Forwards'],
    ['a malformed Contact', message({}, 'Contact: "x\r\n'), '400 Bad Contact'],
    ['a malformed Record-Route', message({}, 'Record-Route: sip:\r\n'), '400 Bad Record-Route'],
    ['a line without a colon', message({}, 'nonsense\r\n'), '400 Bad Header Field'],
    ['a name with a space in it', message({}, 'a b: c\r\n'), '400 Bad Header Field'],
    ['a NUL', message({}, 'Subject: a\0b\r\n'), '400 Control Character'],
    ['a NUL in quotes, not escaped', message({ From: '"\0" <sip:c@d>;tag=1' }), '400 Control Character'],
    ['a bare CR', message({}, 'Subject: a\rb\r\n'), '400 Control Character'],
    ['a bare LF', message({}, 'Subject: a\nVia: b\r\n'), '400 Control Character'],
    ['an unknown scheme', message({}, '', 'OPTIONS foo:bar SIP/2.0'), '416 Unsupported URI Scheme'],
    ['no scheme', message({}, '', 'OPTIONS foo SIP/2.0'), '400 Bad Request-URI'],
    ['SIP/3.0', message({}, '', 'OPTIONS sip:a@b SIP/3.0'), '505 Version Not Supported'],
    ['a malformed ACK', message({ CSeq: '1 BYE' }, '', 'ACK sip:a@b SIP/2.0'), 'malformed-ack'],
    ['a response without CSeq', message({ CSeq: undefined }, '', RESPONSE), 'malformed-response'],
    ['a response of SIP/3.0', message({}, '', 'SIP/3.0 200 OK'), 'malformed-response'],
    ['status 700', message({}, '', 'SIP/2.0 700 X'), 'no-start-line'],
    ['HTTP', message({}, '', 'GET / HTTP/1.1'), 'no-start-line'],
    ['no end of the head', Buffer.from('OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n'), 'no-head'],
    ['CRLF CRLF', Buffer.from('\r\n\r\n'), 'keep-alive'],
    ['a few zero bytes', Buffer.alloc(4), 'keep-alive'],
    ['nothing', Buffer.alloc(0), 'keep-alive'],
    ['STUN', Buffer.from('000100002112a442000000000000000000000000', 'hex'), 'no-head'],

    ['a line of 16 KB', message({}, `Subject: ${'x'.repeat(16_000)}\r\n`), 'accepted'],
    ['a line of more', message({}, `Subject: ${'x'.repeat(17_000)}\r\n`), '400 Header Field Too Long'],
    [
      '250 header lines',
      message(
        {},
        many(245, (i) => `X-${i}: y\r\n`),
      ),
      'accepted',
    ],
    [
      '257 header lines',
      message(
        {},
        many(252, (i) => `X-${i}: y\r\n`),
      ),
      '400 Too Many Header Fields',
    ],
    [
      '65 KB of head',
      message(
        {},
        many(5, (i) => `X-${i}: ${'y'.repeat(13_500)}\r\n`),
      ),
      'no-head',
    ],
    ['1,000 Vias in a line', message({ Via: many(1_000, () => 'SIP/2.0/UDP h,') }), '400 Too Many Via'],
  ])('%s', (_name, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected);
  });

  test.each<[string, string, string, string]>([
    ['exact', '3', 'accepted', 'accepted'],
    ['with zeros ahead', '0003', 'accepted', 'accepted'],
    ['longer than the body', '4', '400 Body Shorter Than Content-Length', '400 Body Shorter Than Content-Length'],
    ['shorter than the body', '2', 'accepted', '400 Body Longer Than Content-Length'],
    ['negative', '-1', '400 Bad Content-Length', '400 Bad Content-Length'],
    ['2^64', '18446744073709551616', '400 Bad Content-Length', '400 Bad Content-Length'],
    ['twice the same', '3\r\nl: 3', 'accepted', 'accepted'],
    ['twice, not the same', '3\r\nl: 2', '400 Bad Content-Length', '400 Bad Content-Length'],
  ])('Content-Length %s', (_name, length, datagram, stream) => {
    const bytes = message({ 'Content-Length': length }, '', START, 'abc');
    expect([outcome(bytes), outcome(bytes, 'stream')]).toEqual([datagram, stream]);
  });

  test('a stream must say the length', () => {
    expect(outcome(message(), 'stream')).toBe('400 Missing Content-Length');
  });

  test('Content-Length counts bytes, in and out', () => {
    const bytes = message({ 'Content-Length': '6' }, '', START, 'äöü');
    const result = parseSipMessage(bytes, 'stream');
    expect(result.ok === 'message' && formatSipMessage(result.message).toString()).toBe(
      message({ 'Content-Length': '6' }, '', START, 'äöü').toString(),
    );
  });
});

const requestTo = (to = '<sip:a@b>') => {
  const result = parseSipMessage(
    message({ To: to }, 'Record-Route: <sip:p;lr>, <sip:q;lr>\r\nTimestamp: 54\r\n'),
    'datagram',
  );
  if (result.ok !== 'message' || result.message.kind !== 'request') throw new Error('not a request');
  return result.message;
};

const answeredTo = (text: string, status: number, tag?: string) =>
  responseTo(requestTo(text), status, undefined, tag).headers.get('To');

const names = (status: number) => responseTo(requestTo(), status, undefined, 't').headers.names().sort();

describe('responses to a request', () => {
  test('copy what RFC 3261 8.2.6 lists, Record-Route where a dialog may begin', () => {
    const always = ['CSeq', 'Call-ID', 'From', 'To', 'Via'];
    expect(names(100)).toEqual([...always, 'Timestamp'].sort());
    expect(names(180)).toEqual([...always, 'Record-Route'].sort());
    expect(names(200)).toEqual([...always, 'Record-Route'].sort());
    expect(names(486)).toEqual(always);
  });

  test('get a tag unless there is one, or it is a 100', () => {
    expect(answeredTo('<sip:a@b>', 200, 'mine')).toBe('<sip:a@b>;tag=mine');
    expect(answeredTo('sip:a@b', 200, 'mine')).toBe('sip:a@b;tag=mine');
    expect(answeredTo('<sip:a@b;tag=uri>', 200, 'mine')).toBe('<sip:a@b;tag=uri>;tag=mine');
    expect(answeredTo('<sip:a@b>;tag=theirs', 200, 'mine')).toBe('<sip:a@b>;tag=theirs');
    expect(answeredTo('<sip:a@b>', 100, 'mine')).toBe('<sip:a@b>');
    expect(answeredTo('<sip:a@b>', 404)).toMatch(/^<sip:a@b>;tag=[0-9a-f]{16}$/);
  });

  test('have the usual phrase or the one given', () => {
    expect([responseTo(requestTo(), 486).reason, responseTo(requestTo(), 486, 'Gone Fishing').reason]).toEqual([
      'Busy Here',
      'Gone Fishing',
    ]);
    expect(responseTo(requestTo(), 299).reason).toBe('Unknown');
  });
});

const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~äöü大]{0,30}[!-~])?$/).filter((text) => !text.includes('\\'));
const anyMessage: fc.Arbitrary<SipMessage> = fc
  .record({
    method: token,
    user: fc.stringMatching(/^[a-z0-9;?&=+$,/]{0,10}$/),
    status: fc.option(fc.integer({ min: 100, max: 699 })),
    reason: fc.stringMatching(/^([!-~]([ -~äß]{0,20}[!-~])?)?$/),
    number: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    branch: token,
    more: fc.array(
      fc.tuple(
        token.map((name) => `X-${name}`),
        value,
      ),
      { maxLength: 8 },
    ),
    body: fc.uint8Array({ maxLength: 200 }),
  })
  .map(({ method, user, status, reason, number, branch, more, body }): SipMessage => {
    const headers = new SipHeaders([
      ['Via', `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${branch}`],
      ['From', `"a, b" <sip:${user}@h>;tag=${branch}`],
      ['To', '<sip:x@y>'],
      ['Call-ID', branch],
      ['CSeq', `${number} ${method}`],
      ...more,
    ]);
    if (status !== null) return { kind: 'response', status, reason, headers, body };
    return { kind: 'request', method, uri: `sip:${user}@h`, headers, body };
  });

describe('properties', () => {
  test('parse undoes format, and format is stable', () => {
    fc.assert(
      fc.property(anyMessage, fc.constantFrom('datagram' as const, 'stream' as const), (original, framing) => {
        const bytes = formatSipMessage(original);
        const result = parseSipMessage(bytes, framing);
        if (result.ok !== 'message') throw new Error(JSON.stringify(result));
        const { headers, ...rest } = result.message;
        const { headers: originalHeaders, ...originalRest } = original;
        expect(rest).toEqual(originalRest);
        headers.delete('Content-Length');
        expect([...headers.entries()]).toEqual([...originalHeaders.entries()]);
        expect(formatSipMessage(result.message).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(['message', 'refuse', 'drop']).toContain(parseSipMessage(bytes, 'datagram').ok);
      }),
      { numRuns: 500 },
    );
  });

  test('random lines under a good start line never throw, and what is refused can be answered', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc
        .tuple(
          fc.constantFrom('Via', 'v', 'To', 'From', 'Call-ID', 'CSeq', 'Contact', 'Route', 'l', 'Max-Forwards'),
          fc.string({ maxLength: 60 }),
        )
        .map(([name, text]) => `${name}: ${text}`),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.boolean(), (lines, good) => {
        const bytes = good
          ? message({}, `${lines.join('\r\n')}\r\n`)
          : Buffer.from(`${START}\r\n${lines.join('\r\n')}\r\n\r\n`);
        const result = parseSipMessage(bytes, 'datagram');
        if (result.ok === 'refuse')
          expect(parseSipMessage(formatSipMessage(responseTo(result.request, result.status)), 'datagram').ok).not.toBe(
            'refuse',
          );
      }),
      { numRuns: 500 },
    );
  });

  test('every torture message, cut anywhere or with any byte changed, never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TORTURE), fc.nat(), fc.nat(), fc.nat({ max: 255 }), ({ bytes }, cut, at, byte) => {
        const changed = Buffer.from(bytes);
        changed[at % changed.length] = byte;
        for (const framing of ['datagram', 'stream'] as const) {
          expect(parseSipMessage(bytes.subarray(0, cut % bytes.length), framing).ok).toBeTypeOf('string');
          expect(parseSipMessage(changed, framing).ok).toBeTypeOf('string');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
