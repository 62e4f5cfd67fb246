import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWav } from '../src/audio/wav.ts';
import type { GrammarGraph } from '../src/domain/grammar-graph.ts';
import { decodeInGrammar } from '../src/speech/engines/moonshine/beam-decoding.ts';
import { conditionUtterance } from '../src/speech/engines/moonshine/condition-utterance.ts';
import { decodeFreely } from '../src/speech/engines/moonshine/free-decoding.ts';
import { findModel } from '../src/speech/engines/moonshine/model-files.ts';
import { loadMoonshine, type MoonshineModel } from '../src/speech/engines/moonshine/moonshine-model.ts';
import { TokenAutomaton } from '../src/speech/engines/moonshine/token-automaton.ts';
import { type Understood, understand } from '../src/speech/engines/moonshine/understand.ts';
import { testData } from '../test/support/test-data.ts';

/*
 * Cost of a decode by length of the utterance; sentences understood by voice, with and without noise; digits; and how well
 * confidences tell speech inside of a grammar from speech outside. Wants the test audio (TELLERLINE_TEST_DATA).
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
const arcsTo = (to: number): { word: string; to: number }[] => [...NAMES, 'oh'].map((word) => ({ word, to }));
const anyDigits: GrammarGraph = {
  key: 'digits',
  start: 0,
  nodes: [
    { arcs: arcsTo(1), final: false },
    { arcs: arcsTo(1), final: true },
  ],
};

let seed = 1;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

/** Spoken digits of one person, 150 to 250 ms apart. */
function spokenNumber(person: string, length: number): Utterance {
  const files = readdirSync(DIGITS);
  const digits = Array.from({ length }, () => Math.floor(random() * 10));
  const parts = digits.flatMap((digit) => {
    const own = files.filter((file) => file.startsWith(`${digit}_${person}_`));
    const [samples = new Int16Array(0)] = parseWav(
      readFileSync(join(DIGITS, own[Math.floor(random() * own.length)] ?? '')),
    ).samples;
    return [...samples, ...new Int16Array(Math.round(8000 * (0.15 + 0.1 * random())))];
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

async function cost(model: MoonshineModel, automaton: TokenAutomaton, spoken: readonly Utterance[]): Promise<void> {
  const figures: Record<string, unknown>[] = [];
  for (const seconds of [1, 2, 3, 5]) {
    const near = [...spoken]
      .sort(
        (a, b) =>
          Math.abs(conditionUtterance(a.samples).seconds - seconds) -
          Math.abs(conditionUtterance(b.samples).seconds - seconds),
      )
      .slice(0, 6);
    const sums = { encode: 0, free: 0, grammar: 0 };
    for (let round = 0; round < ROUNDS; round++)
      for (const { samples } of near) {
        const { audio, spokenSeconds } = conditionUtterance(samples);
        const began = cpuMs();
        const heard = await model.hear(audio);
        const encoded = cpuMs();
        await decodeFreely(model, heard, seconds, never);
        const freed = cpuMs();
        await decodeInGrammar(
          model,
          heard,
          automaton,
          {
            beam: 5,
            width: 12,
            spread: 3,
            reward: { perWord: 2, words: 2 * spokenSeconds },
            longest: 6 + 10 * seconds,
          },
          never,
        );
        sums.encode += encoded - began;
        sums.free += freed - encoded;
        sums.grammar += cpuMs() - freed;
      }
    const each = ROUNDS * near.length;
    figures.push({
      seconds,
      encoder_cpu_ms: Math.round(sums.encode / each),
      free_cpu_ms: Math.round(sums.free / each),
      beam_cpu_ms: Math.round(sums.grammar / each),
    });
  }
  console.table(figures);
}

async function accuracy(model: MoonshineModel, automaton: TokenAutomaton, spoken: readonly Utterance[]): Promise<void> {
  const rows: Record<string, unknown>[] = [];
  for (const voice of new Set(spoken.map((utterance) => utterance.voice))) {
    const own = spoken.filter((utterance) => utterance.voice === voice);
    const row: Record<string, unknown> = { voice, utterances: own.length };
    for (const decibels of [Infinity, 15, 10, 5]) {
      let right = 0;
      let wrong = 0;
      for (const { samples, text } of own) {
        const result = await understand(
          model,
          decibels === Infinity ? samples : inNoise(samples, decibels),
          { orFree: false },
          automaton,
          never,
        );
        if (matches(result, text)) right++;
        else if (result.outcome === 'match') wrong++;
      }
      row[decibels === Infinity ? 'quiet' : `${decibels} dB`] = `${percent(right, own.length)} (${wrong} wrong)`;
    }
    rows.push(row);
  }
  console.table(rows);
}

async function digits(model: MoonshineModel): Promise<void> {
  const automaton = new TokenAutomaton(anyDigits);
  const rows: Record<string, unknown>[] = [];
  for (const person of ['george', 'jackson', 'nicolas']) {
    const row: Record<string, unknown> = { person };
    for (const length of [4, 8, 16]) {
      let right = 0;
      for (let count = 0; count < 10; count++) {
        const { samples, text } = spokenNumber(person, length);
        if (matches(await understand(model, samples, { orFree: false }, automaton, never), text)) right++;
      }
      row[`${length} digits`] = percent(right, 10);
    }
    rows.push(row);
  }
  console.table(rows);
}

/** Each sentence against the half of the grammar that has it and the half that has not; people against both. */
async function rejection(
  model: MoonshineModel,
  spoken: readonly Utterance[],
  people: readonly Utterance[],
): Promise<void> {
  const sentences = [...new Set(spoken.map(({ text }) => text))];
  const halves = [0, 1].map((half) => sentences.filter((_, at) => at % 2 === half));
  const automata = halves.map((half, at) => new TokenAutomaton(graphOf(`half ${at}`, half)));
  const inside: number[] = [];
  const outside: number[] = [];
  for (const { samples, text } of [...spoken, ...people])
    for (const [at, automaton] of automata.entries()) {
      const result = await understand(model, samples, { orFree: false }, automaton, never);
      const confidence = result.hypotheses[0]?.confidence ?? 0;
      if (halves[at]?.includes(text) !== true) outside.push(confidence);
      else inside.push(said(result) === text.replaceAll(/\boh\b/g, 'zero') ? confidence : 0);
    }
  let above = 0;
  for (const a of inside) for (const b of outside) above += a > b ? 1 : a === b ? 0.5 : 0;
  const share = (list: readonly number[], threshold: number): string =>
    percent(list.filter((confidence) => confidence >= threshold).length, list.length);
  console.table(
    [0.1, 0.3, 0.5, 0.7, 0.9].map((threshold) => ({
      threshold,
      'inside accepted': share(inside, threshold),
      'outside accepted': share(outside, threshold),
    })),
  );
  console.log(
    `inside ${inside.length}, outside ${outside.length}, area under the curve ${(above / (inside.length * outside.length)).toFixed(4)}`,
  );
}

const all = utterances();
if (all.length === 0) console.log(`no test audio in ${SPEECH}: nothing to measure`);
else {
  const spoken = all.filter(({ synthetic }) => synthetic);
  const people = all.filter(({ synthetic }) => !synthetic);
  const automaton = new TokenAutomaton(graphOf('all', new Set(spoken.map(({ text }) => text))));
  const model = await loadMoonshine(findModel(), 1);
  await cost(model, automaton, all);
  await accuracy(model, automaton, spoken);
  if (existsSync(DIGITS)) await digits(model);
  await rejection(model, spoken, people);
  await model.release();
}
