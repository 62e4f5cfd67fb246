import { describe, expect, test } from 'vitest';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import type { SipMessage } from '../../src/sip/message/message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { TORTURE } from './rfc4475.ts';

const parsed = (name: string): SipMessage => {
  const found = TORTURE.find((message) => message.name === name);
  const result = parseSipMessage(found?.bytes ?? Buffer.alloc(0), 'datagram');
  if (result.ok !== 'message') throw new Error(`${name} was not accepted`);
  return result.message;
};

describe('RFC 4475', () => {
  test('has 49 messages: 26 to be accepted, 15 to be refused or dropped, 8 either way', () => {
    expect(new Set(TORTURE.map(({ name }) => name)).size).toBe(49);
    const count = (wanted: string): number => TORTURE.filter(({ rfc }) => rfc === wanted).length;
    expect([count('accept'), count('refuse'), count('either')]).toEqual([26, 15, 8]);
  });

  test.each(TORTURE)('$name, $what → $parser', ({ bytes, parser }) => {
    const result = parseSipMessage(bytes, 'datagram');
    const outcome = result.ok === 'message' ? 'accept' : result.ok === 'refuse' ? result.status : 'drop';
    expect(outcome, JSON.stringify(result)).toBe(parser);
  });

  test.each(TORTURE.filter(({ parser }) => typeof parser === 'number'))(
    '$name: the refusal is a response',
    ({ bytes }) => {
      const result = parseSipMessage(bytes, 'datagram');
      if (result.ok !== 'refuse') throw new Error('not refused');
      const text = formatSipMessage(responseTo(result.request, result.status, result.reason, 'mine')).toString();
      expect(text).toMatch(/^SIP\/2\.0 (400|416|505) [^\r\n]+\r\nVia: SIP\/[27]\.0\//);
      expect(text).toMatch(/\r\nCSeq: /);
    },
  );

  test('wsinv: every value is read as it is meant', () => {
    const { headers, kind } = parsed('wsinv');
    expect(kind).toBe('request');
    expect(headers.all('via')).toHaveLength(3);
    expect(headers.get('subject')).toBe('');
    expect(headers.get('NEWFANGLEDHEADER')).toBe('newfangled value continued newfangled value');
    expect(headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
    expect(headers.get('Contact')).toBe(
      '"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam = newvalue ; secondparam ; q = 0.33',
    );
  });

  test('esc02: an escaped header name is another header', () => {
    const { headers } = parsed('esc02');
    expect(headers.all('Contact')).toEqual(['<sip:alias1@host1.example.com>', '<sip:alias3@host3.example.com>']);
    expect(headers.get('C%6Fntact')).toBe('<sip:alias2@host2.example.com>');
  });

  test('dblreq: what follows the body is not part of it', () => {
    expect(parsed('dblreq').body).toHaveLength(0);
  });

  test('mpart01: the body is bytes', () => {
    const { body } = parsed('mpart01');
    expect(body).toHaveLength(553);
    // the second part is a signature in DER, with every kind of byte
    const second = Buffer.from(body).indexOf(Buffer.from([0x30, 0x82, 0x01, 0x52]));
    expect([...body.subarray(second, second + 8)]).toEqual([0x30, 0x82, 0x01, 0x52, 0x06, 0x09, 0x2a, 0x86]);
    expect(Buffer.from(body).toString('latin1')).toMatch(/\r\n--7a9cbec02ceef655--\r\n$/);
  });

  test('unreason: the reason phrase is UTF-8, on the way in and out', () => {
    const message = parsed('unreason');
    expect(message.kind === 'response' && message.reason).toBe('= 2**3 * 5**2 но сто девяносто девять - простое');
    expect(formatSipMessage(message).toString('utf8')).toContain('но сто девяносто девять');
  });

  test('intmeth: escaped control characters, a BOM and any UTF-8 survive', () => {
    const { headers } = parsed('intmeth');
    expect(headers.get('To')).toContain('NUL:\\\u0000 DEL:\\\u007f');
    expect(headers.get("extensionHeader-!.%*+_`'~")).toBe('\ufeff大停電');
  });
});
