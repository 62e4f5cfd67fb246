import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, StreamFramer } from '../../src/sip/message/stream-framing.ts';
import { requestText } from './peers.ts';

const ONE = requestText('OPTIONS');
const WITH_BODY = requestText('MESSAGE', {}, 'Grüße\r\n\r\nOPTIONS');
const COMPACT = requestText('INFO', { 'Content-Length': undefined, l: '\r\n  3' }, 'abc');

/** The frames of a stream cut into pieces of the given sizes (the last goes on). */
function framesOf(stream: Buffer, sizes: readonly number[]): Frame[] {
  const framer = new StreamFramer();
  const frames: Frame[] = [];
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? stream.length);
    frames.push(...framer.push(Buffer.from(stream.subarray(at, at + size))));
    at += size;
  }
  return frames;
}

const summary = (frames: readonly Frame[]): string[] =>
  frames.map((frame) =>
    frame.is === 'message' ? Buffer.from(frame.bytes).toString() : frame.is === 'broken' ? frame.because : frame.is,
  );

describe('cutting a stream into messages', () => {
  test('one chunk, several messages, empty lines and pings between them', () => {
    const stream = Buffer.from(`\r\n${ONE}\r\n\r\n${WITH_BODY}${COMPACT}\r\n`);
    expect(summary(framesOf(stream, [stream.length]))).toEqual([ONE, 'ping', WITH_BODY, COMPACT]);
  });

  test('however it is cut, the messages are the same', () => {
    const part = fc.constantFrom(ONE, WITH_BODY, COMPACT, '\r\n\r\n');
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
        (parts, sizes) => {
          const stream = Buffer.from(parts.join(''));
          const expected = parts.map((text) => (text === '\r\n\r\n' ? 'ping' : text));
          expect(summary(framesOf(stream, sizes))).toEqual(expected);
          expect(summary(framesOf(stream, [1]))).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ['no Content-Length', requestText('INFO', { 'Content-Length': undefined }), 'bad-content-length'],
    ['a negative one', requestText('INFO', { 'Content-Length': '-1' }), 'bad-content-length'],
    ['two that differ', requestText('INFO', { 'Content-Length': '1', l: '2' }), 'bad-content-length'],
    ['a huge one', requestText('INFO', { 'Content-Length': '1048577' }), 'body-too-large'],
    ['a head without end', `INFO ${'x'.repeat(70_000)}`, 'head-too-large'],
    ['a head too large', requestText('INFO', { Subject: 'x'.repeat(70_000) }), 'head-too-large'],
  ])('%s breaks the stream, once, whatever follows', (_name, text, because) => {
    const stream = Buffer.from(`${ONE}${text}${ONE}`);
    for (const size of [stream.length, 1_000, 7]) expect(summary(framesOf(stream, [size]))).toEqual([ONE, because]);
  });

  test('what is being received is known, for its deadline', () => {
    const framer = new StreamFramer();
    expect(framer.isInside).toBe(false);
    framer.push(Buffer.from(ONE.slice(0, 10)));
    expect(framer.isInside).toBe(true);
    framer.push(Buffer.from(ONE.slice(10)));
    expect(framer.isInside).toBe(false);
    framer.push(Buffer.from('\r\n'));
    expect(framer.isInside).toBe(false);
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        const framer = new StreamFramer();
        for (const chunk of chunks) expect(framer.push(Buffer.from(chunk))).toBeInstanceOf(Array);
      }),
    );
  });
});
