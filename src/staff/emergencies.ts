import type { Knex } from 'knex';
import { IvrError } from '../domain/error.ts';
import { uuidV7 } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/* Break-glass: access to one recording past the rules of one's role, at once, with an alarm, and reviewed by somebody else. */

export interface Emergency {
  readonly id: string;
  /** Ids of accounts. */
  readonly account: string;
  readonly recording: string;
  readonly purpose: string;
  readonly ticket: string;
  readonly begunAt: WallMs;
  readonly endsAt: WallMs;
  readonly reviewer: string | null;
  readonly verdict: 'justified' | 'unjustified' | null;
  readonly note: string;
}

export interface Emergencies {
  begin(account: string, recording: string, purpose: string, ticket: string): Promise<Emergency>;
  /** Whether one of this account, for exactly this recording, is under way. */
  covers(account: string, recording: string): Promise<boolean>;
  /** Newest first. */
  list(limit: number): Promise<readonly Emergency[]>;
  /** How many wait for their review. */
  open(): Promise<number>;
  /** @throws IvrError FORBIDDEN for one's own, CONFLICT */
  review(id: string, reviewer: string, verdict: 'justified' | 'unjustified', note: string): Promise<void>;
}

export const EMERGENCY_MS = 3_600_000;

interface Row {
  readonly id: string;
  readonly account: string;
  readonly recording: string;
  readonly purpose: string;
  readonly ticket: string;
  readonly begun_at: number | string;
  readonly ends_at: number | string;
  readonly reviewer: string | null;
  readonly reviewed_at: number | string | null;
  readonly verdict: 'justified' | 'unjustified' | null;
  readonly note: string | null;
}

export function openEmergencies(knex: Knex, clock: Pick<Clock, 'wall'>): Emergencies {
  const table = () => knex<Row>('staff_emergency');
  const safely = <T>(work: PromiseLike<T>): Promise<T> =>
    orStorageFailed('break-glass accesses', Promise.resolve(work));
  return {
    async begin(account, recording, purpose, ticket) {
      const now = clock.wall();
      const row: Row = {
        id: uuidV7(now),
        account,
        recording,
        purpose: purpose.trim(),
        ticket: ticket.trim(),
        begun_at: now,
        ends_at: now + EMERGENCY_MS,
        reviewer: null,
        reviewed_at: null,
        verdict: null,
        note: null,
      };
      await safely(table().insert(row));
      return fromRow(row);
    },
    async covers(account, recording) {
      const found = table()
        .where({ account, recording })
        .where('ends_at', '>', clock.wall())
        .whereNull('reviewed_at')
        .first('id');
      return (await safely(found)) !== undefined;
    },
    list: async (limit) => (await safely(table().orderBy('begun_at', 'desc').limit(limit))).map(fromRow),
    async open() {
      const found = (await safely(table().whereNull('reviewed_at').count({ n: '*' }).first())) as
        | { n: unknown }
        | undefined;
      return Number(found?.n ?? 0);
    },
    async review(id, reviewer, verdict, note) {
      const row = await safely(table().where({ id }).first());
      if (row === undefined) throw new IvrError('NOT_FOUND', 'there is no such access');
      if (row.account === reviewer) throw new IvrError('FORBIDDEN', 'you cannot review your own access');
      const changed = await safely(
        table().where({ id }).whereNull('reviewed_at').update({ reviewer, verdict, note, reviewed_at: clock.wall() }),
      );
      if (changed !== 1) throw new IvrError('CONFLICT', 'it has already been reviewed');
    },
  };
}

const fromRow = (row: Row): Emergency => ({
  id: row.id,
  account: row.account,
  recording: row.recording,
  purpose: row.purpose,
  ticket: row.ticket,
  begunAt: wallMs(Number(row.begun_at)),
  endsAt: wallMs(Number(row.ends_at)),
  reviewer: row.reviewer,
  verdict: row.verdict,
  note: row.note ?? '',
});
