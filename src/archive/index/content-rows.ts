import { recordingMs } from '../../domain/units.ts';
import type { Knex } from 'knex';
import type {
  RecordingContent,
  RecordingEvent,
  RecordingSpan,
  TranscriptSegment,
  TranscriptWord,
} from './archive-index.ts';

/* What a recording holds, as rows: events, spans and the utterances of its transcript. */

const ROWS_A_STATEMENT = 100;

const rowsOf = (
  id: string,
  content: Partial<RecordingContent>,
): Readonly<Record<string, readonly object[] | undefined>> => ({
  archive_event: content.events?.map(({ atMs, type, facts }, n) => ({
    recording: id,
    n,
    at_ms: atMs,
    type,
    facts: JSON.stringify(facts),
  })),
  archive_span: content.spans?.map(({ track, fromMs, toMs, kind, level, source }, n) => ({
    recording: id,
    n,
    track,
    from_ms: fromMs,
    to_ms: toMs,
    kind,
    level,
    source,
  })),
  archive_segment: content.segments?.map(({ track, speaker, fromMs, toMs, text, confidence, words, source }, n) => ({
    recording: id,
    n,
    track,
    speaker,
    from_ms: fromMs,
    to_ms: toMs,
    text: text.replaceAll('\0', ''),
    confidence,
    words: JSON.stringify(words.map((word) => [word.text, word.fromMs, word.toMs])),
    source,
  })),
});

export async function deleteContent(trx: Knex, id: string, content: Partial<RecordingContent>): Promise<void> {
  for (const [table, rows] of Object.entries(rowsOf(id, content)))
    if (rows !== undefined) await trx(table).where({ recording: id }).delete();
}

export async function insertContent(trx: Knex, id: string, content: Partial<RecordingContent>): Promise<void> {
  for (const [table, rows = []] of Object.entries(rowsOf(id, content)))
    for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT)
      await trx(table).insert(rows.slice(from, from + ROWS_A_STATEMENT));
}

interface SegmentRow {
  readonly track: string;
  readonly speaker: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly text: string;
  readonly confidence: number | null;
  readonly words: string;
  readonly source: string;
}
interface SpanRow extends Omit<RecordingSpan, 'fromMs' | 'toMs'> {
  readonly from_ms: number;
  readonly to_ms: number;
}

const toWord = ([text, fromMs, toMs]: [string, number, number]): TranscriptWord => ({ text, fromMs, toMs });

const toSegment = ({
  from_ms,
  to_ms,
  words,
  track,
  speaker,
  text,
  confidence,
  source,
}: SegmentRow): TranscriptSegment => ({
  track,
  speaker,
  fromMs: from_ms,
  toMs: to_ms,
  text,
  confidence,
  words: (JSON.parse(words) as [string, number, number][]).map(toWord),
  source,
});

export async function selectContent(knex: Knex, id: string): Promise<RecordingContent> {
  const rows = <T>(table: string): Promise<T[]> =>
    knex(table)
      .where({ recording: id })
      .orderBy('n')
      .then((found: T[]) => found);
  const [events, spans, segments] = [
    await rows<{ at_ms: number; type: string; facts: string }>('archive_event'),
    await rows<SpanRow>('archive_span'),
    await rows<SegmentRow>('archive_segment'),
  ];
  return {
    events: events.map(({ at_ms, type, facts }) => ({
      atMs: recordingMs(at_ms),
      type,
      facts: JSON.parse(facts) as RecordingEvent['facts'],
    })),
    spans: spans.map(({ track, from_ms, to_ms, kind, level, source }) => ({
      track,
      fromMs: from_ms,
      toMs: to_ms,
      kind,
      level,
      source,
    })),
    segments: segments.map(toSegment),
  };
}
