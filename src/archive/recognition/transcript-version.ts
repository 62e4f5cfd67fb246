import { randomBytes } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { RecordingContent, RecordingSpan, TranscriptSegment } from '../index/archive-index.ts';
import type { Transcript } from '../manifest/transcript.ts';
import { transcriptOf } from '../transcript/transcript-of.ts';

/*
 * A later transcript of a recording, by another model. The first one stays what it is, in the signed manifest; this is one more document, signed by itself, with
 * a leaf (SUPERSEDE) of its own in the log.
 */

export const TRANSCRIPT_FORMAT = 'tellerline-transcript';

export interface TranscriptVersion extends Transcript {
  readonly format: typeof TRANSCRIPT_FORMAT;
  readonly version: 1;
  /** 2 is the first after that of the manifest. */
  readonly number: number;
  readonly recording: RecordingId;
  /** Of the archived manifest: SHA-256, hexadecimal. */
  readonly manifest_sha256: string;
  /** ISO 8601. */
  readonly made_at: string;
  readonly software: string;
  /** Destroyed with the recording: without it the leaf in the log names nobody. */
  readonly salt: string;
  /** Spans that this model found to hold a number that nobody is to hear. */
  readonly masked: readonly {
    readonly track: string;
    readonly from_ms: number;
    readonly to_ms: number;
    readonly source: string;
  }[];
}

export interface MadeTranscript {
  readonly segments: readonly TranscriptSegment[];
  /** Found in them, beside those that were known. */
  readonly spans: readonly RecordingSpan[];
}

/** Canonical JSON: what is signed, and whose digest the log has. */
export function formatTranscript(
  { segments, spans }: MadeTranscript,
  facts: Pick<TranscriptVersion, 'number' | 'recording' | 'manifest_sha256' | 'made_at' | 'software'> & {
    readonly language: string;
    readonly model: string;
  },
): string {
  const version: TranscriptVersion = {
    format: TRANSCRIPT_FORMAT,
    version: 1,
    salt: randomBytes(32).toString('hex'),
    masked: spans.map(({ track, fromMs, toMs, source }) => ({ track, from_ms: fromMs, to_ms: toMs, source })),
    ...facts,
    ...transcriptOf(segments, facts.language, facts.model),
  };
  return canonicalJson(version as unknown as Json);
}

/** @throws IvrError CONTAINER_DAMAGED: it is of another version */
export function parseTranscript(text: string): TranscriptVersion {
  const value = JSON.parse(text) as Partial<TranscriptVersion>;
  if (value.format !== TRANSCRIPT_FORMAT || value.version !== 1)
    throw new IvrError('CONTAINER_DAMAGED', 'the transcript is of another version of Tellerline', {});
  return value as TranscriptVersion;
}

/** As the index keeps it. */
export const contentOfVersion = ({ turns, model, masked }: TranscriptVersion): MadeTranscript => ({
  segments: turns.map(({ speaker, from_ms, to_ms, text, confidence = null, words = [] }) => ({
    track: speaker,
    speaker,
    fromMs: from_ms,
    toMs: to_ms,
    text,
    confidence,
    words: words.map((word) => ({ text: word.text, fromMs: word.from_ms, toMs: word.to_ms })),
    source: speaker === 'bot' ? 'prompt' : model,
  })),
  spans: masked.map(({ track, from_ms, to_ms, source }) => ({
    track,
    fromMs: from_ms,
    toMs: to_ms,
    kind: 'masked',
    level: 'C2',
    source,
  })),
});

/** What a recording holds, with the words of its newest transcript; what any of them found to be masked is masked. */
export function withNewest(
  content: RecordingContent,
  versions: readonly { readonly version: TranscriptVersion }[],
): RecordingContent {
  const newest = versions.at(-1);
  if (newest === undefined) return content;
  const spans = [...content.spans];
  for (const { version } of versions)
    for (const span of contentOfVersion(version).spans)
      if (!spans.some((known) => covers(known, span))) spans.push(span);
  return {
    ...content,
    segments: contentOfVersion(newest.version).segments,
    spans: spans.toSorted((a, b) => a.fromMs - b.fromMs),
  };
}

const covers = (known: RecordingSpan, { track, fromMs, toMs }: RecordingSpan): boolean =>
  known.track === track && known.fromMs <= fromMs && known.toMs >= toMs;
