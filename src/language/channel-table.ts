/** What is heard for what is said, as log-likelihood ratios in nats (`src/identity/evidence/channel.ts` scores with it). */
export interface ChannelTable {
  /** Lines of a symbol said and what it is heard as: `b b=3.1 d=0.4`. What is not listed scores `otherwise`. */
  readonly rows: string;
  readonly otherwise: number;
  /** A symbol heard that was not said. */
  readonly insertion: number;
  /** A symbol said that was not heard. */
  readonly deletion: number;
  /** The same at either end, where recordings begin late and recognizers stop early. */
  readonly cutOff: number;
}

/** What is assumed where nothing was counted. */
export interface Assumed {
  /** Each once. */
  readonly symbols: string;
  /** Groups of symbols that are taken for one another. */
  readonly alike: readonly string[];
  /** Probability that a symbol is heard as itself, and as one that is like it. */
  readonly right: number;
  readonly confused: number;
}

/** Probability that `heard` is heard when `said` was said. */
export function assumedProbability({ symbols, alike, right, confused }: Assumed, said: string, heard: string): number {
  if (said === heard) return right;
  const others = new Set(alike.filter((group) => group.includes(said)).flatMap((group) => Array.from(group)));
  others.delete(said);
  return (1 - right - confused) / symbols.length + (others.has(heard) ? confused / others.size : 0);
}

/** Rows for a channel that nobody has counted, all symbols alike frequent. */
export const assumedRows = (assumed: Assumed): string =>
  Array.from(assumed.symbols, (said) => {
    const entries = Array.from(assumed.symbols, (heard) => {
      const score = Math.log(assumedProbability(assumed, said, heard) * assumed.symbols.length);
      return score > -2 ? ` ${heard}=${score.toFixed(1)}` : '';
    });
    return `${said}${entries.join('')}`;
  }).join('\n');
