import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { formatFrame, frameReader } from '../../src/speech/engines/whisper/frames.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'no error';
  } catch (error) {
    return error instanceof IvrError ? error.code : String(error);
  }
};

test('frames come out as they went in, wherever the pipe cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.jsonValue(), fc.uint8Array({ maxLength: 50 })), { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(([head, body]) => formatFrame(head, body)));
        const read = frameReader();
        const received: unknown[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1;
          for (const { head, body } of read(bytes.subarray(at, at + size))) received.push([head, [...body]]);
          at += size;
        }
        expect(received).toEqual(sent.map(([head, body]) => [JSON.parse(JSON.stringify(head)), [...body]]));
      },
    ),
  );
});

test('nonsense is an error, not a hang or a crash', () => {
  expect(codeOf(() => frameReader()(Buffer.from('Segmentation fault')))).toBe('RECOGNITION_FAILED');
  const lying = formatFrame({ a: 1 });
  lying.writeUInt32LE(1000, 4);
  expect(codeOf(() => frameReader()(lying))).toBe('RECOGNITION_FAILED');
  const broken = formatFrame({ a: 1 });
  broken.write('x', 8);
  expect(codeOf(() => frameReader()(broken))).toBe('RECOGNITION_FAILED');
});
