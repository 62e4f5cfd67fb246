import { expect } from 'vitest';
import { wallMs } from '../../src/domain/units.ts';
import { policyOf } from '../support/retention-policy.ts';
import { type archiveOn, DAY, START, TWO } from './retention-archive.ts';

interface Step {
  readonly do:
    | 'wait'
    | 'pass'
    | 'hold'
    | 'release'
    | 'event'
    | 'restart'
    | 'resume'
    | 'lose-reference'
    | 'set-clock'
    | 'longer';
  readonly days: number;
  readonly who: number;
}

/** Lives through the steps and compares with a model that knows the true time. @returns how many were destroyed */
export async function runHistory(made: Awaited<ReturnType<typeof archiveOn>>, steps: readonly Step[]): Promise<number> {
  const { retention, hands, store } = made;
  const { knex } = made.storage;
  // SQLite keeps what the run before has left; PostgreSQL too
  for (const table of [
    'destruction',
    'legal_hold_item',
    'legal_hold',
    'retention_event',
    'retention_basis',
    'archive_recording',
    'archive_leg',
    'trusted_clock',
  ])
    await knex(table).delete();
  await made.restart();
  const versions = (await retention.policies()).filter(({ id }) => id === 'calls').length;
  if (versions === 0) {
    await retention.addPolicy(policyOf());
    await retention.addPolicy(
      policyOf({
        id: 'closed',
        basis: { kind: 'event', event: 'account-closed' },
        period: { years: 1, months: 0, days: 0 },
        retentionClass: 'account-call',
      }),
    );
  }
  const ids = [
    await made.keep(START, { accountHashes: ['a'] }),
    await made.keep(START + DAY, { accountHashes: ['a'], retentionClass: 'account-call' }),
    await made.keep(START + 2 * DAY, { retentionClass: 'no-policy' }),
  ];
  const YEAR = 365 * DAY;
  /** By the true time; Infinity: never. */
  const until = [START + 5 * YEAR, Infinity, Infinity];
  const holds: (string | undefined)[] = [undefined, undefined, undefined];
  let seen = store.shredded.length;
  for (const { do: what, days, who } of steps) {
    const id = ids[who]!;
    if (what === 'wait') hands.pass(days * DAY);
    else if (what === 'set-clock') hands.offset += days * DAY;
    else if (what === 'lose-reference') hands.reference = !hands.reference;
    else if (what === 'restart') await made.restart();
    else if (what === 'resume') await made.reaper.resume(TWO);
    else if (what === 'hold')
      holds[who] ??= await retention
        .placeHold({ caseNumber: `${who}`, reason: '', placedBy: 'x' }, [id])
        .catch(() => undefined);
    else if (what === 'release' && holds[who] !== undefined) {
      await retention.releaseHold(holds[who], TWO);
      holds[who] = undefined;
    } else if (what === 'event') {
      const at = wallMs(Math.min(hands.truth, hands.wall()));
      await retention.occurred({ name: 'account-closed', subject: 'a', at, reportedBy: 'x' });
      const written = (await knex<{ at: number }>('retention_event').first('at'))?.at ?? NaN;
      until[1] = Math.max(START + DAY, written) + YEAR;
    } else if (what === 'longer') {
      const version = (await retention.policies()).filter(({ id: one }) => one === 'long').length + 1;
      await retention.addPolicy(
        policyOf({ id: 'long', version, period: { years: 8 + version, months: 0, days: 0 }, effectiveFrom: wallMs(0) }),
      );
      until[0] = Math.max(until[0]!, START + 8 * YEAR);
    } else if (what === 'pass') {
      // two passes with the grace between them, as an hour's timer would do
      await made.reaper.pass();
      hands.pass(7 * DAY + 1);
      await made.reaper.pass();
    }
    for (const gone of store.shredded.slice(seen)) {
      const n = ids.indexOf(gone);
      expect(hands.truth, `${n} after ${JSON.stringify(steps)}`).toBeGreaterThanOrEqual(until[n]!);
      expect(holds[n], `${n} was held`).toBeUndefined();
    }
    seen = store.shredded.length;
  }
  return store.shredded.length;
}
