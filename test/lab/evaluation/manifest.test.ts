import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/lab/evaluation/manifest.ts';

const read = (content: string) => parseManifest('utterances.tsv', content);

test('columns in any order, further ones, empty lines, carriage returns and a byte order mark do not matter', () => {
  const table =
    '\uFEFFvoice\tText\tspeech_end_s\tFILE\tspeech_start_s\r\nann\t what is it \t2.5\ta.wav\t0.5\r\n\r\nbob\tyes\t\tb.wav\t\r\n';
  expect(read(table)).toEqual([
    { file: 'a.wav', text: 'what is it', speech: { from: 0.5, to: 2.5 }, line: 2 },
    { file: 'b.wav', text: 'yes', speech: undefined, line: 4 },
  ]);
});

test('without the optional columns all of the audio counts; one of them alone is enough', () => {
  expect(read('file\ttext\na.wav\tyes')).toMatchObject([{ speech: undefined }]);
  expect(read('file\ttext\tspeech_start_s\na.wav\tyes\t1')).toMatchObject([{ speech: { from: 1, to: Infinity } }]);
  expect(read('file\ttext\na.wav\t')).toMatchObject([{ text: '' }]); // somebody who says nothing
});

describe('what is wrong is named with its line', () => {
  test.each([
    ['', /:1: .*file and text missing/],
    ['file\tvoice\na.wav\tann', /:1: .*text missing/],
    ['file\ttext\n', /:2: expected at least one utterance/],
    ['file\ttext\na.wav\tyes\n\tno', /:3: expected a file name/],
    ['file\ttext\na.wav', /:2: expected a text/],
    ['file\ttext\tspeech_start_s\tspeech_end_s\na.wav\tyes\t2\t1', /:2: .*the first before the second/],
    ['file\ttext\tspeech_start_s\na.wav\tyes\tsoon', /:2: .*in seconds/],
    ['file,text\na.wav,yes', /:1: .*tabs between them/],
  ])('%j', (table, message) => {
    expect(() => read(table)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
