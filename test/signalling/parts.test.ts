import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainHeaders } from '../../src/drachtio/plain-headers.ts';
import { infoDigit } from '../../src/signalling/drachtio/info-digit.ts';
import { outcomeOf } from '../../src/signalling/drachtio/srf-dial.ts';
import { userPart } from '../../src/signalling/drachtio/user-part.ts';

describe('keys by SIP INFO', () => {
  test.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
    ['application/dtmf-relay', 'Signal= *\nDuration= 80', '*'],
    ['Application/DTMF-Relay; charset=utf-8', 'Duration=1\r\nsignal=d', 'D'],
    ['application/dtmf-relay', 'Signal=11', '#'],
    ['application/dtmf', '7', '7'],
    ['application/dtmf', ' # \r\n', '#'],
    ['application/dtmf', '10', '*'],
    ['application/dtmf', '12', 'A'],
    ['application/dtmf', 'Signal=9\r\nDuration=250', '9'],
    ['application/dtmf', '8\r\nDuration=160', '8'],
    ['application/dtmf', '4,160', '4'],
    ['application/dtmf-relay', '3', '3'],
    ['application/dtmf-relay', 'Signal="6"', '6'],
    ['application/dtmf-relay', 'Signal: 2\r\nDuration: 100', '2'],
    ['application/dtmf-relay', 'Signal=star', '*'],
    ['application/dtmf-relay', 'signal=Pound;duration=80', '#'],
    ['application/vnd.nortelnetworks.digits', 'p=Digit-Collection\r\ny=Digits\r\n\r\nd=7\r\n', '7'],
    ['application/telephone-event', '5', '5'],
    ['application/telephone-event', 'event=11\r\nduration=800', '#'],
    ['audio/telephone-event', '\u0005\u008a\u0003\u0020', '5'],
    ['application/telephone-event', '\n\ufffd\u0003\u0020', '*'],
    ['application/telephone-event', '\t\u000a\u0000\u00a0', '9'],
    [
      'multipart/mixed;boundary=b',
      '--b\r\nContent-Type: application/isup\r\n\r\n\x01\r\n--b\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=160\r\n\r\n--b--\r\n',
      '5',
    ],
    [undefined, '5', '5'],
    ['text/plain', '#\r\n', '#'],
  ] as const)('%s %j is %s', (type, body, key) => {
    expect(infoDigit(type, body)).toBe(key);
  });

  test.each([
    ['text/plain', 'call me at 5'],
    ['text/plain', 'Signal=5'],
    ['application/json', '5'],
    ['multipart/mixed;boundary=b', '--b\r\nContent-Type: text/plain\r\n\r\n5\r\n--b--\r\n'],
    ['multipart/mixed', '--b\r\nContent-Type: application/dtmf\r\n\r\n5\r\n--b--\r\n'],
    ['application/dtmf', '55'],
    ['application/dtmf', '16'],
    ['application/dtmf', ''],
    ['application/dtmf-relay', 'Signal=\r\nDuration=5'],
    ['application/dtmf', undefined],
    ['application/dtmf-relay', 'Signal=16'],
    ['application/dtmf-relay', 'Signal=flash'],
    ['application/dtmf-relay', 'Signal=55'],
    ['application/telephone-event', '\u0010\u008a\u0003\u0020'],
    ['application/telephone-event', ''],
  ])('%s %j is none', (type, body) => {
    expect(infoDigit(type, body)).toBeUndefined();
  });

  test('one key or none, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('dtmf-relay', 'dtmf', 'telephone-event'), (body, type) => {
        const key = infoDigit(`application/${type}`, body);
        if (key !== undefined) expect(key).toMatch(/^[0-9*#A-D]$/);
      }),
    );
  });
});

test.each([
  ['"Caller" <sip:+15551234@127.0.0.1:6160>;tag=1', '+15551234'],
  ['"sip:evil@x" <sip:alice@bank.example>', 'alice'],
  ['sip:bob@bank.example;tag=2', 'bob'],
  ['<sip:%2B49301234:secret@bank.example>', '+49301234'],
  ['<sip:+1-201-555-0123;phone-context=x@bank.example>', '+1-201-555-0123'],
  ['<tel:+1-201-555-0123>;tag=3', '+12015550123'],
  ['<sip:bank.example>', ''],
  ['<sip:%zz@bank.example>', '%zz'],
  ['<sip:+1555%1b%5b2J%0d%0a0199%e2%80%ae@bank.example>', '+1555[2J0199'],
  [`<sip:${'9'.repeat(500)}@bank.example>`, '9'.repeat(64)],
  [undefined, ''],
])('the user of %s is %j', (header, user) => {
  expect(userPart(header)).toBe(user);
});

test('nobody starts a new line in a header', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), (headers) => {
      for (const [name, value] of Object.entries(plainHeaders(headers)))
        expect(`${name}${value}`).not.toMatch(/[\r\n\0]/);
    }),
  );
  expect(plainHeaders({ 'X-A': ' a\r\nVia: b', 'bad name': 'x', '': 'y' })).toEqual({ 'X-A': 'a Via: b' });
});

test('what a final failure means', () => {
  const said = (status: number): string => outcomeOf(status).outcome;
  expect([486, 600].map(said)).toEqual(['busy', 'busy']);
  expect([408, 480, 487].map(said)).toEqual(['no-answer', 'no-answer', 'no-answer']);
  expect([403, 603, 607].map(said)).toEqual(['declined', 'declined', 'declined']);
  expect([302, 404, 488, 500, 503].map(said)).toEqual(['failed', 'failed', 'failed', 'failed', 'failed']);
});
