import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { IvrError } from '../domain/error.ts';
import { uuidV7 } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';
import type { Action } from './staff-service.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/* Four eyes. What somebody agrees to is bound by a hash: this action, on exactly these ids, on these terms, for this purpose. */

/** What is asked for. `terms` is the rest of the order, such as whether an export is masked; shown to the approver. */
export interface Order {
  readonly action: Action;
  readonly targets: readonly string[];
  readonly terms: Readonly<Record<string, unknown>>;
  readonly purpose: string;
  readonly ticket: string;
}
export type ApprovalState = 'waiting' | 'approved' | 'refused' | 'used' | 'expired';

export interface Approval extends Order {
  readonly id: string;
  readonly state: ApprovalState;
  /** Ids of accounts. */
  readonly requester: string;
  readonly requestedAt: WallMs;
  readonly expiresAt: WallMs;
  readonly approver: string | null;
  readonly decidedAt: WallMs | null;
  readonly note: string;
}

export interface Approvals {
  request(requester: string, order: Order): Promise<Approval>;
  find(id: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(limit: number): Promise<readonly Approval[]>;
  /** @throws IvrError FORBIDDEN when it is the approver's own, CONFLICT when it is not waiting any more */
  decide(id: string, approver: string, decision: 'approved' | 'refused', note: string): Promise<Approval>;
  /** An approved one of this requester that fits exactly and is neither used nor expired. */
  fitting(requester: string, order: Order): Promise<Approval | undefined>;
  /** Once. @returns false when somebody else was quicker, or its time is over */
  use(id: string): Promise<boolean>;
}

export const APPROVAL_TTL_MS = 24 * 3_600_000;

interface Row {
  readonly id: string;
  readonly action: Action;
  readonly targets: string;
  readonly terms: string;
  readonly bound_to: string;
  readonly purpose: string;
  readonly ticket: string;
  readonly requester: string;
  readonly requested_at: number | string;
  readonly expires_at: number | string;
  readonly approver: string | null;
  readonly decided_at: number | string | null;
  readonly decision: 'approved' | 'refused' | null;
  readonly note: string | null;
  readonly used_at: number | string | null;
}

export const boundTo = ({ action, targets, terms, purpose, ticket }: Order): string =>
  createHash('sha256')
    .update(JSON.stringify([action, targets.toSorted(), sorted(terms), purpose.trim(), ticket.trim()]))
    .digest('hex');

const sorted = (value: unknown): unknown =>
  typeof value !== 'object' || value === null
    ? value
    : Array.isArray(value)
      ? value.map(sorted)
      : Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, each]) => [name, sorted(each)]);

export function openApprovals(knex: Knex, clock: Pick<Clock, 'wall'>): Approvals {
  const table = () => knex<Row>('staff_approval');
  const safely = <T>(work: PromiseLike<T>): Promise<T> => orStorageFailed('approvals', Promise.resolve(work));
  const shown = (row: Row | undefined): Approval | undefined =>
    row === undefined ? undefined : fromRow(row, clock.wall());
  const find = async (id: string): Promise<Approval | undefined> => shown(await safely(table().where({ id }).first()));
  return {
    find,
    async request(requester, order) {
      const now = clock.wall();
      const row: Row = {
        id: uuidV7(now),
        action: order.action,
        targets: JSON.stringify(order.targets),
        terms: JSON.stringify(order.terms),
        bound_to: boundTo(order),
        purpose: order.purpose.trim(),
        ticket: order.ticket.trim(),
        requester,
        requested_at: now,
        expires_at: now + APPROVAL_TTL_MS,
        approver: null,
        decided_at: null,
        decision: null,
        note: null,
        used_at: null,
      };
      await safely(table().insert(row));
      return fromRow(row, now);
    },
    list: async (limit) =>
      (await safely(table().orderBy('requested_at', 'desc').limit(limit))).map((row) => fromRow(row, clock.wall())),
    async decide(id, approver, decision, note) {
      const approval = await find(id);
      if (approval === undefined) throw new IvrError('NOT_FOUND', 'there is no such request');
      if (approval.requester === approver)
        throw new IvrError('FORBIDDEN', 'you cannot approve your own request; another person must');
      const changed = await safely(
        table()
          .where({ id })
          .whereNot({ requester: approver })
          .whereNull('decided_at')
          .where('expires_at', '>', clock.wall())
          .update({ approver, decision, note, decided_at: clock.wall() }),
      );
      if (changed !== 1)
        throw new IvrError('CONFLICT', 'the request has already been decided, or its 24 hours have passed');
      return (await find(id)) ?? approval;
    },
    async fitting(requester, order) {
      const found = table()
        .where({ requester, bound_to: boundTo(order), decision: 'approved' })
        .whereNull('used_at')
        .where('expires_at', '>', clock.wall())
        .orderBy('requested_at')
        .first();
      return shown(await safely(found));
    },
    use: async (id) =>
      (await safely(
        table()
          .where({ id, decision: 'approved' })
          .whereNull('used_at')
          .where('expires_at', '>', clock.wall())
          .update({ used_at: clock.wall() }),
      )) === 1,
  };
}

function stateOf(row: Row, now: WallMs): ApprovalState {
  if (row.used_at !== null) return 'used';
  if (row.decision === 'refused') return 'refused';
  if (now >= wallMs(Number(row.expires_at))) return 'expired';
  return row.decision ?? 'waiting';
}

const fromRow = (row: Row, now: WallMs): Approval => ({
  id: row.id,
  state: stateOf(row, now),
  action: row.action,
  targets: JSON.parse(row.targets) as string[],
  terms: JSON.parse(row.terms) as Record<string, unknown>,
  purpose: row.purpose,
  ticket: row.ticket,
  requester: row.requester,
  requestedAt: wallMs(Number(row.requested_at)),
  expiresAt: wallMs(Number(row.expires_at)),
  approver: row.approver,
  decidedAt: row.decided_at === null ? null : wallMs(Number(row.decided_at)),
  note: row.note ?? '',
});
