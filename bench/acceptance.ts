import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMulaw, encodeMulaw } from '../src/audio/g711.ts';
import { resampleTo8k } from '../src/audio/resample.ts';
import { parseWav } from '../src/audio/wav.ts';
import { checkedModel } from '../src/lib/model-package.ts';
import { type CompiledGrammar, compileGrammar } from '../src/speech/engines/whisper/compiled-grammar.ts';
import { listen } from '../src/speech/engines/whisper/heard.ts';
import { decodeInGrammar } from '../src/speech/engines/whisper/in-grammar.ts';
import { loudPart } from '../src/speech/engines/whisper/loud-part.ts';
import { RECOGNIZER_PACKAGE } from '../src/speech/engines/whisper/model-files.ts';
import { differingLetters, graphOfSentences } from '../src/speech/engines/whisper/nearest-sentences.ts';
import { grammarWords } from '../src/language/grammar-words.ts';
import { SHOWN } from '../src/speech/engines/whisper/understand.ts';
import { loadWhisper, type WhisperModel } from '../src/speech/engines/whisper/whisper-model.ts';
import { type FliteVoice, sayWithFlite } from '../test/support/flite/say-with-flite.ts';
import { option } from './line/option.ts';

/*
 * What is accepted within a grammar, and at which limits: sentences of people to their bank (NLU++), spoken by voices that are
 * not among the test audio's, in a grammar of sixty of them. `inside` they are in it; `outside` they are others; `near` they
 * are in it but for a word that is missing, or a "not" that is not in it.
 *
 *   TELLERLINE_TEST_DATA=… npm run bench -- acceptance [--signs=FILE]
 */

const data = process.env['TELLERLINE_TEST_DATA'] ?? '';
const SENTENCES = 60;
const never = new AbortController().signal;
const signsFile = option('signs');

interface Utterance {
  readonly voice: string;
  readonly kind: 'inside' | 'outside' | 'near';
  readonly words: readonly string[];
}

/** Sentences of three to ten words, the same for every run. */
function sentences(): readonly (readonly string[])[] {
  const texts = Array.from({ length: 15 }, (_, fold) =>
    (JSON.parse(readFileSync(join(data, `nlupp/fold${fold}.json`), 'utf8')) as { readonly text: string }[]).map(
      ({ text }) => text,
    ),
  ).flat();
  const distinct = new Map(
    texts
      .filter((text) => !/\d/.test(text))
      .map((text) => grammarWords(text))
      .filter((words) => words.length >= 3 && words.length <= 10)
      .map((words) => [words.join(' '), words] as const),
  );
  const all = [...distinct.values()];
  const every = Math.floor(all.length / (2 * SENTENCES));
  return all.filter((_, at) => at % every === 0).slice(0, 2 * SENTENCES);
}

/** A sentence that means something else, though it differs by a word. */
const spoilt = (words: readonly string[], at: number): readonly string[] =>
  at % 2 === 0 ? ['please', 'do', 'not', ...words] : words.filter((_, place) => place !== Math.floor(words.length / 2));

const folder = mkdtempSync(join(tmpdir(), 'tellerline-voices-'));
function program(command: string, args: readonly string[], text: string): Int16Array {
  const file = join(folder, 'spoken.wav');
  const { status, stderr } = spawnSync(command, args, { input: text });
  if (status !== 0) throw new Error(`${command} did not speak: ${String(stderr)}`);
  const { samples, rate } = parseWav(readFileSync(file));
  return resampleTo8k(samples[0] ?? new Int16Array(0), rate);
}
const espeak =
  (voice: string, pace: number) =>
  (text: string): Int16Array =>
    program('espeak-ng', ['-v', voice, '-s', String(pace), '-w', join(folder, 'spoken.wav'), '--stdin'], text);
const flite = (voice: FliteVoice) => (text: string) => sayWithFlite(text, voice);

