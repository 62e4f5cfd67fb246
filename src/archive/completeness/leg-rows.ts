import type { WallMs } from '../../domain/units.ts';
import type { Knex } from 'knex';
import { firstIdAt } from '../index/partitions.ts';
import type { ArchiveState } from '../../domain/archive-state.ts';
import type { ReconciledLeg } from './judge-leg.ts';

/**
 * The record of a leg takes from the journal when its call was answered and ended: so it outlives the journal, and no event
 * can be missed.
 *
 * @param from - legs that were offered since, Unix ms
 */
export async function settleLegs(knex: Knex, from: number): Promise<void> {
  const ofCall = (column: string) =>
    knex.raw(`(select c.${column} from "call" as c where c.contact = archive_leg.contact)`);
  await knex('archive_leg')
    .where('offered_at', '>=', from)
    .whereNull('ended_at')
    .whereIn(
      'contact',
      knex('call')
        .whereNotNull('ended_at')
        .where('offered_at', '>=', from - EARLIER_MS)
        .select('contact'),
    )
    .update({ answered_at: ofCall('answered_at'), ended_at: ofCall('ended_at') });
}

/** A call is offered before its leg is written; clocks may be set in between. */
const EARLIER_MS = 3_600_000;

interface Row {
  readonly contact: string;
  readonly recording: string | null;
  readonly answered_at: number | null;
  readonly ended_at: number | null;
  readonly state: ArchiveState | null;
  readonly duration_ms: number | null;
  readonly problems: string | null;
}

const toLeg = (row: Row): ReconciledLeg => ({
  contact: row.contact,
  recording: row.recording,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  state: row.state,
  durationMs: row.duration_ms,
  problems: JSON.parse(row.problems ?? '[]') as string[],
});

const PAGE = 1_000;

/**
 * Every call of the journal that was offered in that time, whether or not anybody meant to record it, and every intent whose
 * call the journal has lost.
 */
export async function* legsBetween(
  knex: Knex,
  from: WallMs,
  to: WallMs,
): AsyncGenerator<readonly ReconciledLeg[], void, void> {
  for (let after = firstIdAt(from); ; ) {
    const rows = await knex('call as c')
      .leftJoin('archive_leg as l', 'l.contact', 'c.contact')
      .leftJoin('archive_recording as r', 'r.id', 'l.recording')
      .where('c.contact', '>', after)
      .where('c.contact', '<', firstIdAt(to))
      .orderBy('c.contact')
      .limit(PAGE)
      .select<Row[]>(
        'c.contact',
        'l.recording',
        'c.answered_at',
        'c.ended_at',
        'r.state',
        'r.duration_ms',
        'r.problems',
      );
    if (rows.length > 0) yield rows.map(toLeg);
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) break;
    after = last.contact;
  }
  const lost = await knex('archive_leg as l')
    .leftJoin('call as c', 'l.contact', 'c.contact')
    .join('archive_recording as r', 'r.id', 'l.recording')
    .whereNull('c.contact')
    .whereBetween('l.offered_at', [from, to - 1])
    .select<Row[]>('l.contact', 'l.recording', 'l.answered_at', 'l.ended_at', 'r.state', 'r.duration_ms', 'r.problems');
  if (lost.length > 0) yield lost.map(toLeg);
}
