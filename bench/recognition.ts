import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWav } from '../src/audio/wav.ts';
import type { GrammarGraph } from '../src/domain/grammar-graph.ts';
import { checkedModel } from '../src/lib/model-package.ts';
import { type CompiledGrammar, compileGrammar } from '../src/speech/engines/whisper/compiled-grammar.ts';
import { RECOGNIZER_PACKAGE } from '../src/speech/engines/whisper/model-files.ts';
import { type Understood, understand } from '../src/speech/engines/whisper/understand.ts';
import { loadWhisper, type WhisperModel } from '../src/speech/engines/whisper/whisper-model.ts';
import { testData } from '../test/support/test-data.ts';

/*
 * Cost of a decode by length of the utterance; sentences understood by voice, with and without noise; numbers, right and of
 * the wrong length; and how well confidences tell speech inside of a grammar from speech outside. Wants the test audio
 * (TELLERLINE_TEST_DATA). Word errors: `tellerline evaluate recognition`.
 */

const SPEECH = testData('speech') ?? '';
const DIGITS = testData('digits') ?? '';
const ROUNDS = 5;
const never = new AbortController().signal;

interface Utterance {
  readonly voice: string;
  readonly synthetic: boolean;
  readonly text: string;
  readonly samples: Int16Array;
}

function utterances(): Utterance[] {
  const list = join(SPEECH, 'transcripts.tsv');
  if (!existsSync(list)) return [];
  const [, ...rows] = readFileSync(list, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [file = '', voice = '', source = '', , , , , text = ''] = row.split('\t');
    const [samples = new Int16Array(0)] = parseWav(readFileSync(join(SPEECH, file))).samples;
    return { voice, synthetic: source === 'tts', text: text.trim().toLowerCase(), samples };
  });
}

/** Sentences as one graph, a trie. */
function graphOf(key: string, sentences: Iterable<string>): GrammarGraph {
  const nodes: { arcs: { word: string; to: number }[]; final: boolean }[] = [{ arcs: [], final: false }];
  for (const sentence of sentences) {
    let at = 0;
    for (const word of sentence.split(' ')) {
      let arc = nodes[at]?.arcs.find((known) => known.word === word);
      if (arc === undefined) {
        arc = { word, to: nodes.push({ arcs: [], final: false }) - 1 };
        nodes[at]?.arcs.push(arc);
      }
      at = arc.to;
    }
    nodes[at] = { arcs: nodes[at]?.arcs ?? [], final: true };
  }
  return { key, start: 0, nodes };
}

const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const numbersOf = (length: number): GrammarGraph => ({
  key: `${length} digits`,
  start: 0,
  nodes: Array.from({ length: length + 1 }, (_, at) => ({
    arcs: at < length ? [...NAMES, 'oh'].map((word) => ({ word, to: at + 1 })) : [],
    final: at === length,
  })),
});

let seed = 1;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

/** Spoken digits of one person, 100 to 250 ms apart. */
function spokenNumber(person: string, length: number): Utterance {
  const files = readdirSync(DIGITS);
  const digits = Array.from({ length }, () => Math.floor(random() * 10));
  const parts = digits.flatMap((digit) => {
    const own = files.filter((file) => file.startsWith(`${digit}_${person}_`));
    const [samples = new Int16Array(0)] = parseWav(
      readFileSync(join(DIGITS, own[Math.floor(random() * own.length)] ?? '')),
    ).samples;
    return [...samples, ...new Int16Array(Math.round(8000 * (0.1 + 0.15 * random())))];
  });
  return {
    voice: person,
    synthetic: false,
    text: digits.map((digit) => NAMES[digit]).join(' '),
    samples: Int16Array.from(parts),
  };
}

function inNoise(samples: Int16Array, decibels: number): Int16Array {
  const loud = samples.filter((sample) => Math.abs(sample) > 300);
  const level = Math.sqrt(loud.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, loud.length));
  const spread = level * 10 ** (-decibels / 20) * Math.sqrt(3);
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, sample + (2 * random() - 1) * spread)));
}

const said = ({ hypotheses }: Understood): string =>
  (hypotheses[0]?.words.join(' ') ?? '').replaceAll(/\boh\b/g, 'zero');
const matches = (result: Understood, text: string): boolean =>
  result.outcome === 'match' && said(result) === text.replaceAll(/\boh\b/g, 'zero');
const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

