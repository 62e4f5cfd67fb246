import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelFiles } from './model-files.ts';
import { BEGIN, VOCABULARY } from './tokens.ts';

/* Moonshine tiny: an encoder, and a decoder of 6 layers with 8 heads of 36 whose keys and values are kept between steps. */

const LAYERS = 6;
const HEADS = 8;
const HEAD = 36;
const PARTS = Array.from({ length: LAYERS }, (_, layer) => [`${layer}.K.key`, `${layer}.K.value`]).flat();
const name = (part: string, side: 'encoder' | 'decoder'): string => part.replace('K', side);

/** What the decoder remembers of the tokens it was fed: [rows, heads, length, head] per part. */
export interface Memory {
  readonly rows: number;
  readonly length: number;
  readonly parts: readonly Tensor[];
}

/** One utterance, encoded; and the decoder's first step, which every decoding of it begins with. */
export interface Heard {
  /** Log-probability row of the first token. */
  readonly first: Logits;
  readonly memory: Memory;
  /** Encoder states and cross-attention memory for so many rows; made once for each count. */
  readonly sides: Map<number, readonly [hidden: Tensor, ...parts: Tensor[]]>;
}

/** Scores before the soft-max, [rows, width, vocabulary]. */
export interface Logits {
  readonly data: Float32Array;
  readonly width: number;
}

export interface MoonshineModel {
  /** @param audio - 16 kHz mono, -1…1 */
  hear(audio: Float32Array): Promise<Heard>;
  /**
   * Feeds each row the same number of tokens; shorter rows are padded at their right end, and the caller takes no notice of
   * what comes of the padding.
   *
   * @param tokens - [rows, width]
   */
  feed(
    heard: Heard,
    memory: Memory,
    tokens: readonly (readonly number[])[],
  ): Promise<{ readonly logits: Logits; readonly memory: Memory }>;
  release(): Promise<void>;
}

export async function loadMoonshine(files: ModelFiles, threads: number): Promise<MoonshineModel> {
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  };
  const encoder = await InferenceSession.create(files.encoder, options);
  const decoder = await InferenceSession.create(files.decoder, options);

  const step = async (
    hidden: Tensor,
    past: Readonly<Record<string, Tensor>>,
    tokens: readonly (readonly number[])[],
    begun: boolean,
  ): Promise<InferenceSession.ReturnType> => {
    const width = tokens[0]?.length ?? 0;
    const ids = BigInt64Array.from(tokens.flat(), BigInt);
    return decoder.run({
      input_ids: new Tensor('int64', ids, [tokens.length, width]),
      encoder_hidden_states: hidden,
      use_cache_branch: new Tensor('bool', Uint8Array.of(begun ? 1 : 0), [1]),
      ...past,
    });
  };

  return {
    async hear(audio) {
      const hidden = tensor(
        await encoder.run({ input_values: new Tensor('float32', audio, [1, audio.length]) }),
        'last_hidden_state',
      );
      const empty = new Tensor('float32', new Float32Array(0), [1, HEADS, 0, HEAD]);
      const past = Object.fromEntries(
        PARTS.flatMap((part) =>
          [`past_key_values.${name(part, 'decoder')}`, `past_key_values.${name(part, 'encoder')}`].map((key) => [
            key,
            empty,
          ]),
        ),
      );
      const out = await step(hidden, past, [[BEGIN]], false);
      const cross = PARTS.map((part) => tensor(out, `present.${name(part, 'encoder')}`));
      return { first: logitsOf(out, 1), memory: memoryOf(out, 1, 1), sides: new Map([[1, [hidden, ...cross]]]) };
    },
    async feed(heard, memory, tokens) {
      const [hidden, ...cross] = sidesFor(heard, tokens.length);
      const past: Record<string, Tensor> = {};
      for (const [index, part] of PARTS.entries()) {
        const own = memory.parts[index];
        const side = cross[index];
        if (own !== undefined) past[`past_key_values.${name(part, 'decoder')}`] = own;
        if (side !== undefined) past[`past_key_values.${name(part, 'encoder')}`] = side;
      }
      const width = tokens[0]?.length ?? 0;
      const out = await step(hidden, past, tokens, true);
      return { logits: logitsOf(out, width), memory: memoryOf(out, tokens.length, memory.length + width) };
    },
    async release() {
      await encoder.release();
      await decoder.release();
    },
  };
}

/** Rows of a memory in a new order, each cut to its first `length` tokens. Copies nothing when nothing changes. */
export function recall(memory: Memory, rows: readonly number[], length: number): Memory {
  if (length === memory.length && rows.length === memory.rows && rows.every((row, index) => row === index))
    return memory;
  const parts = memory.parts.map((part) => {
    const source = floats(part);
    const target = new Float32Array(rows.length * HEADS * length * HEAD);
    let offset = 0;
    for (const row of rows)
      for (let head = 0; head < HEADS; head++) {
        const from = (row * HEADS + head) * memory.length * HEAD;
        target.set(source.subarray(from, from + length * HEAD), offset);
        offset += length * HEAD;
      }
    return new Tensor('float32', target, [rows.length, HEADS, length, HEAD]);
  });
  return { rows: rows.length, length, parts };
}

/**
 * The logarithm of the sum over the vocabulary that turns a row of scores into log-probabilities.
 * What is more than 16 below the best adds less than 0.4 % and is left out.
 */
export function normaliser({ data, width }: Logits, row: number, position: number): number {
  const from = (row * width + position) * VOCABULARY;
  const scores = data.subarray(from, from + VOCABULARY);
  let best = -Infinity;
  for (const score of scores) if (score > best) best = score;
  let sum = 0;
  for (const score of scores) if (score > best - 16) sum += Math.exp(score - best);
  return best + Math.log(sum);
}

export const score = ({ data, width }: Logits, row: number, position: number, token: number): number =>
  data[(row * width + position) * VOCABULARY + token] ?? -Infinity;

function sidesFor(heard: Heard, rows: number): readonly [Tensor, ...Tensor[]] {
  const known = heard.sides.get(rows);
  if (known !== undefined) return known;
  const single = heard.sides.get(1);
  if (single === undefined) throw new TypeError('an utterance without its encoding');
  const [hidden, ...parts] = single;
  const made: readonly [Tensor, ...Tensor[]] = [repeated(hidden, rows), ...parts.map((part) => repeated(part, rows))];
  heard.sides.set(rows, made);
  return made;
}

function repeated(source: Tensor, rows: number): Tensor {
  const data = floats(source);
  const target = new Float32Array(data.length * rows);
  for (let row = 0; row < rows; row++) target.set(data, row * data.length);
  return new Tensor('float32', target, [rows, ...source.dims.slice(1)]);
}

const memoryOf = (out: InferenceSession.ReturnType, rows: number, length: number): Memory => ({
  rows,
  length,
  parts: PARTS.map((part) => tensor(out, `present.${name(part, 'decoder')}`)),
});
const logitsOf = (out: InferenceSession.ReturnType, width: number): Logits => ({
  data: floats(tensor(out, 'logits')),
  width,
});

function tensor(out: InferenceSession.ReturnType, output: string): Tensor {
  const found = out[output];
  if (found instanceof Tensor) return found;
  throw new TypeError(`the model has no output ${output}`);
}

function floats(source: Tensor): Float32Array {
  if (source.data instanceof Float32Array) return source.data;
  throw new TypeError(`the model gave ${source.type}, not float32`);
}
