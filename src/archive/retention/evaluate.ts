import type { ArchiveState } from '../../domain/archive-state.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import { endOfTerm } from './calendar.ts';
import type { Obstacle, RetentionBasis, RetentionPolicy } from './retention.ts';

/* The judgement, pure: why a recording is kept, until when, and what stands against its destruction. */

/** What the judgement looks at of a recording. */
export interface KeptRecording {
  readonly id: RetentionBasis['recording'];
  readonly startedAt: WallMs;
  /** Null: it is not known yet. */
  readonly endedAt: WallMs | null;
  readonly retentionClass: string;
  /** Keyed hashes: what events are reported of. */
  readonly accountHashes: readonly string[];
}

/** One row: an event basis has one for each account, and all of them count. */
export interface Basis extends RetentionBasis {
  /** The account that its event is awaited of; '' for a fixed one, or when no account is known. */
  readonly subject: string;
}

/** When an event was last reported of a subject; undefined: it was not. */
export type EventTimes = (event: string, subject: string) => WallMs | undefined;

/** The versions that a recording falls under: in force at its start or at any time since. */
export function policiesFor(
  recording: KeptRecording,
  policies: readonly RetentionPolicy[],
  now: WallMs,
): RetentionPolicy[] {
  return policies.filter(
    (policy) =>
      policy.retentionClass === recording.retentionClass &&
      policy.effectiveFrom <= now &&
      !policies.some(
        (later) =>
          later.id === policy.id && later.version > policy.version && later.effectiveFrom <= recording.startedAt,
      ),
  );
}

export function basesOf(
  recording: KeptRecording,
  policies: readonly RetentionPolicy[],
  occurred: EventTimes,
  now: WallMs,
): readonly Basis[] {
  return policiesFor(recording, policies, now).flatMap((policy): Basis[] => {
    const common = {
      recording: recording.id,
      policy: policy.id,
      policyVersion: policy.version,
      legalReference: policy.legalReference,
    };
    const { basis } = policy;
    if (basis.kind === 'fixed') {
      const startedAt = recording.endedAt ?? recording.startedAt;
      const until = endOfTerm(startedAt, policy.period, policy.zone);
      return [{ ...common, event: null, subject: '', startedAt, until }];
    }
    // no account known: the event can never be reported of it, so it is kept
    const subjects = recording.accountHashes.length === 0 ? [''] : recording.accountHashes;
    return subjects.map((subject) => {
      const at = subject === '' ? undefined : occurred(basis.event, subject);
      const startedAt = at === undefined ? null : wallMs(Math.max(at, recording.startedAt));
      const until = startedAt === null ? null : endOfTerm(startedAt, policy.period, policy.zone);
      return { ...common, event: basis.event, subject, startedAt, until };
    });
  });
}

/** A basis that was written is never taken back or shortened: what is known now is added, and the later one counts. */
export function mergeBases(written: readonly Basis[], known: readonly Basis[]): readonly Basis[] {
  const keyOf = ({ policy, policyVersion, subject }: Basis): string => `${policy}\0${policyVersion}\0${subject}`;
  const merged = new Map(written.map((basis) => [keyOf(basis), basis]));
  for (const basis of known) {
    const before = merged.get(keyOf(basis));
    if (before?.until === null || before === undefined || (basis.until !== null && basis.until > before.until))
      merged.set(keyOf(basis), basis);
  }
  return [...merged.values()];
}

/** The latest of them; null: one waits for its event, or there is none at all, so it is kept. */
export function retainUntil(bases: readonly RetentionBasis[]): WallMs | null {
  let latest: WallMs | null = null;
  for (const { until } of bases) {
    if (until === null) return null;
    if (latest === null || until > latest) latest = until;
  }
  return latest;
}

export interface Standing {
  readonly state: ArchiveState;
  /** Of the store's Object Lock. */
  readonly lockUntil: WallMs | null;
  /** By its legal hold, when it was last asked: it follows a release within a minute or so. */
  readonly heldByStore: boolean;
  readonly bases: readonly RetentionBasis[];
  readonly holds: readonly { readonly id: string; readonly caseNumber: string }[];
}

/** @param now - never later than the true time (`trusted-clock.ts`) */
export function obstaclesTo(
  { state, lockUntil, heldByStore, bases, holds }: Standing,
  now: WallMs,
): readonly Obstacle[] {
  const obstacles: Obstacle[] = holds.map(({ id, caseNumber }) => ({ kind: 'hold', hold: id, caseNumber }));
  if (state !== 'ARCHIVED' && state !== 'VERIFIED') obstacles.push({ kind: 'state', state });
  if (bases.length === 0) obstacles.push({ kind: 'no-policy' });
  for (const { until, event, policy } of bases)
    if (until === null) obstacles.push({ kind: 'event-unknown', event: event ?? '', policy });
    else if (until > now) obstacles.push({ kind: 'retention', until, policy });
  if (lockUntil !== null && lockUntil > now) obstacles.push({ kind: 'lock', until: lockUntil });
  // it would be shredded, and its objects would stay
  if (heldByStore && obstacles.length === 0) obstacles.push({ kind: 'store-hold' });
  return obstacles;
}

/** For people and logs. */
export function sayObstacle(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'retention':
      return `policy ${obstacle.policy} keeps it until ${new Date(obstacle.until).toISOString()}`;
    case 'event-unknown':
      return `policy ${obstacle.policy} keeps it: ${obstacle.event} was not reported`;
    case 'no-policy':
      return 'no policy says until when it is kept';
    case 'hold':
      return `case ${obstacle.caseNumber} holds it`;
    case 'state':
      return `it is ${obstacle.state}`;
    case 'lock':
      return `its store locks it until ${new Date(obstacle.until).toISOString()}`;
    case 'store-hold':
      return 'a legal hold of its store has not been taken off yet';
  }
}