const VOICES: Readonly<Record<string, (text: string) => Int16Array | Promise<Int16Array>>> = {
  'flite rms': flite('rms'),
  'flite awb': flite('awb'),
  'flite kal16': flite('kal16'),
  'festival kal': (text) => program('text2wave', ['-o', join(folder, 'spoken.wav')], text),
  'espeak-ng rp': espeak('en-gb-x-rp', 150),
  'espeak-ng scotland f2': espeak('en-gb-scotland+f2', 160),
  'espeak-ng us m3': espeak('en-us+m3', 140),
};

/** A tenth of a second of silence around it, over µ-law. */
function overTheLine(spoken: Int16Array): Int16Array {
  const whole = new Int16Array(spoken.length + 1600);
  whole.set(spoken, 800);
  return decodeMulaw(encodeMulaw(whole));
}

interface Measured extends Utterance {
  readonly right: boolean;
  readonly confidence: number;
  /** Of the best sentence and of the free text: mean log-probability of a token; of the sentence's least probable token. */
  readonly mean: number;
  readonly freeMean: number;
  readonly worst: number;
  /** In which it differs from the free text, and of its own. */
  readonly letters: number;
  readonly length: number;
}

async function measure(model: WhisperModel, grammar: CompiledGrammar, one: Utterance): Promise<Measured> {
  const spoken = (await VOICES[one.voice]?.(one.words.join(' '))) ?? new Int16Array(0);
  const part = loudPart(overTheLine(spoken));
  const heard = await (await listen(model, part, 'en', SHOWN.final)).hear('en');
  const { free, fits, hypotheses } = await decodeInGrammar({ model, heard, part, grammar, signal: never });
  const [best] = hypotheses;
  const words = best?.words ?? [];
  const fit = fits.find((other) => other.words.join(' ') === words.join(' '));
  return {
    ...one,
    right: one.kind === 'inside' && words.join(' ') === one.words.join(' '),
    confidence: best?.confidence ?? 0,
    mean: fit?.mean ?? -99,
    freeMean: free.mean,
    worst: fit?.worst ?? -99,
    letters: differingLetters(words, grammarWords(model.vocabulary.decode(free.tokens))),
    length: words.join('').length,
  };
}

const all = sentences();
const inside = all.filter((_, at) => at % 2 === 0);
const outside = all.filter((_, at) => at % 2 === 1);
const model = await loadWhisper(await checkedModel(RECOGNIZER_PACKAGE), 1);
const graph = graphOfSentences(inside.map((words) => ({ words, distance: 0 })));
const grammar = compileGrammar({ ...graph, key: 'sentences' }, model.vocabulary, 'en');
const measured: Measured[] = [];
for (const voice of Object.keys(VOICES)) {
  const utterances: Utterance[] = [
    ...inside.map((words) => ({ voice, kind: 'inside', words }) as const),
    ...outside.map((words) => ({ voice, kind: 'outside', words }) as const),
    ...inside.slice(0, SENTENCES / 3).map((words, at) => ({ voice, kind: 'near', words: spoilt(words, at) }) as const),
  ];
  for (const one of utterances) measured.push(await measure(model, grammar, one));
}
await model.release();
rmSync(folder, { recursive: true });
if (signsFile !== undefined) writeFileSync(signsFile, measured.map((one) => JSON.stringify(one)).join('\n'));

const rows = Object.keys(VOICES).map((voice) => {
  const own = measured.filter((one) => one.voice === voice);
  const share = (kind: Utterance['kind'], wanted: (one: Measured) => boolean): string => {
    const of = own.filter((one) => one.kind === kind);
    return `${of.filter(wanted).length} of ${of.length}`;
  };
  return {
    voice,
    exact: share('inside', ({ right }) => right),
    'accepted and right': share('inside', ({ right, confidence }) => right && confidence >= 0.5),
    'accepted and wrong': share('inside', ({ right, confidence }) => !right && confidence >= 0.5),
    'outside, accepted': share('outside', ({ confidence }) => confidence >= 0.5),
    'near, accepted': share('near', ({ confidence }) => confidence >= 0.5),
  };
});
console.table(rows);
