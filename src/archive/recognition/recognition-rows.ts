import type { Knex } from 'knex';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import { isSqlite, type Migration } from '../../storage/migrations.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';

/* Which recordings were recognized anew, with which model: what is there is not begun again. */

export const RECOGNITION_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0008-recognition',
    async up(knex) {
      const id = isSqlite(knex) ? 'text' : 'uuid';
      await knex.raw(
        `create table archive_transcript (recording ${id} not null, model text not null, state text not null, number integer, leaf_index bigint, made_at bigint not null, attempts integer not null, error text, primary key (recording, model))`,
      );
    },
    down: (knex) => knex.schema.dropTable('archive_transcript'),
  },
];

/** `made`: there is a transcript by this model; `nothing`: it heard nobody where somebody was known to speak, so the one before stays. */
export type RecognitionState = 'made' | 'nothing' | 'failed';

export interface RecognitionRow {
  readonly recording: RecordingId;
  readonly model: string;
  readonly state: RecognitionState;
  /** Of the transcript: 2 is the first after that of the manifest. */
  readonly number: number | null;
  readonly leafIndex: number | null;
  readonly error: string | null;
}

/** What fails so often is left alone until another model is configured. */
const MOST_ATTEMPTS = 3;

/** Of these, what has still to be recognized by this model. @throws IvrError STORAGE_FAILED */
export const selectUnrecognized = (
  knex: Knex,
  recordings: readonly RecordingId[],
  model: string,
): Promise<ReadonlySet<RecordingId>> =>
  orStorageFailed(
    'reading what was recognized',
    knex('archive_transcript')
      .whereIn('recording', [...recordings])
      .where({ model })
      .where((done) => void done.whereNot('state', 'failed').orWhere('attempts', '>=', MOST_ATTEMPTS))
      .pluck('recording')
      .then((done: RecordingId[]) => {
        const known = new Set(done);
        return new Set(recordings.filter((id) => !known.has(id)));
      }),
  );

/** @throws IvrError STORAGE_FAILED */
export const writeRecognition = (
  knex: Knex,
  { recording, model, state, number, leafIndex, error }: RecognitionRow,
  now: WallMs,
): Promise<void> =>
  orStorageFailed(
    'writing what was recognized',
    knex('archive_transcript')
      .insert({ recording, model, state, number, leaf_index: leafIndex, made_at: now, attempts: 1, error })
      .onConflict(['recording', 'model'])
      .merge({
        state,
        number,
        leaf_index: leafIndex,
        made_at: now,
        error,
        attempts: knex.raw('archive_transcript.attempts + 1'),
      })
      .then(() => undefined),
  );

/** By their numbers. @throws IvrError STORAGE_FAILED */
export const selectTranscriptLeaves = (knex: Knex, recording: RecordingId): Promise<ReadonlyMap<number, number>> =>
  orStorageFailed(
    'reading what was recognized',
    knex('archive_transcript')
      .where({ recording, state: 'made' })
      .whereNotNull('leaf_index')
      .select<{ number: number; leaf_index: number | string }[]>('number', 'leaf_index')
      .then((rows) => new Map(rows.map((row) => [row.number, Number(row.leaf_index)]))),
  );

/** How many were made, and how many failed for good, by this model. @throws IvrError STORAGE_FAILED */
export const countRecognized = (
  knex: Knex,
  model: string,
): Promise<{ readonly made: number; readonly failed: number }> =>
  orStorageFailed(
    'counting what was recognized',
    knex('archive_transcript')
      .where({ model })
      .groupBy('state')
      .select<{ state: RecognitionState; n: number | string }[]>('state', knex.raw('count(*) as n'))
      .then((rows) => {
        const of = (state: RecognitionState): number => Number(rows.find((row) => row.state === state)?.n ?? 0);
        return { made: of('made'), failed: of('failed') };
      }),
  );
