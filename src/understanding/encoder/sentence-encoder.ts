import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Tokenizer } from './word-piece.ts';

/** Sentences to vectors: those that mean nearly the same lie near each other. */
export interface SentenceEncoder {
  /** Length of a vector. */
  readonly size: number;
  /** @returns of length 1 (L2) */
  readonly encode: (words: string) => Promise<Float32Array>;
  readonly release: () => Promise<void>;
}

/**
 * An ONNX graph with inputs `input_ids` and `attention_mask` (int64 [batch, pieces]) and an output `embedding`
 * (float32 [batch, size], mean of the last layer, of length 1). One thread; a run of a sentence takes 1 to 3 ms of it.
 */
export async function openSentenceEncoder(graph: Uint8Array, tokenizer: Tokenizer): Promise<SentenceEncoder> {
  const session = await InferenceSession.create(graph, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  const encode = async (words: string): Promise<Float32Array> => {
    const ids = tokenizer.ids(words);
    const shape = [1, ids.length];
    const { embedding } = await session.run(
      {
        input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
        attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
      },
      ['embedding'],
    );
    if (!(embedding?.data instanceof Float32Array)) throw new Error('the encoder has no output `embedding` of float32');
    return embedding.data;
  };
  const { length: size } = await encode('');
  return { size, encode, release: () => session.release() };
}
