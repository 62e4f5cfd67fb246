import type { Knex } from 'knex';
import type { RecordingId } from '../../domain/ids.ts';
import type { ExpectedRecording } from '../../domain/recording-intent.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { openPartitions } from './partitions.ts';
import { insertRecordings, legRow, selectRecording } from './recording-rows.ts';
import { UNKNOWN_BEFORE_THE_CALL } from './unknown-facts.ts';
import { writeWords } from './word-rows.ts';

/** Writes legs of the call detail record and the intents to record them, in somebody's transaction. */
export interface IntentRows {
  /** What they need to be there. Outside of the transaction, before it. */
  prepare(expected: readonly ExpectedRecording[]): Promise<void>;
  /** Those whose recording is there already are passed over. */
  insert(trx: Knex, expected: readonly ExpectedRecording[]): Promise<void>;
}

export function openIntentRows({ knex, dialect }: Storage, clock: Pick<Clock, 'wall'>): IntentRows {
  const partitions = openPartitions(knex);
  return {
    prepare: (expected) => partitions.ensure(expected.map(({ intent }) => intent.id)),
    async insert(trx, all) {
      const ids = all.map(({ intent }) => intent.id);
      const there = new Set((await trx('archive_recording').whereIn('id', ids).pluck('id')) as RecordingId[]);
      const expected = all.filter(({ intent }) => !there.has(intent.id));
      if (expected.length === 0) return;
      await trx('archive_leg')
        .insert(expected.map(({ intent }) => legRow(intent)))
        .onConflict('leg')
        .ignore();
      const recordings = expected.map(({ intent, exempt }) => ({
        ...UNKNOWN_BEFORE_THE_CALL,
        ...intent,
        state: exempt === undefined ? ('EXPECTED' as const) : ('EXEMPT' as const),
        stateReason: exempt ?? null,
        stateSince: clock.wall(),
      }));
      await insertRecordings(trx, dialect, recordings);
      // a caller waits: what search finds a recording by is written when more is known of it, or nothing more will be
      for (const { id, state } of recordings)
        if (state === 'EXEMPT') await writeWords(trx, dialect, await selectRecording(trx, dialect, id), []);
    },
  };
}
