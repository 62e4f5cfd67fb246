import type { Heard } from './heard.ts';
import type { Memory, WhisperModel } from './whisper-model.ts';

/** A token that is written behind what a row of the memory holds. */
export interface Continuation {
  readonly row: number;
  readonly token: number;
}

/**
 * A way of decoding. A step reads all weights of the model, whatever it is fed: ways that share their steps cost little more
 * than one of them.
 */
export interface Decoding {
  /**
   * @param scores - log-probabilities of the next token, [vocabulary], by row of the memory
   * @returns what to write next; nothing when it is done
   */
  advance(scores: readonly Float32Array[]): readonly Continuation[];
  /** @param rows - of the memory, in the order of what was returned last */
  continued(rows: readonly number[]): void;
}

/**
 * Decodes an utterance in several ways until all are done, or `enough` is known.
 *
 * @throws the reason of `signal`, between two steps
 */
export async function decodeTogether(
  model: WhisperModel,
  heard: Heard,
  decodings: readonly Decoding[],
  signal: AbortSignal,
  enough: () => boolean = () => false,
): Promise<void> {
  let scores: readonly Float32Array[] = [heard.scores];
  let memory: Memory = heard.memory;
  for (let written = 0; written < heard.longest; written++) {
    const wanted = decodings.map((decoding) => decoding.advance(scores));
    const rows = distinct(wanted.flat());
    if (rows.length === 0 || enough()) return;
    signal.throwIfAborted();
    const step = await model.step(
      heard.encoding,
      memory,
      rows.map(({ token }) => token),
      rows.map(({ row }) => row),
    );
    memory = step.memory;
    scores = step.scores;
    for (const [at, decoding] of decodings.entries())
      decoding.continued((wanted[at] ?? []).map((one) => rows.findIndex((row) => isSame(row, one))));
  }
}

const isSame = (one: Continuation, other: Continuation): boolean => one.row === other.row && one.token === other.token;

/** Ways that have written the same share a row. */
function distinct(wanted: readonly Continuation[]): readonly Continuation[] {
  const rows: Continuation[] = [];
  for (const one of wanted) if (!rows.some((row) => isSame(row, one))) rows.push(one);
  return rows;
}
