import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import { ms, wallMs, type WallMs } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';
import type { Audit, AuditEntry, AuditQuery, AuditRow } from './audit.ts';
import { auditHash, FIRST_PREVIOUS } from './audit-hash.ts';

const MOST_TARGETS = 500;
const APPEND_MS = ms(5_000);
const PAGE = 1_000;

interface StoredRow {
  readonly seq: number | string;
  readonly at: number | string;
  readonly actor: string;
  readonly actor_kind: AuditRow['actorKind'];
  readonly role: string;
  readonly action: string;
  readonly targets: string;
  readonly purpose: string;
  readonly ticket: string;
  readonly approval: string | null;
  readonly address: string;
  readonly result: AuditRow['result'];
  readonly detail: string;
  readonly previous: string;
  readonly hash: string;
}

/** The audit trail in the database: one chain over all nodes that share it. */
export function openAudit(knex: Knex, clock: Pick<Clock, 'wall'>): Audit {
  const list = async (query: AuditQuery): Promise<readonly AuditRow[]> => {
    const rows = knex<StoredRow>('audit_row').orderBy('seq', 'desc').limit(query.limit);
    if (query.target !== undefined)
      void rows.whereIn('seq', knex('audit_target').select('seq').where({ target: query.target }));
    if (query.actor !== undefined) void rows.where('actor', query.actor);
    if (query.action !== undefined) void rows.where('action', query.action);
    if (query.since !== undefined) void rows.where('at', '>=', query.since);
    if (query.until !== undefined) void rows.where('at', '<', query.until);
    if (query.before !== undefined) void rows.where('seq', '<', query.before);
    return (await rows).map(fromStored);
  };
  const rows = async (from: number, limit: number): Promise<readonly AuditRow[]> =>
    (await knex<StoredRow>('audit_row').where('seq', '>=', from).orderBy('seq').limit(limit)).map(fromStored);
  return {
    async append(entry) {
      try {
        return await within(
          knex.transaction((trx) => insert(trx, entry, clock.wall())),
          APPEND_MS,
          'writing the audit row',
        );
      } catch (thrown) {
        const cause = systemCode(thrown) ?? asError(thrown).name;
        throw new IvrError(
          'AUDIT_FAILED',
          'the audit row could not be written, so access is refused; see the log',
          { cause },
          thrown,
        );
      }
    },
    list: (query) => orStorageFailed('reading the audit trail', list(query)),
    rows: (from, limit) => orStorageFailed('reading the audit trail', rows(from, limit)),
    head: () => orStorageFailed('reading the audit trail', headOf(knex)),
    async verify() {
      let previous = FIRST_PREVIOUS;
      let count = 0;
      for (;;) {
        const page = await orStorageFailed('reading the audit trail', rows(count + 1, PAGE));
        for (const row of page) {
          if (row.seq !== count + 1 || row.previous !== previous || auditHash(row) !== row.hash)
            return { rows: count, broken: count + 1 };
          previous = row.hash;
          count += 1;
        }
        if (page.length < PAGE) break;
      }
      const head = await orStorageFailed('reading the audit trail', headOf(knex));
      // rows that were cut off at the end, with the triggers gone
      const whole = head?.seq === count && head.hash === previous;
      return { rows: count, broken: whole ? null : count + 1 };
    },
  };
}

async function headOf(knex: Knex): Promise<Pick<AuditRow, 'seq' | 'hash'> | undefined> {
  const row = (await knex('audit_head').where({ id: 1 }).first()) as { seq: unknown; hash: string } | undefined;
  return row === undefined ? undefined : { seq: Number(row.seq), hash: row.hash };
}

/** The head is written first: it is the lock, on SQLite as on PostgreSQL. */
async function insert(trx: Knex, entry: AuditEntry, now: WallMs): Promise<AuditRow> {
  await trx('audit_head').where({ id: 1 }).increment('seq', 1);
  const head = await headOf(trx);
  if (head === undefined) throw new IvrError('STORAGE_FAILED', 'the head of the audit trail is gone');
  const { actor } = entry;
  const row: Omit<AuditRow, 'hash'> = {
    seq: head.seq,
    at: now,
    actor: actor.name,
    actorKind: actor.kind,
    role: entry.role,
    action: entry.action,
    ...targetsOf(entry),
    purpose: entry.purpose,
    ticket: entry.ticket,
    approval: entry.approval,
    address: actor.kind === 'staff' ? actor.address : '',
    result: entry.result,
    previous: head.hash,
  };
  const hash = auditHash(row);
  const { actorKind, targets, detail, ...columns } = row;
  await trx('audit_row').insert({
    ...columns,
    actor_kind: actorKind,
    targets: JSON.stringify(targets),
    detail: JSON.stringify(detail),
    hash,
  });
  const indexed = [...new Set(targets)].map((target) => ({ target, seq: row.seq }));
  if (indexed.length > 0) await trx.batchInsert('audit_target', indexed, 100);
  await trx('audit_head').where({ id: 1 }).update({ hash });
  return { ...row, hash };
}

function targetsOf({ targets, detail }: AuditEntry): Pick<AuditRow, 'targets' | 'detail'> {
  if (targets.length <= MOST_TARGETS) return { targets: [...targets], detail };
  const digest = createHash('sha256').update(JSON.stringify(targets)).digest('hex');
  return { targets: [], detail: { ...detail, targets: targets.length, targets_sha256: digest } };
}

const fromStored = ({ actor_kind, seq, at, targets, detail, ...row }: StoredRow): AuditRow => ({
  ...row,
  seq: Number(seq),
  at: wallMs(Number(at)),
  actorKind: actor_kind,
  targets: JSON.parse(targets) as string[],
  detail: JSON.parse(detail) as AuditRow['detail'],
});
