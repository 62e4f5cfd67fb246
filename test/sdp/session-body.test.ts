import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mimeParameter, partsOf } from '../../src/sdp/multipart.ts';
import { sessionBodyOf } from '../../src/sdp/session-body.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const sdpPart = (headers = 'Content-Type: application/sdp'): string => `${headers}\r\n\r\n${SDP}`;
const multipart = (parts: readonly string[], { boundary = 'b1', eol = '\r\n', closed = true } = {}): string =>
  `${parts.map((part) => `--${boundary}${eol}${part}${eol}`).join('')}${closed ? `--${boundary}--${eol}` : ''}`;
const taken = { outcome: 'taken', sdp: SDP };
const sdpIn = (body: string, type = 'multipart/mixed;boundary=b1', disposition?: string) =>
  sessionBodyOf(type, disposition, body);

const ISUP =
  'Content-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x00\x49';
const LOCATION = 'Content-Type: application/pidf+xml\r\nContent-ID: <a@b>\r\n\r\n<?xml version="1.0"?><presence/>';

describe('the session description of a body (RFC 5621)', () => {
  test.each([
    ['alone', SDP, 'application/sdp'],
    ['alone, in capitals with a parameter', SDP, 'Application/SDP;charset=utf-8'],
    ['before ISUP', multipart([sdpPart(), ISUP]), 'multipart/mixed;boundary=b1'],
    ['behind ISUP', multipart([ISUP, sdpPart()]), 'Multipart/Mixed; Boundary="b1"'],
    [
      'with a boundary behind another in the quotes of another parameter',
      multipart([sdpPart()]),
      'multipart/related; type="application/sdp;boundary=no"; start="<a\\";boundary=no>"; boundary=b1',
    ],
    ['beside a location', multipart([LOCATION, sdpPart()]), 'multipart/mixed ; boundary = b1'],
    ['with a preamble and an epilogue', `read me\r\n${multipart([sdpPart()])}bye`, 'multipart/mixed;boundary=b1'],
    [
      'without the last delimiter',
      multipart([ISUP, sdpPart()], { closed: false }).slice(0, -2),
      'multipart/mixed;boundary=b1',
    ],
    [
      'with a boundary of odd characters',
      multipart([sdpPart()], { boundary: "a b'(:=?/" }),
      'multipart/mixed;boundary="a b\'(:=?/"',
    ],
    [
      'with a boundary that another begins with',
      multipart([LOCATION.replace('<a@b>', '<c>\r\n--b12'), sdpPart()]),
      'multipart/mixed;boundary=b1',
    ],
    ['of multipart/related', multipart([sdpPart(), LOCATION]), 'multipart/related;type="application/sdp";boundary=b1'],
    [
      'nested',
      multipart([
        `Content-Type: multipart/alternative;boundary=in\r\n\r\n${multipart([sdpPart()], { boundary: 'in' })}`,
        ISUP,
      ]),
      'multipart/mixed;boundary=b1',
    ],
    [
      'the last alternative',
      multipart(['Content-Type: text/plain\r\n\r\nhello', sdpPart()]),
      'multipart/alternative;boundary=b1',
    ],
    [
      'of a session, not of an early one',
      multipart([
        `Content-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\nv=0\r\n`,
        sdpPart('c: application/sdp\r\nContent-Disposition: session;handling=required'),
      ]),
      'multipart/mixed;boundary=b1',
    ],
  ])('%s', (_name, body, type) => {
    expect(sdpIn(body, type)).toEqual(taken);
  });

  test('line feeds alone do too', () => {
    const body = multipart([sdpPart(), ISUP]).replaceAll('\r\n', '\n');
    expect(sdpIn(body)).toEqual({ outcome: 'taken', sdp: SDP.replaceAll('\r\n', '\n') });
  });

  test.each([
    ['no body at all', '', undefined, undefined],
    ['a location alone, beside which nothing is', multipart([LOCATION]), 'multipart/mixed;boundary=b1', undefined],
    ['an optional body of another kind', 'xyz', 'application/isup', 'signal;handling=optional'],
  ])('%s describes no session', (_name, body, type, disposition) => {
    expect(sessionBodyOf(type, disposition, body)).toEqual({ outcome: 'taken', sdp: '' });
  });

  test.each([
    ['a body of another kind', 'hello', 'text/plain', 'text/plain'],
    ['a body without a type', SDP, undefined, ''],
    [
      'a part that is required',
      multipart([
        sdpPart(),
        'Content-Type: application/isup\r\nContent-Disposition: signal; handling=required\r\n\r\nx',
      ]),
      'multipart/mixed;boundary=b1',
      'application/isup',
    ],
    ['no boundary', multipart([sdpPart()]), 'multipart/mixed', 'multipart/mixed'],
    ['another boundary', multipart([sdpPart()]), 'multipart/mixed;boundary=other', 'multipart/mixed'],
    [
      'nothing but a base64 description',
      multipart([
        sdpPart(
          'Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: session;handling=required',
        ),
      ]),
      'multipart/mixed;boundary=b1',
      'application/sdp',
    ],
  ])('%s is not supported', (_name, body, type, named) => {
    expect(sessionBodyOf(type, undefined, body)).toEqual({ outcome: 'unsupported', type: named });
  });

  test('any part of any bytes comes out as it went in', () => {
    const content = fc.string({ unit: 'binary' }).filter((text) => !text.includes('--b1'));
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 6 }), (contents) => {
        const parts = partsOf(multipart(contents.map((each) => `Content-Type: a/b\r\n\r\n${each}`)), 'b1');
        expect(parts?.map((part) => part.content)).toEqual(contents);
      }),
    );
  });

  test('whatever comes, it answers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (body, boundary) => {
        expect(['taken', 'unsupported']).toContain(
          sessionBodyOf(`multipart/mixed;boundary="${boundary}"`, undefined, body).outcome,
        );
      }),
    );
  });
});

test('parameters are read in one pass, whatever quotes are left open', () => {
  const begun = performance.now();
  for (const text of [';x="\\"', ';x="', '; ; ;', ';x=y'])
    expect(mimeParameter(`multipart/mixed${text.repeat(20_000)}`, 'boundary')).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(1_000);
});
