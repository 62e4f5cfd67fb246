import { TELEPHONE_RATE } from '../domain/units.ts';
import type { CallSpan } from './call-times.ts';
import { LOST_BY_CRASH_MS } from './loss-limits.ts';
import type { Manifest, ManifestGap } from './manifest.ts';

/*
 * Completeness: every second between the call's answer and its end is audio, a gap that says why, a masked span or a hold.
 * What is neither was lost without anybody having noticed, and makes the recording incomplete.
 */

type Recorded = Pick<Manifest, 'tracks' | 'gaps' | 'participants' | 'ended_ms' | 'samples'>;

/** From and to, ms since sample 0. */
export interface Stretch {
  readonly track: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** A machine that is late changes a party's track late: what they say meanwhile is on their other one. */
const LATE_CHANGE_MS = 3_000;
/** Less than this, or one percent of the span, is the clocks' and the crash's own: see loss-limits.ts. */
const tolerance = (span: Stretch): number =>
  Math.max(span.track.endsWith('-private') ? LATE_CHANGE_MS : LOST_BY_CRASH_MS, lengthOf(span) / 100);
const PER_MS = TELEPHONE_RATE / 1000;

/** The problems of a recording's completeness, in sentences; none when it is complete or the call was never answered. */
export function incompleteness(recorded: Recorded, call: CallSpan): readonly string[] {
  const { answered_ms } = call;
  if (answered_ms === undefined) return [];
  const end = Math.max(call.ended_ms, recorded.ended_ms ?? 0);
  const problems: string[] = [];
  for (const span of spansOf(recorded, answered_ms, end)) {
    const missing = unexplained(recorded, span);
    const longest = missing.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];
    if (longest !== undefined && total(missing) > tolerance(span))
      problems.push(
        `call: ${inSeconds(total(missing))} s of the ${span.track}'s ${inSeconds(lengthOf(span))} s were not recorded and no gap says why, the longest from ${inSeconds(longest.from_ms)} to ${inSeconds(longest.to_ms)} s`,
      );
    const dropped = total(overlapping(recorded.gaps, span, (gap) => gap.because === 'overflow'));
    if (dropped > tolerance(span))
      problems.push(
        `call: ${inSeconds(dropped)} s of the ${span.track}'s audio were dropped: the disk did not take them`,
      );
  }
  return problems;
}

/** The customer from answer to end; everyone else while somebody heard them, whether or not there is a track of them. */
function spansOf({ participants }: Recorded, answered: number, end: number): readonly Stretch[] {
  const others = participants
    .filter(({ track }) => track !== 'customer' && track !== 'bot')
    .map(({ track, from_ms, to_ms }) => ({ track, from_ms, to_ms: Math.min(to_ms, end) }));
  return [{ track: 'customer', from_ms: answered, to_ms: end }, ...others].filter((span) => lengthOf(span) > 0);
}

/**
 * Where nothing came and nothing is marked: before the track's first sample, after its last, and its holes. Where nobody lived to
 * end it, what a crash may take of the end is explained.
 */
function unexplained({ tracks, gaps, samples, ended_ms }: Recorded, span: Stretch): readonly Stretch[] {
  const parts = tracks.filter(({ track }) => track === span.track);
  if (parts.length === 0) return [span];
  const first = Math.min(...parts.map(({ from }) => from)) / PER_MS;
  const last = Math.min(samples, Math.max(...parts.map(({ to }) => to))) / PER_MS;
  const lost = ended_ms === undefined ? LOST_BY_CRASH_MS : 0;
  const before = { ...span, to_ms: Math.min(span.to_ms, first) };
  const after = { ...span, from_ms: Math.max(span.from_ms, last) };
  const outside = [before, ...(lengthOf(after) > lost ? [after] : [])].filter((stretch) => lengthOf(stretch) > 0);
  const holes = overlapping(gaps, span, (gap) => gap.because === 'not-received' && gap.at / PER_MS < last);
  return [...outside, ...holes];
}

/** The parts of these gaps of the span's track that lie within it. */
function overlapping(
  gaps: readonly ManifestGap[],
  span: Stretch,
  wanted: (gap: ManifestGap) => boolean,
): readonly Stretch[] {
  return gaps
    .filter((gap) => gap.track === span.track && wanted(gap))
    .map(({ at, samples }) => ({
      track: span.track,
      from_ms: Math.max(span.from_ms, at / PER_MS),
      to_ms: Math.min(span.to_ms, (at + samples) / PER_MS),
    }))
    .filter((stretch) => lengthOf(stretch) > 0);
}

const lengthOf = ({ from_ms, to_ms }: Pick<Stretch, 'from_ms' | 'to_ms'>): number => to_ms - from_ms;
const total = (stretches: readonly Stretch[]): number => stretches.reduce((sum, each) => sum + lengthOf(each), 0);
const inSeconds = (ms: number): string => (ms / 1000).toFixed(1);
