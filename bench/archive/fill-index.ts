import type { Knex } from 'knex';
import { openPartitions } from '../../src/archive/index/partitions.ts';
import { ordinalOf, toRow } from '../../src/archive/index/recording-row.ts';
import { searchTokens } from '../../src/archive/index/word-rows.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { END, type Made, make, randomOf } from './corpus.ts';

/* An index filled in bulk, past the statements of the product: a million recordings in minutes. */

const BATCH = 2_000;

/** Each tenth recording is under a legal hold. */
export async function fill(storage: Storage, of: number): Promise<void> {
  const { knex, dialect } = storage;
  const random = randomOf(7);
  await knex('legal_hold').insert({
    id: 'hold',
    case_number: '2026-1',
    reason: 'bench',
    placed_by: 'bench',
    placed_at: END,
    released_by: '[]',
  });
  const partitions = openPartitions(knex);
  // the index of tokens is made in one go afterwards, which takes a fraction of the time
  if (dialect === 'postgresql') await knex.raw('drop index archive_words_tokens');
  for (let from = 0; from < of; from += BATCH) {
    const made = Array.from({ length: Math.min(BATCH, of - from) }, (_, n) => make(from + n, of, random));
    await partitions.ensure(made.map(({ recording }) => recording.id));
    await knex.transaction((trx) => (dialect === 'sqlite' ? insertSqlite(trx, made) : insertPostgresql(trx, made)));
  }
  if (dialect === 'postgresql')
    await knex.raw('create index archive_words_tokens on archive_words using gin (tokens) with (fastupdate = off)');
  await knex.raw('analyze');
}

const segmentOf = ({ recording, texts }: Made, n: number): object => ({
  recording: recording.id,
  n,
  track: 'customer',
  speaker: 'caller',
  from_ms: 0,
  to_ms: 1,
  text: texts[n] ?? '',
  confidence: 0.9,
  words: '[]',
  source: 'whisper',
});
const itemsOf = (made: readonly Made[]): object[] =>
  made
    .filter(({ recording }) => recording.holds > 0)
    .map(({ recording }) => ({ recording: recording.id, hold: 'hold' }));

async function insertSqlite(trx: Knex, made: readonly Made[]): Promise<void> {
  const ordinals = new Map<string, number>();
  for (const { recording } of made) {
    let ordinal = ordinalOf(recording.id);
    while ([...ordinals.values()].at(-1) === ordinal) ordinal += 1;
    ordinals.set(recording.id, ordinal);
  }
  const insert = async (table: string, rows: readonly object[], at = 300): Promise<void> => {
    for (let from = 0; from < rows.length; from += at) {
      const some = rows.slice(from, from + at);
      const names = Object.keys(some[0] ?? {});
      const values = some.map(() => `(${names.map(() => '?').join(',')})`).join(',');
      await trx.raw(
        `insert into ${table} (${names.join(',')}) values ${values}`,
        some.flatMap((row) => Object.values(row) as string[]),
      );
    }
  };
  await insert(
    'archive_recording',
    made.map(({ recording }) => ({ ...toRow(recording), ordinal: ordinals.get(recording.id) })),
  );
  await insert(
    'archive_words',
    made.map(({ recording, texts }) => ({
      rowid: ordinals.get(recording.id),
      tokens: searchTokens(recording, texts).join(' '),
    })),
  );
  await insert(
    'archive_segment',
    made.flatMap((one) => [segmentOf(one, 0), segmentOf(one, 1)]),
  );
  await insert('legal_hold_item', itemsOf(made));
}

/** As arrays: one statement of few variables. */
async function insertPostgresql(trx: Knex, made: readonly Made[]): Promise<void> {
  const insert = async (table: string, rows: readonly object[], cast = ''): Promise<void> => {
    if (rows.length === 0) return;
    const names = Object.keys(rows[0] ?? {}).join(',');
    await trx.raw(
      `insert into ${table} (${names}) select ${cast === '' ? names : cast} from json_populate_recordset(null::${cast === '' ? table : 'words_in'}, ?::json)`,
      [JSON.stringify(rows)],
    );
  };
  await insert(
    'archive_recording',
    made.map(({ recording }) => toRow(recording)),
  );
  await insert(
    'archive_segment',
    made.flatMap((one) => [segmentOf(one, 0), segmentOf(one, 1)]),
  );
  await insert('legal_hold_item', itemsOf(made));
  await trx.raw('create temporary table if not exists words_in (recording uuid, tokens text[])');
  await insert(
    'archive_words',
    made.map(({ recording, texts }) => ({ recording: recording.id, tokens: searchTokens(recording, texts) })),
    'recording, array_to_tsvector(tokens)',
  );
}
