import { openFlac } from '../../audio/flac/read-flac.ts';
import { writtenConfidence } from '../../domain/confidence.ts';
import type { Decoded, Recognizer } from '../../speech/recognizer.ts';
import type { Blobs } from '../blobs/blobs.ts';
import { openContainer } from '../container/open-container.ts';
import type { IndexedRecording, RecordingContent, RecordingSpan, TranscriptSegment } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { AudioChannel } from '../manifest/archived-manifest.ts';
import { blobSource } from '../pipeline/pack-file.ts';
import { type HeardSegment, maskedSegments, spansOfNumbers } from '../transcript/spoken-segments.ts';
import { channelOf } from '../pipeline/playback.ts';
import { findStretches, msOf, type Stretch } from './speech-stretches.ts';
import type { MadeTranscript } from './transcript-version.ts';

export interface HearingParts {
  readonly blobs: Blobs;
  readonly keys: KeyStore;
  readonly recognizer: Pick<Recognizer, 'decode'>;
  /** What the transcript names. */
  readonly model: string;
  /** Resolves when the machine has time for the next utterance. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
}

/** Samples that are read and looked at between two looks whether to go on: a minute. */
const WINDOW = 480_000;

/**
 * Recognizes anew what people said in an archived recording: the customer, and whoever was on the line beside the bot. What the bot said is known. Nothing is
 * recognized where a number is masked: there the words that were known, which are masked, stay.
 *
 * @returns the whole transcript, masked
 * @throws IvrError what the store, the keys and the recognizer throw; CANCELLED
 */
export async function hearRecording(
  row: IndexedRecording,
  channels: readonly AudioChannel[],
  known: RecordingContent,
  parts: HearingParts,
  signal: AbortSignal,
): Promise<MadeTranscript> {
  const { blobs, keys } = parts;
  const source = await blobSource(blobs, { key: row.location ?? '', version: row.versionId ?? '1' });
  const flac = await openFlac(await openContainer(source, ({ key }) => keys.openDataKey(row.id, key)));
  const heard: HeardSegment[] = [];
  const finders = channels.map(() => findStretches());
  const listen = async (channel: number, stretches: readonly Stretch[]): Promise<void> => {
    const track = personOn(channels[channel]);
    if (track === undefined) return;
    for (const stretch of stretches) {
      const place = { fromMs: msOf(stretch.from), toMs: msOf(stretch.from + stretch.samples.length) };
      if (isKnown(channel, place, known)) continue;
      await parts.turn(signal);
      const segment = await recognize(stretch, place, track, row.language ?? 'en', parts, signal);
      if (segment !== undefined) heard.push(segment);
    }
  };
  for (let from = 0; from < flac.stream.samples; from += WINDOW) {
    signal.throwIfAborted();
    for await (const block of flac.read(from, from + WINDOW))
      for (const [channel, samples] of block.entries()) await listen(channel, finders[channel]?.push(samples) ?? []);
  }
  for (const [channel, finder] of finders.entries()) await listen(channel, finder.end());
  const kept = known.segments.filter((segment) => segment.source === 'prompt' || isMasked(segment, known.spans));
  const own = heard.toSorted((a, b) => a.fromMs - b.fromMs);
  return {
    segments: [...maskedSegments(own), ...kept].toSorted((a, b) => a.fromMs - b.fromMs),
    spans: spansOfNumbers(own),
  };
}

/** By the tracks' names, never by the side. */
const personOn = (channel: AudioChannel | undefined): string | undefined =>
  channel?.tracks.find((track) => track !== 'bot');

interface Place {
  readonly fromMs: number;
  readonly toMs: number;
}

const overlap = (a: Place, b: Place): number => Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));

const isMasked = (segment: TranscriptSegment, spans: readonly RecordingSpan[]): boolean =>
  spans.some((span) => span.kind === 'masked' && span.track === segment.track && overlap(span, segment) > 0);

/** A number is masked there, or the bot speaks: its words are known. */
function isKnown(channel: number, place: Place, { spans, segments }: RecordingContent): boolean {
  if (spans.some((span) => span.kind === 'masked' && channelOf(span.track) === channel && overlap(span, place) > 0))
    return true;
  const spoken = segments
    .filter(({ source, track }) => source === 'prompt' && channelOf(track) === channel)
    .reduce((sum, segment) => sum + overlap(segment, place), 0);
  return spoken * 2 > place.toMs - place.fromMs;
}

async function recognize(
  { samples }: Stretch,
  place: Place,
  track: string,
  language: string,
  { recognizer, model }: HearingParts,
  signal: AbortSignal,
): Promise<HeardSegment | undefined> {
  const decode = (spoken: string): Promise<Decoded> =>
    recognizer.decode(samples, { language: spoken, orFree: true, kind: 'final' }, signal);
  let decoded = await decode(language);
  if (decoded.outcome === 'other-language' && decoded.language !== undefined) decoded = await decode(decoded.language);
  const [best] = decoded.hypotheses;
  if (decoded.outcome !== 'match' || best === undefined) return undefined;
  return {
    ...place,
    track,
    speaker: track,
    personal: true,
    text: best.words.join(' '),
    confidence: writtenConfidence(best.confidence),
    words: [],
    source: model,
  };
}
