import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Letters and phonemes of the network, and the longest word. */
export interface WordGuesserTables {
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly maxlen: number;
}

export interface WordGuesser {
  /** @returns phonemes, stress included; empty for a word of foreign letters */
  guess(word: string): Promise<string>;
  release(): Promise<void>;
}

const BLANK = 0;

/**
 * How a word sounds that no lexicon has: a small network that gives one phoneme or a blank per step (CTC).
 * It remembers none: the word may be a caller's name.
 */
export async function openWordGuesser(
  weights: Uint8Array,
  tables: WordGuesserTables,
  options: InferenceSession.SessionOptions,
): Promise<WordGuesser> {
  const session = await InferenceSession.create(weights, options);
  const letters = new Map(tables.in.map((letter, index) => [letter, index + 1]));
  return {
    guess(word) {
      const ids = Array.from(word, (letter) => letters.get(letter) ?? 0).filter((id) => id > 0);
      return ids.length === 0 ? Promise.resolve('') : run(session, ids.slice(0, tables.maxlen), tables.out);
    },
    release: () => session.release(),
  };
}

async function run(session: InferenceSession, ids: readonly number[], phonemes: readonly string[]): Promise<string> {
  const chars = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
  const outputs = await session.run({ chars });
  const steps = outputs[session.outputNames[0] ?? '']?.data;
  let word = '';
  let previous = BLANK;
  for (const step of steps instanceof BigInt64Array ? steps : []) {
    const id = Number(step);
    if (id !== BLANK && id !== previous) word += phonemes[id - 1] ?? '';
    previous = id;
  }
  return word;
}
