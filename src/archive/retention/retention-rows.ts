import type { Knex } from 'knex';
import type { ArchiveState } from '../../domain/archive-state.ts';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import { isSqlite } from '../../storage/migrations.ts';
import { noteProtectionDue } from '../index/note-protection-due.ts';
import {
  type Basis,
  basesOf,
  type EventTimes,
  type KeptRecording,
  mergeBases,
  retainUntil,
  type Standing,
} from './evaluate.ts';
import { isHeldByStore, selectBegun } from './protection-rows.ts';
import type { LegalHold, Restriction, RetentionPolicy } from './retention.ts';

/* The SQL of retention. Whoever changes what keeps a recording locks its row first, so that a destruction never runs beside it. */

interface PolicyRow {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly legal_reference: string;
  readonly retention_class: string;
  readonly event: string | null;
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly zone: string;
  readonly approved_by: string;
  readonly effective_from: number;
}

const toPolicy = (row: PolicyRow): RetentionPolicy => ({
  id: row.id,
  version: row.version,
  name: row.name,
  legalReference: row.legal_reference,
  retentionClass: row.retention_class,
  basis: row.event === null ? { kind: 'fixed' } : { kind: 'event', event: row.event },
  period: { years: row.years, months: row.months, days: row.days },
  zone: row.zone,
  approvedBy: JSON.parse(row.approved_by) as string[],
  effectiveFrom: wallMs(row.effective_from),
});

export const selectPolicies = async (knex: Knex): Promise<readonly RetentionPolicy[]> =>
  (await knex<PolicyRow>('retention_policy').orderBy(['id', 'version'])).map((row) => toPolicy(row));

export async function insertPolicy(knex: Knex, policy: RetentionPolicy): Promise<void> {
  await knex('retention_policy').insert({
    id: policy.id,
    version: policy.version,
    name: policy.name,
    legal_reference: policy.legalReference,
    retention_class: policy.retentionClass,
    event: policy.basis.kind === 'event' ? policy.basis.event : null,
    ...policy.period,
    zone: policy.zone,
    approved_by: JSON.stringify(policy.approvedBy),
    effective_from: policy.effectiveFrom,
  });
}

export interface HeldRow {
  readonly id: RecordingId;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly retention_class: string;
  readonly account_hashes: string;
  readonly state: ArchiveState;
  readonly lock_until: number | null;
}

/** Locked until the transaction ends (SQLite has one writer anyway). @throws IvrError RECORDING_NOT_FOUND */
export async function lockRecording(trx: Knex, id: RecordingId): Promise<HeldRow> {
  const query = trx<HeldRow>('archive_recording').where({ id }).first();
  if (!isSqlite(trx)) void query.forUpdate();
  const row = await query;
  if (row === undefined)
    throw new IvrError('RECORDING_NOT_FOUND', `the archive's index has no recording ${id}`, { recording: id });
  return row;
}

const orNull = (value: number | null): WallMs | null => (value === null ? null : wallMs(value));

const toKept = (row: HeldRow): KeptRecording => ({
  id: row.id,
  startedAt: wallMs(row.started_at),
  endedAt: orNull(row.ended_at),
  retentionClass: row.retention_class,
  accountHashes: JSON.parse(row.account_hashes) as string[],
});

interface BasisRow {
  readonly recording: RecordingId;
  readonly policy: string;
  readonly policy_version: number;
  readonly subject: string;
  readonly legal_reference: string;
  readonly event: string | null;
  readonly started_at: number | null;
  readonly until: number | null;
}

export const selectBases = async (knex: Knex, recording: RecordingId): Promise<readonly Basis[]> =>
  (
    (await knex('retention_basis').where({ recording }).orderBy(['policy', 'policy_version', 'subject'])) as BasisRow[]
  ).map((row) => ({
    recording: row.recording,
    policy: row.policy,
    policyVersion: row.policy_version,
    subject: row.subject,
    legalReference: row.legal_reference,
    event: row.event,
    startedAt: orNull(row.started_at),
    until: orNull(row.until),
  }));

export interface ReportedEvent {
  readonly name: string;
  readonly subject: string;
  readonly at: WallMs;
  readonly reportedBy: string;
  readonly reportedAt: WallMs;
}

/** An earlier report never shortens. @returns whether it is the latest */
export async function writeEvent(trx: Knex, { name, subject, at, ...by }: ReportedEvent): Promise<boolean> {
  const before: { at: WallMs } | undefined = await trx('retention_event').where({ name, subject }).first('at');
  if (before !== undefined && before.at >= at) return false;
  await trx('retention_event')
    .insert({ name, subject, at, reported_by: by.reportedBy, reported_at: by.reportedAt })
    .onConflict(['name', 'subject'])
    .merge()
    .where('retention_event.at', '<', at); // another report may have come meanwhile
  return true;
}

