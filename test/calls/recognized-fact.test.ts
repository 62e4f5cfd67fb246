import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recognizedFact } from '../../src/calls/conversation/recognized-fact.ts';
import { newContactId, turnId } from '../../src/domain/ids.ts';
import { ms } from '../../src/domain/units.ts';
import { findCardNumbers } from '../../src/redaction/card-numbers.ts';

const turn = turnId(newContactId(0), 1);
const recognized = (confidence: number) =>
  recognizedFact(
    turn,
    {
      outcome: 'match',
      hypotheses: [{ words: ['balance'], confidence, free: false }],
      decode: ms(1),
      queued: ms(0),
      audio: ms(1_000),
    },
    false,
  );

test('a confidence is written to a thousandth: none looks like the number of a card', () => {
  expect(findCardNumbers('0.9850076664251388')).toHaveLength(1);
  expect(recognized(0.9850076664251388)).toMatchObject({ confidence: 0.985 });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (confidence) => {
      const fact = recognized(confidence);
      expect(findCardNumbers(JSON.stringify({ ...fact, turn: '' }))).toEqual([]);
      expect(fact).toMatchObject({ confidence: expect.closeTo(confidence, 2) });
    }),
  );
});
