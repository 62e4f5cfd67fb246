import type { ChannelTable } from '../../language/channel-table.ts';

/*
 * What happens between a caller who says symbols (letters, digits, sounds) and the recognizer that writes them down: a noisy channel. Its
 * scores are log-likelihood ratios in nats: how much likelier what was heard is when this was said than when something else was.
 */

const SYMBOLS = 128;

export interface Channel {
  /** By the codes (ASCII) of the symbol said and the symbol heard. */
  readonly taken: Float32Array;
  /** A symbol heard that was not said. */
  readonly insertion: number;
  /** A symbol said that was not heard. */
  readonly deletion: number;
  /** The same at either end, where recordings begin late and recognizers stop early. */
  readonly cutOff: number;
}

export function channelOf({ rows, otherwise, insertion, deletion, cutOff }: ChannelTable): Channel {
  const taken = new Float32Array(SYMBOLS * SYMBOLS).fill(otherwise);
  for (const row of rows.trim().split('\n')) {
    const [said = '', ...heard] = row.trim().split(/\s+/);
    for (const entry of heard)
      taken[said.charCodeAt(0) * SYMBOLS + entry.charCodeAt(0)] = Number(entry.slice(entry.indexOf('=') + 1));
  }
  return { taken, insertion, deletion, cutOff };
}

/** @returns for each k: the score of `said` when the first k symbols heard are all that was heard of it */
export function prefixScores(said: string, heard: string, channel: Channel): Float32Array {
  const length = heard.length;
  let before = new Float32Array(length + 1);
  let now = new Float32Array(length + 1);
  const { taken, insertion, deletion, cutOff } = channel;
  for (let k = 0; k <= length; k++) before[k] = k * insertion;
  for (let i = 0; i < said.length; i++) {
    const row = said.charCodeAt(i) * SYMBOLS;
    now[0] = (before[0] ?? 0) + cutOff;
    for (let k = 0; k < length; k++) {
      const kept = (before[k] ?? 0) + (taken[row + heard.charCodeAt(k)] ?? 0);
      const gone = (before[k + 1] ?? 0) + (k + 1 === length ? cutOff : deletion);
      const more = (now[k] ?? 0) + insertion;
      now[k + 1] = kept > gone ? (kept > more ? kept : more) : gone > more ? gone : more;
    }
    [before, now] = [now, before];
  }
  return before;
}

let [one, other] = [new Float32Array(64), new Float32Array(64)];

/** The last of `prefixScores`: the score when all that was heard is `said`. For thousands of numbers that are compared once, without a new array for each. */
export function wholeScore(said: string, heard: string, { taken, insertion, deletion, cutOff }: Channel): number {
  const length = heard.length;
  if (one.length <= length) [one, other] = [new Float32Array(2 * length), new Float32Array(2 * length)];
  let [before, now] = [one, other];
  for (let k = 0; k <= length; k++) before[k] = k * insertion;
  for (let i = 0; i < said.length; i++) {
    const row = said.charCodeAt(i) * SYMBOLS;
    now[0] = (before[0] ?? 0) + cutOff;
    for (let k = 0; k < length; k++) {
      const kept = (before[k] ?? 0) + (taken[row + heard.charCodeAt(k)] ?? 0);
      const gone = (before[k + 1] ?? 0) + (k + 1 === length ? cutOff : deletion);
      const more = (now[k] ?? 0) + insertion;
      now[k + 1] = kept > gone ? (kept > more ? kept : more) : gone > more ? gone : more;
    }
    [before, now] = [now, before];
  }
  return before[length] ?? -Infinity;
}

export const reversed = (text: string): string => Array.from(text).toReversed().join('');

/** @returns for each k: the score of `said` when all that was heard of it is what comes after the first k symbols */
export const suffixScores = (said: string, heard: string, channel: Channel): Float32Array =>
  prefixScores(reversed(said), reversed(heard), channel).toReversed();

/** Two parts, one after the other: the best place between them. */
export function joinedScore(first: Float32Array, second: Float32Array): number {
  let best = -Infinity;
  for (let k = 0; k < first.length; k++) {
    const score = (first[k] ?? 0) + (second[k] ?? 0);
    if (score > best) best = score;
  }
  return best;
}