async function eventTimes(trx: Knex, subjects: readonly string[]): Promise<EventTimes> {
  const rows = await trx('retention_event')
    .whereIn('subject', [...subjects])
    .select<{ name: string; subject: string; at: WallMs }[]>('name', 'subject', 'at');
  const times = new Map(rows.map(({ name, subject, at }) => [`${name}\0${subject}`, wallMs(at)]));
  return (event, subject) => times.get(`${event}\0${subject}`);
}

/** What is known now of why a locked recording is kept, written beside what was known before; what its destruction was decided by stays as it was. */
export async function writeBases(trx: Knex, row: HeldRow, now: WallMs): Promise<readonly Basis[]> {
  const written = await selectBases(trx, row.id);
  if ((await selectBegun(trx, [row.id])).has(row.id)) return written;
  const kept = toKept(row);
  const known = basesOf(kept, await selectPolicies(trx), await eventTimes(trx, kept.accountHashes), now);
  const bases = mergeBases(written, known);
  await insertBases(trx, bases);
  await trx('archive_recording')
    .where({ id: row.id })
    .update({ retain_until: retainUntil(bases) });
  if (!sameTerms(written, bases)) await noteProtectionDue(trx, [row.id], now);
  return bases;
}

/** In the same order, since one came of the other. */
const sameTerms = (a: readonly Basis[], b: readonly Basis[]): boolean =>
  a.length === b.length && a.every(({ until }, n) => until === b[n]?.until);

/** In the place of what was known of the same policy and account. */
export async function insertBases(trx: Knex, bases: readonly Basis[]): Promise<void> {
  for (const { recording, policy, policyVersion, subject, legalReference, event, startedAt, until } of bases)
    await trx('retention_basis')
      .insert({
        recording,
        policy,
        policy_version: policyVersion,
        subject,
        legal_reference: legalReference,
        event,
        started_at: startedAt,
        until,
      })
      .onConflict(['recording', 'policy', 'policy_version', 'subject'])
      .merge(['started_at', 'until']);
}

interface HoldRow {
  readonly id: string;
  readonly case_number: string;
  readonly reason: string;
  readonly placed_by: string;
  readonly placed_at: number;
  readonly released_by: string;
  readonly released_at: number | null;
}

const toHold = (row: HoldRow): LegalHold => ({
  id: row.id,
  caseNumber: row.case_number,
  reason: row.reason,
  placedBy: row.placed_by,
  placedAt: wallMs(row.placed_at),
  releasedBy: JSON.parse(row.released_by) as string[],
  releasedAt: orNull(row.released_at),
});

/** One that is there already stays as it is. */
export async function insertHold(trx: Knex, hold: Omit<LegalHold, 'releasedBy' | 'releasedAt'>): Promise<void> {
  const { id, caseNumber, reason, placedBy, placedAt } = hold;
  await trx('legal_hold')
    .insert({ id, case_number: caseNumber, reason, placed_by: placedBy, placed_at: placedAt, released_by: '[]' })
    .onConflict('id')
    .ignore();
}

/** One that is there already stays as it is. */
export async function insertRestriction(trx: Knex, restriction: Restriction): Promise<void> {
  const { recording, reason, restrictedBy, restrictedAt } = restriction;
  await trx('archive_restriction')
    .insert({ recording, reason, restricted_by: restrictedBy, restricted_at: restrictedAt })
    .onConflict('recording')
    .ignore();
}

export async function selectHolds(
  knex: Knex,
  filter: { readonly caseNumber?: string; readonly recording?: RecordingId; readonly inForce?: boolean },
): Promise<readonly LegalHold[]> {
  const query = knex('legal_hold').orderBy('id', 'desc');
  if (filter.caseNumber !== undefined) void query.where('case_number', filter.caseNumber);
  if (filter.inForce === true) void query.whereNull('released_at');
  if (filter.inForce === false) void query.whereNotNull('released_at');
  if (filter.recording !== undefined)
    void query.whereIn('id', knex('legal_hold_item').where('recording', filter.recording).select('hold'));
  return ((await query) as HoldRow[]).map(toHold);
}

/** Of a locked recording, with its bases as they are now. The holds are counted from their rows, not from a sum that could be wrong. */
export async function standingOf(trx: Knex, row: HeldRow, now: WallMs): Promise<Standing> {
  return {
    state: row.state,
    lockUntil: orNull(row.lock_until),
    heldByStore: await isHeldByStore(trx, row.id),
    bases: await writeBases(trx, row, now),
    holds: await selectHolds(trx, { recording: row.id, inForce: true }),
  };
}
