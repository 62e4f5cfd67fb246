import { type Heard, type Logits, type MoonshineModel, normaliser, score } from './moonshine-model.ts';
import { END, VOCABULARY } from './tokens.ts';

export interface FreeResult {
  readonly tokens: readonly number[];
  /** Log-probability of the tokens and the end, given that something was said. */
  readonly logp: number;
}

/** Nobody speaks faster; a decoder that writes more is repeating itself. */
const TOKENS_PER_SECOND = 8;

/**
 * How sure the decoder is, before its first token, that nothing was said. Above -0.02 on noise and silence; synthetic
 * speech with long silences comes near it, conditioned utterances do not.
 */
export const logSilence = (first: Logits): number => score(first, 0, 0, END) - normaliser(first, 0, 0);

/** What a first token's log-probability is short of because some of it went to "nothing was said". */
export const firstStepGain = (first: Logits): number => -Math.log(Math.max(1e-3, 1 - Math.exp(logSilence(first))));

/** What running in circles takes from the log-probability. */
const REPETITION = 20;
const CIRCLE = { most: 8, times: 6 };

/** Whether the end of the text says the same over and over: six times is more than anybody says a digit. */
function repeats(tokens: readonly number[]): boolean {
  for (let period = 1; period <= CIRCLE.most; period++) {
    const from = tokens.length - period * CIRCLE.times;
    if (from >= 0 && tokens.slice(from + period).every((token, at) => token === tokens[from + at])) return true;
  }
  return false;
}

/** The most probable token at each step, at least one. */
export async function decodeFreely(
  model: MoonshineModel,
  heard: Heard,
  audioSeconds: number,
  signal: AbortSignal,
): Promise<FreeResult> {
  const tokens: number[] = [];
  const longest = 4 + Math.ceil(audioSeconds * TOKENS_PER_SECOND);
  let logits = heard.first;
  let memory = heard.memory;
  let logp = firstStepGain(heard.first);
  while (tokens.length < longest) {
    signal.throwIfAborted();
    const token = best(logits, tokens.length > 0);
    logp += score(logits, 0, 0, token) - normaliser(logits, 0, 0);
    if (token === END) break;
    tokens.push(token);
    if (repeats(tokens)) {
      logp -= REPETITION;
      break;
    }
    ({ logits, memory } = await model.feed(heard, memory, [[token]]));
  }
  return { tokens, logp };
}

function best({ data }: Logits, mayEnd: boolean): number {
  let token = -1;
  let highest = -Infinity;
  for (let id = 0; id < VOCABULARY; id++) {
    const value = data[id] ?? -Infinity;
    if (value > highest && (mayEnd || id !== END)) {
      highest = value;
      token = id;
    }
  }
  return token;
}
