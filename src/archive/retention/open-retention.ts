import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import { isZone } from '../../lib/local-time.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import { isShorter } from './calendar.ts';
import { obstaclesTo, sayObstacle } from './evaluate.ts';
import { openHolds } from './open-holds.ts';
import type { Obstacle, Retention, RetentionPolicy } from './retention.ts';
import { noteFact } from './retention-fact.ts';
import {
  insertPolicy,
  lockRecording,
  selectBases,
  selectPolicies,
  standingOf,
  writeBases,
  writeEvent,
} from './retention-rows.ts';

/** Recordings that an event is applied to in one transaction. */
const BATCH = 500;

export interface RetentionClock {
  readonly wall: () => WallMs;
  /** Never later than the true time: what destruction is judged by. */
  readonly trusted: () => WallMs;
}

/** Retention in a database whose schema has it (RETENTION_MIGRATIONS). */
export function openRetention(storage: Storage, clock: RetentionClock): Retention {
  const { knex } = storage;
  const now = () => clock.wall();
  const holds = openHolds(knex, now);

  async function addPolicy(policy: RetentionPolicy): Promise<void> {
    await knex.transaction(async (trx) => {
      const before = (await selectPolicies(trx)).findLast(({ id }) => id === policy.id);
      const problem = problemOf(policy, before);
      if (problem !== undefined)
        throw new IvrError('RETENTION_INVALID', `policy ${policy.id} version ${policy.version}: ${problem}`, {
          policy: policy.id,
          version: policy.version,
        });
      // not before it is written: whoever was recorded meanwhile was promised the version before
      const effectiveFrom = before === undefined ? policy.effectiveFrom : wallMs(Math.max(policy.effectiveFrom, now()));
      await insertPolicy(trx, { ...policy, effectiveFrom });
      await noteFact(trx, { kind: 'policy-added', policy: { ...policy, effectiveFrom } }, now());
    });
  }

  const apply = (id: RecordingId): Promise<unknown> =>
    knex.transaction(async (trx) => writeBases(trx, await lockRecording(trx, id), now()));

  const occurred: Retention['occurred'] = async ({ name, subject, at, reportedBy }) => {
    if (name === '' || subject === '' || at > now())
      throw new IvrError(
        'RETENTION_INVALID',
        'an event expects a name, a subject and a time that is not in the future',
      );
    const event = { name, subject, at, reportedBy, reportedAt: now() };
    await knex.transaction(async (trx) => {
      if (await writeEvent(trx, event)) await noteFact(trx, { kind: 'event-reported', ...event }, event.reportedAt);
    });
    // after it is written: a recording that comes meanwhile looks the event up itself
    const ids = (await knex('retention_basis')
      .where({ event: name, subject })
      .distinct()
      .pluck('recording')) as RecordingId[];
    for (let from = 0; from < ids.length; from += BATCH)
      await knex.transaction(async (trx) => {
        for (const id of ids.slice(from, from + BATCH).toSorted())
          await writeBases(trx, await lockRecording(trx, id), now());
      });
    return ids.length;
  };

  const obstacles = (id: RecordingId): Promise<readonly Obstacle[]> =>
    knex.transaction(async (trx) => {
      const standing = await standingOf(trx, await lockRecording(trx, id), now());
      return obstaclesTo(standing, clock.trusted());
    });

  async function assertDestroyable(recording: RecordingId): Promise<void> {
    const against = await obstacles(recording);
    const [first] = against;
    if (first === undefined) return;
    throw new IvrError(
      'DESTRUCTION_REFUSED',
      `recording ${recording} may not be destroyed: ${against.map(sayObstacle).join('; ')}`,
      { recording, because: first.kind },
    );
  }

  return {
    ...holds,
    addPolicy: (policy) => orStorageFailed('adding a retention policy', addPolicy(policy)),
    policies: () => orStorageFailed('reading retention policies', selectPolicies(knex)),
    apply: (id) => orStorageFailed('applying retention', apply(id)).then(() => undefined),
    occurred: (event) => orStorageFailed('reporting an event', occurred(event)),
    bases: (id) => orStorageFailed('reading why a recording is kept', withoutSubjects(knex, id)),
    obstacles: (id) => orStorageFailed('judging retention', obstacles(id)),
    assertDestroyable: (id) => orStorageFailed('judging retention', assertDestroyable(id)),
  };
}

const withoutSubjects: (knex: Knex, id: RecordingId) => ReturnType<Retention['bases']> = async (knex, id) =>
  (await selectBases(knex, id)).map(
    ({ recording, policy, policyVersion, legalReference, event, startedAt, until }) => ({
      recording,
      policy,
      policyVersion,
      legalReference,
      event,
      startedAt,
      until,
    }),
  );

function problemOf(policy: RetentionPolicy, before: RetentionPolicy | undefined): string | undefined {
  const { years, months, days } = policy.period;
  if (policy.version !== (before?.version ?? 0) + 1) return `the next version is ${(before?.version ?? 0) + 1}`;
  if (!/^[\w.-]{1,100}$/.test(policy.id)) return 'the id expects letters, digits, dots and hyphens';
  if (policy.legalReference.trim() === '') return 'a legal reference is expected';
  if (![years, months, days].every((n) => Number.isInteger(n) && n >= 0 && n <= 36_500) || years + months + days === 0)
    return 'the period expects whole years, months and days, and not nothing';
  if (!isZone(policy.zone)) return `there is no time zone ${policy.zone}`;
  if (policy.basis.kind === 'event' && policy.basis.event === '') return 'the event expects a name';
  if (policy.approvedBy.length === 0) return 'it needs at least one approver';
  const weaker =
    before !== undefined &&
    (isShorter(policy.period, before.period) ||
      before.retentionClass !== policy.retentionClass ||
      JSON.stringify(before.basis) !== JSON.stringify(policy.basis));
  if (weaker && new Set(policy.approvedBy).size < 2)
    return 'it may keep recordings for a shorter time than the version before: two different people have to approve it';
  return undefined;
}