/** Processor time of this process: what others do to the machine does not count. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const decode = (model: WhisperModel, samples: Int16Array, grammar: CompiledGrammar | undefined): Promise<Understood> =>
  understand(model, samples, { language: 'en', kind: 'final', orFree: false, grammar }, never);

async function cost(model: WhisperModel, grammar: CompiledGrammar, spoken: readonly Utterance[]): Promise<void> {
  const figures: Record<string, unknown>[] = [];
  for (const seconds of [1, 2, 3, 5]) {
    const near = spoken
      .toSorted((a, b) => Math.abs(a.samples.length / 8000 - seconds) - Math.abs(b.samples.length / 8000 - seconds))
      .slice(0, 6);
    const times = { free: [] as number[], all: [] as number[] };
    for (let round = 0; round < ROUNDS; round++)
      for (const { samples } of near) {
        const began = cpuMs();
        await decode(model, samples, undefined);
        const freed = cpuMs();
        await decode(model, samples, grammar);
        times.free.push(freed - began);
        times.all.push(cpuMs() - freed);
      }
    figures.push({
      seconds,
      free_cpu_ms: Math.round(median(times.free)),
      all_passes_cpu_ms: Math.round(median(times.all)),
    });
  }
  console.table(figures);
}

async function accuracy(model: WhisperModel, grammar: CompiledGrammar, spoken: readonly Utterance[]): Promise<void> {
  const rows: Record<string, unknown>[] = [];
  for (const voice of new Set(spoken.map((utterance) => utterance.voice))) {
    const own = spoken.filter((utterance) => utterance.voice === voice);
    const row: Record<string, unknown> = { voice, utterances: own.length };
    for (const decibels of [Infinity, 15, 10, 5]) {
      let right = 0;
      let wrong = 0;
      for (const { samples, text } of own) {
        const result = await decode(model, decibels === Infinity ? samples : inNoise(samples, decibels), grammar);
        if (matches(result, text)) right++;
        else if (result.outcome === 'match') wrong++;
      }
      row[decibels === Infinity ? 'quiet' : `${decibels} dB`] = `${percent(right, own.length)} (${wrong} wrong)`;
    }
    rows.push(row);
  }
  console.table(rows);
}

/** Numbers of 7, 8 and 9 digits where eight are wanted: what is accepted of them. */
async function numbers(model: WhisperModel): Promise<void> {
  const grammar = compileGrammar(numbersOf(8), model.vocabulary, 'en');
  const rows: Record<string, unknown>[] = [];
  for (const person of ['george', 'jackson', 'nicolas']) {
    const row: Record<string, unknown> = { person };
    for (const length of [7, 8, 9]) {
      const counts = { right: 0, wrong: 0, sure: 0 };
      for (let count = 0; count < 20; count++) {
        const { samples, text } = spokenNumber(person, length);
        const result = await decode(model, samples, grammar);
        if (matches(result, text)) counts.right++;
        else if (result.outcome === 'match') {
          counts.wrong++;
          if ((result.hypotheses[0]?.confidence ?? 0) >= 0.7) counts.sure++;
        }
      }
      row[`${length} digits, of 20`] = `${counts.right} right, ${counts.wrong} wrong, ${counts.sure} of these sure`;
    }
    rows.push(row);
  }
  console.table(rows);
}

/** Each sentence against the half of the grammar that has it and the half that has not; people against both. */
async function rejection(
  model: WhisperModel,
  spoken: readonly Utterance[],
  people: readonly Utterance[],
): Promise<void> {
  const sentences = [...new Set(spoken.map(({ text }) => text))];
  const halves = [0, 1].map((half) => sentences.filter((_, at) => at % 2 === half));
  const grammars = halves.map((half, at) => compileGrammar(graphOf(`half ${at}`, half), model.vocabulary, 'en'));
  const inside: number[] = [];
  const outside: number[] = [];
  for (const { samples, text } of [...spoken, ...people])
    for (const [at, grammar] of grammars.entries()) {
      const result = await decode(model, samples, grammar);
      const confidence = result.hypotheses[0]?.confidence ?? 0;
      if (halves[at]?.includes(text) !== true) outside.push(confidence);
      else inside.push(said(result) === text.replaceAll(/\boh\b/g, 'zero') ? confidence : 0);
    }
  const share = (list: readonly number[], threshold: number): string =>
    percent(list.filter((confidence) => confidence >= threshold).length, list.length);
  console.table(
    [0.3, 0.5, 0.7, 0.9].map((threshold) => ({
      threshold,
      [`inside accepted, of ${inside.length}`]: share(inside, threshold),
      [`outside accepted, of ${outside.length}`]: share(outside, threshold),
    })),
  );
}

const all = utterances();
if (all.length === 0) console.log(`no test audio in ${SPEECH}: nothing to measure`);
else {
  const spoken = all.filter(({ synthetic }) => synthetic);
  const people = all.filter(({ synthetic }) => !synthetic);
  const model = await loadWhisper(await checkedModel(RECOGNIZER_PACKAGE), 1);
  const grammar = compileGrammar(graphOf('all', new Set(spoken.map(({ text }) => text))), model.vocabulary, 'en');
  await cost(model, grammar, all);
  await accuracy(model, grammar, spoken);
  if (existsSync(DIGITS)) await numbers(model);
  await rejection(model, spoken, people);
  await model.release();
}
