import { type WallMs, wallMs } from '../../domain/units.ts';

/* What is counted for a queue, and for an agent, in a quarter of an hour. All durations are milliseconds. */

export const QUARTER_MS = 900_000;

export interface QueueCell {
  /** Entries that joined in it; all else of this cell is of those, whenever it happened. */
  joined: number;
  /** Of those, gave up before the limit of a short abandon. */
  short_abandoned: number;
  abandoned: number;
  answered: number;
  /** Answered within the limit of the service level. */
  answered_within: number;
  /** Sum, and longest, of the waits of those who were answered. */
  wait_ms: number;
  longest_wait_ms: number;
  handled: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number;
  /** Asked to be called back; they are in none of the numbers of those who waited on the line. */
  callbacks: number;
  /** Of those, were called and are there; and the sum of the times from asking, or from the appointment, until then. */
  callbacks_reached: number;
  callback_ms: number;
  /** Of those who joined, agents who asked for somebody to consult: no customers. */
  consults: number;
  cut_off: number;
  moved_out: number;
  refused: number;
  /** Of a known customer, and whether the same customer came to the same queue again within seven days. */
  known: number;
  came_again: number;
  satisfaction_answers: number;
  satisfaction_sum: number;
}

export interface AgentCell {
  offers: number;
  declined: number;
  missed: number;
  handled: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number;
  available_ms: number;
  /** Offered, or waiting for a customer who is called back. */
  ringing_ms: number;
  not_answering_ms: number;
  break_ms: number;
  signed_in_ms: number;
  satisfaction_answers: number;
  satisfaction_sum: number;
}

/** By `cellKey`. */
export interface ReadonlyCells {
  readonly queues: ReadonlyMap<string, QueueCell>;
  readonly agents: ReadonlyMap<string, AgentCell>;
}

export const emptyQueueCell = (): QueueCell => ({
  joined: 0,
  short_abandoned: 0,
  abandoned: 0,
  answered: 0,
  answered_within: 0,
  wait_ms: 0,
  longest_wait_ms: 0,
  handled: 0,
  talk_ms: 0,
  hold_ms: 0,
  wrap_up_ms: 0,
  callbacks: 0,
  callbacks_reached: 0,
  callback_ms: 0,
  consults: 0,
  cut_off: 0,
  moved_out: 0,
  refused: 0,
  known: 0,
  came_again: 0,
  satisfaction_answers: 0,
  satisfaction_sum: 0,
});

export const emptyAgentCell = (): AgentCell => ({
  offers: 0,
  declined: 0,
  missed: 0,
  handled: 0,
  talk_ms: 0,
  hold_ms: 0,
  wrap_up_ms: 0,
  available_ms: 0,
  ringing_ms: 0,
  not_answering_ms: 0,
  break_ms: 0,
  signed_in_ms: 0,
  satisfaction_answers: 0,
  satisfaction_sum: 0,
});

export const quarterOf = (at: WallMs): WallMs => wallMs(Math.floor(at / QUARTER_MS) * QUARTER_MS);

/** The sum of cells of one kind; what is a longest is the longest of all. */
export function summed<C extends QueueCell | AgentCell>(cells: readonly C[], empty: C): C {
  const total: Record<string, number> = { ...empty };
  for (const cell of cells)
    for (const [name, value] of Object.entries(cell) as [string, number][])
      total[name] = name.startsWith('longest') ? Math.max(total[name] ?? 0, value) : (total[name] ?? 0) + value;
  return total as unknown as C;
}

/** Cells by the same keys, added up. Neither map is changed. */
export function merged<C extends QueueCell | AgentCell>(
  some: ReadonlyMap<string, C>,
  more: ReadonlyMap<string, C>,
  empty: () => C,
): Map<string, C> {
  const all = new Map(some);
  for (const [key, cell] of more) addTo(all, key, cell, empty);
  return all;
}

/** The cell that is there is not changed: another one takes its place. */
export function addTo<C extends QueueCell | AgentCell>(
  cells: Map<string, C>,
  key: string,
  cell: C,
  empty: () => C,
): void {
  const before = cells.get(key);
  cells.set(key, before === undefined ? cell : summed([before, cell], empty()));
}
