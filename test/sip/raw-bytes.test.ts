import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { decodeText, encodeText, legible } from '../../src/sip/message/raw-bytes.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';

const HIGH = fc.uint8Array({ min: 0x80, max: 0xff, minLength: 1, maxLength: 40 });

test('any bytes come back as they came, UTF-8 among them or not', () => {
  const mixed = fc
    .array(
      fc.oneof(
        HIGH,
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      ),
    )
    .map((pieces) => Buffer.concat(pieces));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), mixed), (bytes) => {
      const text = decodeText(Buffer.from(bytes));
      expect(encodeText(text)).toEqual(Buffer.from(bytes));
      expect(legible(text)).not.toMatch(/[\u{dc80}-\u{dcff}]/u);
    }),
  );
});

test('RFC 3261 8.2.6.2: a response returns names of whatever encoding byte for byte; an application reads UTF-8', () => {
  const names = [Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]), Buffer.from('Müller', 'latin1'), Buffer.from('張 Müller')];
  const check = (name: Uint8Array): Buffer => {
    const from = Buffer.concat([Buffer.from('From: "'), name, Buffer.from('" <sip:a@b.example>;tag=t')]);
    const head = (text: string): Buffer => Buffer.from(`${text}\r\n`);
    const bytes = Buffer.concat([
      head('OPTIONS sip:b@c.example SIP/2.0'),
      head('Via: SIP/2.0/UDP b.example;branch=z9hG4bKx'),
      from,
      head(''),
      head('To: <sip:b@c.example>'),
      head('Call-ID: c'),
      head('CSeq: 1 OPTIONS'),
      head('Max-Forwards: 70'),
      head('Content-Length: 0'),
      head(''),
    ]);
    const parsed = parseSipMessage(bytes, 'datagram');
    if (parsed.ok !== 'message' || parsed.message.kind !== 'request') throw new Error('not taken');
    const response = responseTo(parsed.message, 200, undefined, 'ours');
    expect(formatSipMessage(response).includes(from)).toBe(true);
    return formatSipMessage(response, 'application');
  };
  for (const name of names) check(name);
  expect(check(names[1] ?? Buffer.alloc(0)).toString('utf8')).toContain('"Müller"');
  fc.assert(fc.property(HIGH, (name) => void check(name)));
});
