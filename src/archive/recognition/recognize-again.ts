import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import type { ArchiveIndex, IndexedRecording } from '../index/archive-index.ts';
import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import { packOf } from '../pipeline/locations.ts';
import { readStoredPack } from '../pipeline/pack-file.ts';
import { type HearingParts, hearRecording } from './hear-recording.ts';
import { type RecognitionRow, writeRecognition } from './recognition-rows.ts';
import {
  readTranscripts,
  type StoredTranscript,
  storeTranscript,
  type TranscriptStoreParts,
  logTranscript,
} from './transcript-store.ts';
import { type MadeTranscript, withNewest } from './transcript-version.ts';

export interface RecognizingParts extends HearingParts, TranscriptStoreParts {
  readonly knex: Knex;
  readonly index: Pick<ArchiveIndex, 'content' | 'setContent'>;
}

/**
 * One recording, recognized anew: stored beside the transcripts that it has, and found by its new words. May be stopped at any time; whatever was stored is used by
 * the next attempt.
 *
 * @returns what was made of it
 * @throws IvrError CANCELLED, BLOBS_UNREACHABLE, STORAGE_FAILED, RECOGNIZER_UNREACHABLE: it is none of the recording's faults
 */
export async function recognizeAgain(
  row: IndexedRecording,
  parts: RecognizingParts,
  signal: AbortSignal,
): Promise<RecognitionRow> {
  const { model, knex, wall } = parts;
  const result = await attempt(row, parts, signal).catch((thrown: unknown): Result => {
    if (signal.aborted || isPassing(thrown)) throw thrown;
    return {
      state: 'failed',
      number: null,
      leafIndex: null,
      error: thrown instanceof IvrError ? thrown.code : 'INTERNAL',
    };
  });
  const written = { recording: row.id, model, ...result };
  await writeRecognition(knex, written, wall());
  return written;
}

const PASSING = new Set([
  'CANCELLED',
  'BLOBS_UNREACHABLE',
  'STORAGE_FAILED',
  'RECOGNIZER_UNREACHABLE',
  'LOG_UNWRITABLE',
]);
const isPassing = (thrown: unknown): boolean => thrown instanceof IvrError && PASSING.has(thrown.code);

type Result = Omit<RecognitionRow, 'recording' | 'model'>;

async function attempt(row: IndexedRecording, parts: RecognizingParts, signal: AbortSignal): Promise<Result> {
  const { blobs, keys, index, log, model } = parts;
  const versions = await readTranscripts(row, parts);
  const there = versions.findLast(({ version }) => version.model === model);
  if (there !== undefined) {
    const leafIndex = await logTranscript(there, log);
    await show(row, versions, index);
    return { state: 'made', number: there.number, leafIndex, error: null };
  }
  const pack = await readStoredPack(blobs, packOf(row.location ?? ''), row.id, keys);
  if (pack === undefined) throw new IvrError('BLOB_MISSING', 'the archived manifest is not in the store', {});
  const { audio } = JSON.parse(pack.value.manifest.text) as ArchivedManifest;
  const known = await index.content(row.id);
  const made = await hearRecording(row, audio.channels, known, parts, signal);
  if (lost(known.segments, made.segments)) return { state: 'nothing', number: null, leafIndex: null, error: null };
  const { leafIndex, ...stored } = await storeTranscript(row, pack.value, made, model, parts);
  await show(row, [...versions, stored], index);
  return { state: 'made', number: stored.number, leafIndex, error: null };
}

/** Somebody was known to speak, and now nobody is: a model that does not work must not take the words from the search. */
const lost = (before: MadeTranscript['segments'], after: MadeTranscript['segments']): boolean => {
  const spoken = (segments: MadeTranscript['segments']): boolean => segments.some(({ source }) => source !== 'prompt');
  return spoken(before) && !spoken(after);
};

/** The newest transcript is the one that is shown and searched; what is masked already stays so. */
async function show(
  { id }: IndexedRecording,
  versions: readonly StoredTranscript[],
  index: Pick<ArchiveIndex, 'content' | 'setContent'>,
): Promise<void> {
  const { segments, spans } = withNewest(await index.content(id), versions);
  await index.setContent(id, { segments, spans });
}
