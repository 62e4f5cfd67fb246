import { expect, test } from 'vitest';
import { type Decoding, decodeTogether } from '../../src/speech/engines/whisper/decode-together.ts';
import type { WhisperModel } from '../../src/speech/engines/whisper/whisper-model.ts';
import { vocabulary } from './vocabulary.ts';

const never = new AbortController().signal;

/** Remembers what it was fed; its scores are the tokens of each row, so that decodings can tell their rows apart. */
function recording(): { readonly model: WhisperModel; readonly fed: (readonly string[])[] } {
  const fed: string[][] = [];
  let rows: readonly string[] = [''];
  const model = {
    vocabulary,
    step: (_encoding: unknown, memory: { length: number }, tokens: readonly number[], continued: readonly number[]) => {
      rows = tokens.map((token, at) => `${rows[continued[at] ?? 0] ?? ''}${token}`);
      fed.push([...rows]);
      return Promise.resolve({
        scores: rows.map((row) => Float32Array.of(Number(row))),
        memory: { length: memory.length + 1, parts: {} },
      });
    },
  } as unknown as WhisperModel;
  return { model, fed };
}
const heard = { encoding: {}, scores: Float32Array.of(0), memory: { length: 4, parts: {} }, longest: 8 };

/** Writes given tokens, and tells what it read of its row. */
function writing(...tokens: readonly number[]): Decoding & { readonly read: number[] } {
  const read: number[] = [];
  let [row, at] = [0, 0];
  return {
    read,
    advance(scores) {
      read.push(scores[row]?.[0] ?? Number.NaN);
      const token = tokens[at++];
      return token === undefined ? [] : [{ row, token }];
    },
    continued: ([next]) => void (row = next ?? row),
  };
}

test('decodings share each step, and a row as long as they write the same', async () => {
  const { model, fed } = recording();
  const [one, other] = [writing(1, 2, 3), writing(1, 2, 4, 5)];
  await decodeTogether(model, heard, [one, other], never);
  expect(fed).toEqual([['1'], ['12'], ['123', '124'], ['1245']]);
  expect(one.read.slice(0, 4)).toEqual([0, 1, 12, 123]);
  expect(other.read).toEqual([0, 1, 12, 124, 1245]);
});

test('it ends when enough is known, when the context is full, and when it is cancelled', async () => {
  const { model, fed } = recording();
  await decodeTogether(model, heard, [writing(1, 2, 3)], never, () => fed.length === 2);
  expect(fed).toHaveLength(2);
  const full = recording();
  await decodeTogether(full.model, heard, [writing(...Array.from({ length: 20 }, () => 1))], never);
  expect(full.fed).toHaveLength(8);
  const cancelled = AbortSignal.abort(new Error('enough'));
  await expect(decodeTogether(full.model, heard, [writing(1)], cancelled)).rejects.toThrow('enough');
});
