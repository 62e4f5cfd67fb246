import type { ArchiveState } from '../../domain/archive-state.ts';

/* The judgement of the reconciler, pure: is there a recording of this call, whole and as long as the call? */

/** One answered or unanswered call, as its record tells it, with what the index has of its recording. Times are Unix ms. */
export interface ReconciledLeg {
  readonly contact: string;
  readonly recording: string | null;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Null: there is no intent, so nobody has promised a recording. */
  readonly state: ArchiveState | null;
  readonly durationMs: number | null;
  readonly problems: readonly string[];
}

/** What people's languages say of a finding goes by its reason; the detail is for the log and the signed report. */
export type FindingReason = 'no-intent' | 'not-archived' | 'still-missing' | 'not-verified' | 'too-short';

export type Verdict =
  | { readonly is: 'found' }
  | { readonly is: 'exempt'; readonly because: string }
  | { readonly is: 'under-way' }
  | { readonly is: 'unverified' | 'missing'; readonly reason: FindingReason; readonly detail: string };

/** From the end of the call until its recording has to be in the archive. */
export const ARCHIVED_WITHIN_MS = 10 * 60_000;

/** @param now - Unix ms */
export function judgeLeg(leg: ReconciledLeg, now: number): Verdict {
  const { state, answeredAt, endedAt } = leg;
  if (state === 'EXEMPT') return { is: 'exempt', because: 'policy' };
  if (state === 'DESTROYED') return { is: 'found' };
  if (endedAt === null) return { is: 'under-way' };
  if (answeredAt === null && (state === null || state === 'EXPECTED' || state === 'OPEN'))
    return now - endedAt < ARCHIVED_WITHIN_MS ? { is: 'under-way' } : { is: 'exempt', because: 'not answered' };
  const late = now - endedAt >= ARCHIVED_WITHIN_MS;
  const missing = (reason: FindingReason, detail: string): Verdict => ({ is: 'missing', reason, detail });
  const unverified = (reason: FindingReason, detail: string): Verdict => ({ is: 'unverified', reason, detail });
  if (state === 'MISSING') return missing('still-missing', 'it has been missing');
  if (state === 'VERIFIED') {
    const differs = differenceOf(leg);
    return differs === undefined ? { is: 'found' } : unverified('too-short', differs);
  }
  if (!late) return { is: 'under-way' };
  if (state === null) return missing('no-intent', 'no intent to record was written');
  if (state === 'ARCHIVED')
    return unverified('not-verified', leg.problems[0] ?? 'it was not compared with the journal');
  const still = `it is ${state} ${Math.round((now - endedAt) / 60_000)} min after the call`;
  // sealed files are whole, and here: they are late, not missing
  return state === 'SEALED' ? unverified('not-archived', still) : missing('not-archived', still);
}

/** A call and its audio differ by no more than the greater of both. */
const MOST_MS = 1_000;
const MOST_SHARE = 0.01;

function differenceOf({ answeredAt, endedAt, durationMs }: ReconciledLeg): string | undefined {
  if (answeredAt === null || endedAt === null) return undefined;
  const call = endedAt - answeredAt;
  const audio = durationMs ?? 0;
  // the recording begins before the answer: it may be longer by the ringing, never shorter
  return call - audio > Math.max(MOST_MS, MOST_SHARE * call)
    ? `the call took ${call} ms and its audio ${audio} ms`
    : undefined;
}
