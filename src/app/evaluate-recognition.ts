import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { resampleTo8k } from '../audio/resample.ts';
import { parseWav } from '../audio/wav.ts';
import { compileGrammar, readGrammarLanguage } from '../dialogue/grammar/compile-grammar.ts';
import { wordGraph } from '../grammar/automaton/word-graph.ts';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { GrammarGraph } from '../domain/grammar-graph.ts';
import { cutAtPauses } from '../lab/evaluation/cut-at-pauses.ts';
import { editDistance } from '../lab/evaluation/edit-distance.ts';
import { type ManifestEntry, parseManifest } from '../lab/evaluation/manifest.ts';
import type { Logger } from '../lib/logger.ts';
import { comparableWords } from '../language/comparable-words.ts';
import { ENDS_AFTER_THOUSAND } from '../language/en/comparable-words.ts';
import { LINK } from '../language/en/number-words.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { openWhisper } from '../speech/engines/whisper/whisper.ts';
import type { Recognizer } from '../speech/recognizer.ts';
import type { Hypothesis } from '../speech/speech-service.ts';

export interface EvaluationOptions {
  readonly manifest: string;
  /** ABNF file or `builtin:…`; absent: free decoding. */
  readonly grammar?: string;
  /** BCP 47; absent: the grammar's, else en-US. */
  readonly language?: string;
}

/** Shares are of 1. With a grammar, word errors and sentences are those of the utterances that are sentences of it. */
export interface Evaluation {
  readonly language: string;
  readonly utterances: number;
  readonly wer?: number;
  readonly cer?: number;
  readonly sentenceAccuracy: number;
  /** Of what is in the grammar, the share that was not accepted; null without a grammar, or when nothing is. */
  readonly rejectedInGrammar: number | null;
  /** Of what is not in the grammar, the share that was accepted. */
  readonly acceptedOutOfGrammar: number | null;
  readonly inGrammar: number | null;
  readonly outOfGrammar: number | null;
  /** Taken for another language. */
  readonly otherLanguage: number;
  /** Of a match with a wrong sentence of the grammar. */
  readonly acceptedWrong: number | null;
  readonly secondsPerUtterance: number;
}

interface Scored {
  readonly inside: boolean;
  readonly accepted: boolean;
  readonly errors: number;
  readonly length: number;
  readonly otherLanguage: boolean;
  readonly seconds: number;
}

/** What is left around the speech of a manifest, in seconds: what the voice detector leaves. */
const AROUND = 0.2;

/**
 * Recognizes the utterances of a manifest one by one, as a line would, and counts errors.
 *
 * @throws IvrError MANIFEST_INVALID, GRAMMAR_INVALID, AUDIO_MALFORMED, USAGE (language), and as openWhisper
 */
