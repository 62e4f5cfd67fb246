import type { Span } from '../../../src/archive/recording-reader.ts';

/** Nobody hears a shorter gap, and a call has hundreds. */
const SHORTEST_GAP_MS = 100;
/** What is interrupted for less goes on. */
const SAME_MS = 300;

/** Spans as people look at them: in order, pieces of one joined, gaps too short to be heard left out. */
export function shownSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].toSorted((a, b) => a.fromMs - b.fromMs)) {
    const at = joined.findLastIndex(
      ({ kind, reason, channel, toMs }) =>
        kind === span.kind && reason === span.reason && channel === span.channel && span.fromMs - toMs <= SAME_MS,
    );
    const before = joined[at];
    if (before === undefined) joined.push(span);
    else joined[at] = { ...before, toMs: Math.max(before.toMs, span.toMs) };
  }
  const within = (span: Span): boolean =>
    joined.some(
      (other) =>
        other !== span &&
        other.kind !== 'gap' &&
        other.channel === span.channel &&
        other.fromMs <= span.fromMs &&
        other.toMs >= span.toMs,
    );
  return joined.filter((span) => span.kind !== 'gap' || (span.toMs - span.fromMs >= SHORTEST_GAP_MS && !within(span)));
}
