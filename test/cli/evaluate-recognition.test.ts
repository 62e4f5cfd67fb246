import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '../../src/audio/g711.ts';
import { formatWav, formatWavHeader } from '../../src/audio/wav.ts';
import { spokenUtterances } from '../support/speech-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'tellerline-evaluate-'));
const main = join(import.meta.dirname, '../../dist/main.js');
afterAll(() => rmSync(folder, { recursive: true }));

function evaluate(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'evaluate', 'recognition', ...args], { encoding: 'utf8', cwd: folder });
}
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('what is wrong is said on standard error, and nothing on standard output', () => {
  beforeAll(() => {
    write('silence.wav', formatWav(8000, [new Int16Array(8000)]));
    write('broken.wav', 'no sound');
    write('good.tsv', 'file\ttext\nsilence.wav\tyes\n');
  });

  test.each([
    ['a manifest that is not there', ['--manifest', 'nowhere.tsv'], undefined, 'cannot read nowhere.tsv (ENOENT)', 1],
    ['a row without its text', [], 'file\ttext\nsilence.wav\n', /bad\.tsv:2: expected a text in the column text/, 1],
    ['a WAV that is not there', [], 'file\ttext\nmissing.wav\tyes\n', /bad\.tsv:2: .*missing\.wav: cannot read it/, 1],
    ['a WAV that is none', [], 'file\ttext\nbroken.wav\tyes\n', /bad\.tsv:2: .*broken\.wav: .*AUDIO_MALFORMED/, 1],
    [
      'a grammar that is not there',
      ['--manifest', 'good.tsv', '--grammar', 'no.abnf'],
      undefined,
      /no\.abnf.*ENOENT/,
      1,
    ],
    ['a language that nobody knows', ['--manifest', 'good.tsv', '--language', 'fr'], undefined, /knows en and zh/, 64],
    ['an option that is none', ['--manifest', 'good.tsv', '--lang', 'en'], undefined, /--lang/, 64],
  ] as const)('%s', (_, args, manifest, message, status) => {
    const own = manifest === undefined ? args : ['--manifest', write('bad.tsv', manifest)];
    const result = evaluate(...own);
    expect({ status: result.status, stdout: result.stdout }, result.stderr).toEqual({ status, stdout: '' });
    expect(result.stderr).toMatch(message);
  });
});

test('silence is no sentence: all of it counts as errors, one JSON object comes out', () => {
  write('quiet.wav', formatWav(16_000, [new Int16Array(16_000), new Int16Array(16_000)]));
  write('yes.abnf', '#ABNF 1.0 UTF-8;\nlanguage en-US;\nroot $a;\npublic $a = $<words.abnf> | no;\n');
  write('words.abnf', '#ABNF 1.0 UTF-8;\nlanguage en-US;\nroot $w;\npublic $w = yes [please];\n');
  const manifest = write('silence.tsv', '\uFEFFtext\tfile\tmore\r\nYes, please.\tquiet.wav\tx\r\nMaybe\tquiet.wav\r\n');
  const { status, stdout, stderr } = evaluate('--manifest', manifest, '--grammar', 'yes.abnf');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    language: 'en-US',
    utterances: 2,
    wer: 1,
    sentenceAccuracy: 0,
    inGrammar: 1,
    rejectedInGrammar: 1,
    outOfGrammar: 1,
    acceptedOutOfGrammar: 0,
    secondsPerUtterance: expect.any(Number),
  });
});

test('an utterance is inside when the grammar has its words, however its numbers and contractions are written', () => {
  write('still.wav', formatWav(8000, [new Int16Array(8000)]));
  const sentences =
    "one thousand five hundred dollars | two hundred and fifty dollars | i'd like two thousand and five | twenty five";
  write('sums.abnf', `#ABNF 1.0 UTF-8;\nlanguage en-US;\nroot $a;\npublic $a = ${sentences};\n`);
  const inside = [
    '$1,500',
    'One thousand five hundred dollars.',
    'Two hundred fifty dollars',
    '250 dollars',
    'Twenty-five',
  ]
    .concat('I would like 2005')
    .concat('I’d like two thousand five');
  const outside = [
    '1,005 dollars',
    '$150',
    'one thousand five',
    '20 dollars',
    'I would like 250 dollars',
    '25 dollars',
  ];
  const rows = [...inside, ...outside].map((text) => `still.wav\t${text}\n`);
  const manifest = write('sums.tsv', `file\ttext\n${rows.join('')}`);
  const { stdout, stderr } = evaluate('--manifest', manifest, '--grammar', 'sums.abnf');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ inGrammar: inside.length, outOfGrammar: outside.length });
});

const spoken = spokenUtterances().filter(({ voice, text }) => voice === 'fe-slt' && text.split(' ').length > 3);
test.skipIf(spoken.length === 0)(
  'people’s formats: 16 kHz, two channels, mu-law; in a grammar and outside',
  () => {
    const [first, second, third] = spoken;
    if (first === undefined || second === undefined || third === undefined) throw new TypeError('no utterances');
    write('a.wav', formatWav(8000, [first.samples, first.samples]));
    const wide = Int16Array.from({ length: 2 * second.samples.length }, (_, at) => {
      const [left, right] = [second.samples[at >> 1] ?? 0, second.samples[(at + 1) >> 1] ?? 0];
      return Math.round((left + right) / 2);
    });
    write('b.wav', formatWav(16_000, [wide]));
    const mulaw = encodeMulaw(third.samples);
    write('c.wav', Buffer.concat([formatWavHeader({ format: 'mulaw', rate: 8000, channels: 1 }, mulaw.length), mulaw]));
    write(
      'two.abnf',
      `#ABNF 1.0 UTF-8;\nlanguage en-US;\nroot $a;\npublic $a = ${first.text} | ${second.text};\n`
        .toLowerCase()
        .replace('#abnf', '#ABNF')
        .replace('utf-8', 'UTF-8')
        .replace('en-us', 'en-US'),
    );
    const manifest = write('m.tsv', `file\ttext\na.wav\t${first.text}\nb.wav\t${second.text}\nc.wav\t${third.text}\n`);
    expect(JSON.parse(evaluate('--manifest', manifest).stdout)).toMatchObject({
      utterances: 3,
      wer: 0,
      sentenceAccuracy: 1,
    });
    expect(JSON.parse(evaluate('--manifest', manifest, '--grammar', 'two.abnf').stdout)).toMatchObject({
      inGrammar: 2,
      sentenceAccuracy: 1,
      rejectedInGrammar: 0,
      acceptedOutOfGrammar: 0,
    });
  },
  120_000,
);
