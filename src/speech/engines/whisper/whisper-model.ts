import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type LogMel, MEL_BANDS } from './log-mel.ts';
import type { ShownPlaces } from './shown-silence.ts';
import { Vocabulary } from './vocabulary.ts';

/*
 * Whisper base as two graphs: an encoder, whose keys and values for cross-attention all decoding of an utterance shares, and
 * one step of a decoder of 6 layers with 8 heads of 64 whose own keys and values are kept between steps.
 */

const LAYERS = 6;
const HEADS = 8;
const HEAD = 64;
const PARTS = Array.from({ length: LAYERS }, (_, layer) => [`k_${layer}`, `v_${layer}`]).flat();
/** What a decoder can remember. */
export const LONGEST_CONTEXT = 224;

/** One utterance, encoded. */
export type Encoding = Readonly<Record<string, Tensor>>;

/** What the decoder remembers of the tokens that it was fed, a row for each hypothesis. */
export interface Memory {
  readonly length: number;
  readonly parts: Readonly<Record<string, Tensor>>;
}

export interface Step {
  /** Log-probabilities of the token behind the last one, [vocabulary], by row; of one row, behind each token that was asked about. */
  readonly scores: readonly Float32Array[];
  readonly memory: Memory;
}

export interface WhisperModel {
  readonly vocabulary: Vocabulary;
  /** @param places - where each two frames lie */
  encode(mel: LogMel, places: ShownPlaces): Promise<Encoding>;
  /**
   * Begins a sentence, one row.
   *
   * @param asked - places among the tokens behind which the scores are wanted
   */
  begin(encoding: Encoding, tokens: readonly number[], asked: readonly number[]): Promise<Step>;
  /**
   * Feeds each row a token.
   *
   * @param tokens - by row
   * @param continued - the row of the memory that each row continues
   */
  step(encoding: Encoding, memory: Memory, tokens: readonly number[], continued: readonly number[]): Promise<Step>;
  /**
   * Feeds the one row several tokens.
   *
   * @returns the scores behind each of them; the memory of all
   */
  follow(encoding: Encoding, memory: Memory, tokens: readonly number[]): Promise<Step>;
  /**
   * Weighs whole sentences in one step.
   *
   * @param sentences - tokens; each continues the first row of the memory
   * @returns by sentence, behind each of its tokens, the log-probabilities of the next one, [vocabulary]
   */
  weigh(
    encoding: Encoding,
    memory: Memory,
    sentences: readonly (readonly number[])[],
  ): Promise<readonly (readonly Float32Array[])[]>;
  release(): Promise<void>;
}

/** @param folder - of the model package, its files checked */
export async function loadWhisper(folder: string, threads: number): Promise<WhisperModel> {
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // threads that wait for each other in a loop take a core from the callers' audio
    extra: { session: { 'intra_op.allow_spinning': '0' } },
  };
  const vocabulary = new Vocabulary(await readFile(join(folder, 'tokens.json'), 'utf8'));
  const encoder = await InferenceSession.create(join(folder, 'encoder.onnx'), options);
  const decoder = await InferenceSession.create(join(folder, 'decoder.onnx'), options);
  const nothing = new Tensor('float32', new Float32Array(0), [1, HEADS, 0, HEAD]);
  const empty = Object.fromEntries(PARTS.map((part) => [`past_${part}`, nothing]));

  const run = async (
    encoding: Encoding,
    memory: Memory | undefined,
    tokens: Tensor,
    continued: readonly number[],
    asked: readonly number[],
  ): Promise<Step> => {
    const out = await decoder.run({
      ...encoding,
      ...(memory?.parts ?? empty),
      tokens,
      beam: integers(continued, [continued.length]),
      asked: integers(asked, [asked.length]),
    });
    const logp = floats(tensor(out, 'logp'));
    const { size } = vocabulary;
    return {
      scores: Array.from({ length: logp.length / size }, (_, row) => logp.subarray(row * size, (row + 1) * size)),
      memory: {
        length: (memory?.length ?? 0) + (tokens.dims[1] ?? 0),
        parts: Object.fromEntries(PARTS.map((part) => [`past_${part}`, tensor(out, `new_${part}`)])),
      },
    };
  };
  return {
    vocabulary,
    async encode({ data, frames }, { positions, counts }) {
      const out = await encoder.run({
        mel: new Tensor('float32', data, [1, MEL_BANDS, frames]),
        positions: new Tensor('float32', positions, [positions.length]),
        counts: new Tensor('float32', counts, [counts.length]),
      });
      return Object.fromEntries(['bias', ...PARTS].map((part) => [`cross_${part}`, tensor(out, `cross_${part}`)]));
    },
    begin: (encoding, tokens, asked) => run(encoding, undefined, integers(tokens, [1, tokens.length]), [0], asked),
    step: (encoding, memory, tokens, continued) =>
      run(encoding, memory, integers(tokens, [tokens.length, 1]), continued, [0]),
    follow: (encoding, memory, tokens) =>
      run(encoding, memory, integers(tokens, [1, tokens.length]), [0], [...tokens.keys()]),
    async weigh(encoding, memory, sentences) {
      const longest = Math.max(...sentences.map(({ length }) => length));
      // what stands behind the end of a shorter one is not looked at
      const tokens = sentences.flatMap((sentence) =>
        Array.from({ length: longest }, (_, at) => sentence[at] ?? vocabulary.end),
      );
      const { scores } = await run(
        encoding,
        memory,
        integers(tokens, [sentences.length, longest]),
        sentences.map(() => 0),
        Array.from({ length: longest }, (_, at) => at),
      );
      return sentences.map(({ length }, row) => scores.slice(row * longest, row * longest + length));
    },
    async release() {
      await encoder.release();
      await decoder.release();
    },
  };
}

/**
 * What a memory of one row holds of its first tokens: those behind were not written after all.
 *
 * @param length - tokens that stay
 */
export function shortened(memory: Memory, length: number): Memory {
  const parts = Object.entries(memory.parts).map(([name, part]) => {
    const all = floats(part);
    const kept = new Float32Array(HEADS * length * HEAD);
    for (let head = 0; head < HEADS; head++) {
      const from = head * memory.length * HEAD;
      kept.set(all.subarray(from, from + length * HEAD), head * length * HEAD);
    }
    return [name, new Tensor('float32', kept, [1, HEADS, length, HEAD])] as const;
  });
  return { length, parts: Object.fromEntries(parts) };
}

const integers = (values: readonly number[], dims: readonly number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);

function tensor(out: InferenceSession.ReturnType, output: string): Tensor {
  const found = out[output];
  if (found instanceof Tensor) return found;
  throw new TypeError(`the model has no output ${output}`);
}

function floats(source: Tensor): Float32Array {
  if (source.data instanceof Float32Array) return source.data;
  throw new TypeError(`the model gave ${source.type}, not float32`);
}