export async function evaluateRecognition(
  options: EvaluationOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<Evaluation> {
  const entries = parseManifest(options.manifest, await textOf(options.manifest, 'MANIFEST_INVALID'));
  const grammar = options.grammar === undefined ? undefined : await grammarOf(options.grammar, options.language);
  const language = options.language ?? grammar?.language ?? 'en-US';
  await using recognizer = await openWhisper({ decoders: 1, threads: 1 }, logger);
  const primary = primaryLanguage(language);
  const spoken = primary === 'zh' ? 'zh' : 'en';
  const { languages } = recognizer.capabilities;
  if (!languages.includes(primary))
    throw new IvrError('USAGE', `--language ${language}: the recognizer knows ${languages.join(' and ')}`);
  const scored: Scored[] = [];
  for (const entry of entries) {
    const audio = await audioOf(options.manifest, entry);
    scored.push(await score(recognizer, entry, audio, { language, spoken, grammar: grammar?.graph }, signal));
  }
  return summed(scored, language, spoken, grammar !== undefined);
}

interface Task {
  readonly language: string;
  readonly spoken: 'en' | 'zh';
  readonly grammar: GrammarGraph | undefined;
}

async function score(
  recognizer: Recognizer,
  { text }: ManifestEntry,
  audio: Int16Array,
  { language, spoken, grammar }: Task,
  signal: AbortSignal,
): Promise<Scored> {
  const request = { language, orFree: false, kind: 'final', ...(grammar === undefined ? {} : { grammar }) } as const;
  const pieces = grammar === undefined ? cutAtPauses(audio) : [audio];
  const heard: string[] = [];
  let [accepted, otherLanguage, took] = [true, false, 0];
  for (const piece of pieces) {
    const { outcome, hypotheses, decode } = await recognizer.decode(piece, request, signal);
    const best: Hypothesis | undefined = hypotheses.find(({ unfinished }) => unfinished !== true);
    heard.push(best?.words.join(' ') ?? '');
    accepted &&= outcome === 'match';
    otherLanguage ||= outcome === 'other-language';
    took += decode;
  }
  const said = comparableWords(text, spoken);
  return {
    inside: grammar !== undefined && isSentence(grammar, said, spoken),
    accepted,
    errors: editDistance(said, comparableWords(heard.join(' '), spoken)),
    length: said.length,
    otherLanguage,
    seconds: took / 1000,
  };
}

function summed(scored: readonly Scored[], language: string, spoken: 'en' | 'zh', constrained: boolean): Evaluation {
  const inside = scored.filter((one) => one.inside);
  const outside = scored.filter((one) => !one.inside);
  const counted = constrained && inside.length > 0 ? inside : scored;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : rounded(part / whole));
  const errors = rounded(sum(counted.map((one) => one.errors)) / Math.max(1, sum(counted.map((one) => one.length))));
  return {
    language,
    utterances: scored.length,
    ...(spoken === 'zh' ? { cer: errors } : { wer: errors }),
    sentenceAccuracy: rounded(counted.filter((one) => one.errors === 0).length / counted.length),
    rejectedInGrammar: constrained ? share(inside.filter((one) => !one.accepted).length, inside.length) : null,
    acceptedOutOfGrammar: constrained ? share(outside.filter((one) => one.accepted).length, outside.length) : null,
    inGrammar: constrained ? inside.length : null,
    outOfGrammar: constrained ? outside.length : null,
    otherLanguage: scored.filter((one) => one.otherLanguage).length,
    acceptedWrong: constrained
      ? share(inside.filter((one) => one.accepted && one.errors > 0).length, inside.length)
      : null,
    secondsPerUtterance: rounded(sum(scored.map((one) => one.seconds)) / scored.length),
  };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/** Whether the graph has a sentence that compares equal. Words of the graph are compared as they are spelled out. */
function isSentence(graph: GrammarGraph, said: readonly string[], spoken: 'en' | 'zh'): boolean {
  // whole sentences are compared, since a number's digits depend on all of its words: "two hundred" and "two hundred five"
  let paths = new Map<number, Set<string>>([[graph.start, new Set([''])]]);
  const wanted = said.join(' ');
  for (let depth = 0; depth <= 2 * said.length + 4 && paths.size > 0; depth++) {
    const next = new Map<number, Set<string>>();
    for (const [node, texts] of paths) {
      const { arcs, final } = graph.nodes[node] ?? { arcs: [], final: false };
      for (const text of texts) {
        if (final && comparableWords(text, spoken).join(' ') === wanted) return true;
        for (const { word, to } of arcs) {
          const longer = `${text} ${word}`;
          // "one thousand five" may be 1005 or become 1500: it is judged when the next word is known
          const settled = ENDS_AFTER_THOUSAND.test(longer) ? text : longer;
          if (!mayBegin(comparableWords(settled, spoken), said)) continue;
          const there = next.get(to) ?? new Set<string>();
          next.set(to, there.add(longer));
        }
      }
    }
    paths = next;
  }
  return false;
}

/** Whether a sentence may still become the wanted one. Its last number may still grow, and "and" may belong to it. */
function mayBegin(begun: readonly string[], wanted: readonly string[]): boolean {
  const said = begun.at(-1) === LINK && wanted[begun.length - 1] !== LINK ? begun.slice(0, -1) : begun;
  const settled = said.findLastIndex((word) => !/^\d$/.test(word));
  return said.slice(0, settled + 1).every((word, at) => word === wanted[at]) && sameDigits(said, wanted, settled + 1);
}

/** Digits written so far stay, but for the zeros that stand for what is not said yet ("two hundred" is 200, then 205). */
function sameDigits(begun: readonly string[], wanted: readonly string[], from: number): boolean {
  const digits = begun.slice(from);
  const kept = digits.findLastIndex((digit) => digit !== '0');
  return digits.slice(0, kept + 1).every((digit, at) => digit === wanted[from + at]);
}

async function grammarOf(
  name: string,
  language: string | undefined,
): Promise<{ readonly graph: GrammarGraph; readonly language: string | undefined }> {
  const builtin = name.startsWith('builtin:');
  const folder = dirname(resolve(name));
  const texts = new Map<string, string>();
  const source = (file: string): string | undefined => texts.get(file);
  const reference = builtin ? name : basename(name);
  if (!builtin) texts.set(reference, await textOf(name, 'GRAMMAR_INVALID'));
  for (;;) {
    const missing = new Set<string>();
    const network = tryCompile(reference, language, (file) => {
      const text = source(file);
      if (text === undefined) missing.add(file);
      return text;
    });
    const unread = [...missing].filter((file) => !texts.has(file));
    if (unread.length === 0) {
      if (network instanceof Error) throw network;
      const text = texts.get(reference);
      return {
        graph: wordGraph(network),
        language: text === undefined ? undefined : readGrammarLanguage(reference, text),
      };
    }
    for (const file of unread) texts.set(file, await textOf(resolve(folder, file), 'GRAMMAR_INVALID'));
  }
}

function tryCompile(
  reference: string,
  language: string | undefined,
  source: (file: string) => string | undefined,
): ReturnType<typeof compileGrammar> | Error {
  try {
    return compileGrammar(reference, source, { file: '--grammar', line: 1, column: 1 }, language);
  } catch (thrown) {
    return asError(thrown);
  }
}

async function textOf(path: string, code: 'MANIFEST_INVALID' | 'GRAMMAR_INVALID'): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new IvrError(code, `cannot read ${path} (${systemCode(thrown) ?? 'unknown'})`, { file: path }, thrown);
  }
}

/** The speech of an utterance: 8 kHz, all channels mixed. */
async function audioOf(manifest: string, { file, line, speech }: ManifestEntry): Promise<Int16Array> {
  const path = resolve(dirname(resolve(manifest)), file);
  try {
    const { samples, rate } = parseWav(await readFile(path));
    const audio = resampleTo8k(mixed(samples), rate);
    if (speech === undefined) return audio;
    const from = Math.max(0, Math.round((speech.from - AROUND) * 8000));
    return audio.subarray(from, Math.min(audio.length, (speech.to + AROUND) * 8000));
  } catch (thrown) {
    const why = thrown instanceof IvrError ? thrown.message : `cannot read it (${systemCode(thrown) ?? 'unknown'})`;
    const code = thrown instanceof IvrError ? thrown.code : 'MANIFEST_INVALID';
    throw new IvrError(code, `${manifest}:${line}: ${path}: ${why}`, { file: path, line }, thrown);
  }
}

function mixed(channels: readonly Int16Array[]): Int16Array {
  const [first = new Int16Array(0), ...others] = channels;
  if (others.length === 0) return first;
  return first.map((sample, at) => others.reduce((sum, other) => sum + (other[at] ?? 0), sample) / channels.length);
}
