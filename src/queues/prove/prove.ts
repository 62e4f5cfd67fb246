import { ChainCheck } from './chain-check.ts';
import type { Fault } from './journal-row.ts';
import { OrderCheck } from './order-check.ts';

export interface Proof {
  readonly proven: boolean;
  readonly rows: number;
  /** Entries that joined: calls and callbacks. */
  readonly calls: number;
  readonly answered: number;
  readonly callbacks: number;
  /** Entries that had not ended with the journal. */
  readonly open: number;
  readonly overtakings: number;
  readonly doubleAnswers: number;
  readonly stuck: number;
  readonly lost: number;
  /** In the order of the rows; when rows are missing, changed, doubled or misplaced, those alone. */
  readonly faults: readonly Fault[];
}

/**
 * Reads a journal of queues and nothing else: whether it is whole, and whether, by what it tells, nobody was overtaken by a later one of the
 * same rules, answered twice, or lost; no agent was stuck; and every callback and every place that was promised was kept.
 *
 * @param lines - of the file
 */
export async function prove(lines: AsyncIterable<string> | Iterable<string>): Promise<Proof> {
  const chain = new ChainCheck();
  const order = new OrderCheck();
  let line = 0;
  for await (const each of lines) {
    line += 1;
    const row = chain.take(each);
    if (row !== undefined) order.take(row, line);
  }
  chain.end();
  const intact = chain.faults.length === 0;
  if (intact) order.end(chain.writtenAt);
  const faults = intact ? order.faults : chain.faults;
  const count = (...kinds: readonly Fault['kind'][]): number =>
    order.faults.filter(({ kind }) => kinds.includes(kind)).length;
  return {
    proven: faults.length === 0,
    rows: chain.rows,
    calls: order.calls,
    answered: order.answered,
    callbacks: order.callbacks,
    open: order.waiting,
    overtakings: count('overtaken'),
    doubleAnswers: count('answered-twice', 'called-twice'),
    stuck: count('stuck'),
    lost: count('lost', 'place-lost'),
    faults,
  };
}
