import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader, formatFrame, MAX_FRAME_BYTES } from '../../src/sip-server/frame.ts';

/** Cuts the bytes wherever the test says. */
function* pieces(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (const cut of cuts.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b)) {
    yield bytes.subarray(at, Math.max(at, cut));
    at = Math.max(at, cut);
  }
  yield bytes.subarray(at);
}

describe('control frames', () => {
  test('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.uint8Array({ maxLength: 300 })), {
          maxLength: 8,
        }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (messages, cuts) => {
          const bytes = Buffer.concat(messages.map(([head, body]) => formatFrame(head, body)));
          const reader = new FrameReader();
          const out = [...pieces(bytes, cuts)].flatMap((piece) => reader.push(piece));
          expect(reader.broken).toBe(false);
          expect(out).toEqual(messages.map(([head, body]) => Buffer.concat([Buffer.from(head, 'utf8'), body])));
        },
      ),
    );
  });

  test('any bytes: never throws, never gives a payload beyond the limit, and stays broken', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 10 }), (chunks) => {
        const reader = new FrameReader(32);
        let broken = false;
        for (const chunk of chunks) {
          const payloads = reader.push(chunk);
          if (broken) expect(payloads).toEqual([]);
          for (const payload of payloads) expect(payload.length).toBeLessThanOrEqual(32);
          broken = reader.broken;
        }
      }),
    );
  });

  test.each([
    'x',
    '#',
    '0#',
    '-1#a',
    '1.5#a',
    ' 5#hello',
    '99999999#',
    `${MAX_FRAME_BYTES + 1}#`,
    'GET / HTTP/1.1\r\n',
  ])('%j is no frame', (text) => {
    const reader = new FrameReader();
    expect(reader.push(Buffer.from(text))).toEqual([]);
    expect(reader.broken).toBe(true);
  });

  test('frames before the broken one are given', () => {
    const reader = new FrameReader();
    expect(reader.push(Buffer.from('2#ok3#yes?')).map(String)).toEqual(['ok', 'yes']);
    expect(reader.broken).toBe(true);
  });

  test('the length is in bytes', () => {
    expect(formatFrame('grüß').toString('utf8')).toBe('6#grüß');
  });
});
