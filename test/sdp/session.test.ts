import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { formatSdp, parseSdp, type SessionDescription } from '../../src/sdp/session.ts';

const host = fc.constantFrom('192.0.2.1', '2001:db8::1', 'phone.example.net', '0.0.0.0');
const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const attribute = fc.record(
  { name: token, value: fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/) },
  { requiredKeys: ['name'] },
);
const media = fc.record(
  {
    kind: fc.constantFrom('audio', 'video', 'image', 'application'),
    port: fc.nat(65_535),
    protocol: fc.constantFrom('RTP/AVP', 'RTP/SAVP', 'UDPTL', 'UDP/TLS/RTP/SAVPF'),
    formats: fc.array(fc.nat(127).map(String), { minLength: 1, maxLength: 10 }),
    host,
    attributes: fc.array(attribute, { maxLength: 5 }),
  },
  { requiredKeys: ['kind', 'port', 'protocol', 'formats', 'attributes'] },
);
const number = fc.nat().map(String);
const session: fc.Arbitrary<SessionDescription> = fc.record(
  {
    origin: fc.record({ username: fc.constantFrom('-', 'alice'), sessionId: number, version: number, host }),
    host,
    attributes: fc.array(attribute, { maxLength: 5 }),
    media: fc.array(media, { maxLength: 4 }),
  },
  { requiredKeys: ['origin', 'attributes', 'media'] },
);

test('what is formatted is parsed to the same', () => {
  fc.assert(
    fc.property(session, (description) => {
      expect(parseSdp(formatSdp(description))).toEqual(description);
    }),
  );
});

test('order, line ends, blanks and unknown lines are forgiven', () => {
  const text =
    'v=0 \na=tool:x\nc=IN IP4 224.2.1.1/127\ns=\nb=AS:84\nz=0 0\no=- 1 2 IN IP4 192.0.2.1\n\nm=AUDIO 5004/2 rtp/avp 0\na= sendrecv\n';
  expect(parseSdp(text)).toEqual({
    origin: { username: '-', sessionId: '1', version: '2', host: '192.0.2.1' },
    host: '224.2.1.1',
    attributes: [{ name: 'tool', value: 'x' }],
    media: [{ kind: 'audio', port: 5004, protocol: 'RTP/AVP', formats: ['0'], attributes: [{ name: 'sendrecv' }] }],
  });
  expect(parseSdp('v=0\r\n')).toMatchObject({ media: [] });
});

test('what no call needs is passed over, however long or odd it is; other streams than audio keep their places', () => {
  const long = 'y'.repeat(3000);
  const audio = { kind: 'audio', port: 5004, protocol: 'RTP/AVP', formats: ['0'], attributes: [] };
  const other = { kind: 'video', port: 0, protocol: 'RTP/AVP', formats: [], attributes: [] };
  const text = `v=0\ni=${long}\na=identity:${long}\nm=video - ?? (none)\nm=video 70000\nm=audio 5004 RTP/AVP 0\na=${long}\n`;
  expect(parseSdp(text)).toMatchObject({ attributes: [], media: [other, other, audio] });
  for (const mark of ['\uFEFF', '\u00EF\u00BB\u00BF'])
    expect(parseSdp(`${mark}v=0\nm=audio 5004 RTP/AVP 0\n`).media).toEqual([audio]);
});

const many = (line: string, count: number): string => `v=0\n${`${line}\n`.repeat(count)}`;

test.each([
  ['nothing', '', 1, 'v'],
  ['no v= first', 'o=- 1 1 IN IP4 1.2.3.4', 1, 'o'],
  ['version 1', 'v=1', 1, 'v'],
  ['no type first', 'hello\nv=0', 1, '?'],
  ['no port', 'v=0\nm=audio', 2, 'm'],
  ['port too large', 'v=0\nm=audio 65536 RTP/AVP 0', 2, 'm'],
  ['negative port', 'v=0\nm=audio -1 RTP/AVP 0', 2, 'm'],
  ['too many formats', `v=0\nm=audio 1 RTP/AVP${' 0'.repeat(129)}`, 2, 'm'],
  ['too many lines', many('a=x', 1000), 1001, '?'],
  ['too many media', many('m=audio 1 RTP/AVP 0', 33), 34, 'm'],
  ['a stream too long', `v=0\nm=audio 1 RTP/AVP ${'0'.repeat(2048)}`, 2, 'm'],
  ['a text too long', `v=0\n${'a=xxxxxxxx\n'.repeat(7000)}`, 1, 'v'],
])('malformed: %s', (_, text, line, type) => {
  expect(() => parseSdp(text)).toThrow(
    expect.objectContaining({ code: 'SDP_MALFORMED', facts: expect.objectContaining({ line, type }) }),
  );
});

test('the error names the line, what was expected, and nothing of the content', () => {
  try {
    parseSdp('v=0\r\nm=audio secret RTP/AVP 0');
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toMatchObject({ message: 'SDP line 2 (m=): expected a port of 0 to 65535' });
    expect(JSON.stringify(thrown)).not.toContain('secret');
  }
});

test('random, truncated or mutilated text: a description or SDP_MALFORMED, nothing else', () => {
  const damaged = fc
    .tuple(session.map(formatSdp), fc.nat(), fc.nat(), fc.string({ maxLength: 5 }))
    .map(([text, cut, at, junk]) => {
      const short = text.slice(0, cut % (text.length + 1));
      const place = short.length === 0 ? 0 : at % short.length;
      return short.slice(0, place) + junk + short.slice(place + junk.length);
    });
  const lines = fc.array(fc.tuple(fc.constantFrom('v', 'o', 'c', 'm', 'a', 's', 'x'), fc.string({ maxLength: 30 })), {
    maxLength: 10,
  });
  const shaped = lines.map((list) => `v=0\n${list.map(([type, value]) => `${type}=${value}`).join('\n')}`);
  fc.assert(
    fc.property(fc.oneof(damaged, shaped, fc.string({ maxLength: 200, unit: 'binary' })), (text) => {
      try {
        parseSdp(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IvrError);
        expect(thrown).toMatchObject({ code: 'SDP_MALFORMED' });
      }
    }),
    { numRuns: 2000 },
  );
});
