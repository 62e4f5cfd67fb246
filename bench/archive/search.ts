import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openPartitions } from '../../src/archive/index/partitions.ts';
import { ordinalOf, toRow } from '../../src/archive/index/recording-row.ts';
import { searchTokens } from '../../src/archive/index/word-rows.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import type { IndexScope, SearchQuery } from '../../src/archive/search/search.ts';
import { wallMs } from '../../src/domain/units.ts';
import { parsePostgresqlUrl } from '../../src/lib/postgresql-address.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { noPostgresql, openCluster } from '../../test/support/postgresql.ts';
import { CHINESE, END, ENGLISH, HASH, make, randomOf, skewed, SPAN, type Made } from './corpus.ts';

/*
 * Search over generated recordings of five years, each tenth under a legal hold: every kind of query, of any age. The words follow
 * a power law, as words do; some are in nearly every call and some in one of ten thousand.
 */

const BATCH = 2_000;
const EVERYTHING: IndexScope = { queues: null, level: 'C3', notBefore: null, restricted: 'hidden' };

async function fill(storage: Storage, of: number): Promise<void> {
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
  for (let from = 0; from < of; from += BATCH) {
    const made = Array.from({ length: Math.min(BATCH, of - from) }, (_, n) => make(from + n, of, random));
    await partitions.ensure(made.map(({ recording }) => recording.id));
    await knex.transaction((trx) => (dialect === 'sqlite' ? insertSqlite(trx, made) : insertPostgresql(trx, made)));
  }
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

type Kind = (random: () => number, sample: Made) => SearchQuery;
const of = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;
const month = (random: () => number): { from: ReturnType<typeof wallMs>; until: ReturnType<typeof wallMs> } => {
  const from = END - SPAN + random() * (SPAN - 30 * 86_400_000);
  return { from: wallMs(from), until: wallMs(from + 30 * 86_400_000) };
};
const KINDS: Readonly<Record<string, Kind>> = {
  'a number': (_, { number }) => ({ number }),
  'a number that nobody has': () => ({ number: '999999999' }),
  'an agent in a month': (random) => ({ agent: `agent-${skewed(random, 500)}`, ...month(random) }),
  'a queue, an outcome and a duration': (random) => ({
    queue: `queue-${skewed(random, 20)}`,
    outcome: 'failed',
    shortestMs: 60_000,
    longestMs: 120_000,
  }),
  'a rare intent of an old dialplan version': (random) => ({
    intent: `intent-${40 + Math.floor(20 * random())}`,
    dialplanVersion: 2,
  }),
  'the longest calls': () => ({ shortestMs: 3_300_000 }),
  'a frequent word': (random) => ({ words: of(ENGLISH.slice(0, 5), random) }),
  'a rare word': (random) => ({ words: `ticket${Math.floor(random() * 50_000)}` }),
  'a Chinese word': (random) => ({ words: of(CHINESE, random) }),
  'one character': (random) => ({ words: of(CHINESE, random).charAt(0) }),
  'four characters of a call': (random, { texts }) => {
    const at = Math.floor(random() * 16);
    return {
      words: Array.from(texts[1] ?? '')
        .slice(at, at + 4)
        .join(''),
    };
  },
  'three English words in a row': (random, { texts }) => {
    const at = Math.floor(random() * 13);
    return {
      words: `"${(texts[0] ?? '')
        .split(' ')
        .slice(at, at + 3)
        .join(' ')}"`,
    };
  },
  'words, an agent, and a month': (random) => ({
    words: `${of(ENGLISH, random)} ${of(CHINESE, random)}`,
    queue: `queue-${skewed(random, 20)}`,
    ...month(random),
  }),
  'a word on hold': (random) => ({ words: of(ENGLISH, random), onHold: true }),
  'on hold in a rare queue': () => ({ onHold: true, queue: 'queue-19' }),
  'nothing but a month': (random) => month(random),
};

const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0) * 10) / 10;
};

async function measure(storage: Storage, recordings: number, rounds: number): Promise<object> {
  const search = openSearch(storage, HASH);
  const random = randomOf(11);
  const all: number[] = [];
  const kinds: Record<string, object> = {};
  for (const [name, kind] of Object.entries(KINDS)) {
    const took: number[] = [];
    let found = 0;
    for (let n = 0; n < rounds; n++) {
      const query = kind(random, make(Math.floor(random() * recordings), recordings, randomOf(n)));
      const began = performance.now();
      // every other one is the second page
      const page = await search.find(query, EVERYTHING, { limit: 50 });
      took.push(performance.now() - began);
      found += page.recordings.length;
      if (page.next === undefined) continue;
      const again = performance.now();
      await search.find(query, EVERYTHING, { limit: 50, after: page.next });
      took.push(performance.now() - again);
    }
    all.push(...took);
    kinds[name] = { p50_ms: quantile(took, 0.5), p95_ms: quantile(took, 0.95), found: Math.round(found / rounds) };
  }
  return {
    queries: all.length,
    p50_ms: quantile(all, 0.5),
    p95_ms: quantile(all, 0.95),
    p99_ms: quantile(all, 0.99),
    kinds,
  };
}

async function run(storage: Storage, recordings: number, rounds: number): Promise<object> {
  const { knex, dialect, file } = storage;
  const rows = async (table: string): Promise<number> =>
    (await knex(table).count<{ n: number }[]>({ n: '*' }))[0]?.n ?? 0;
  const began = performance.now();
  if ((await rows('archive_recording')) !== recordings) await fill(storage, recordings);
  const seconds = (performance.now() - began) / 1_000;
  const bytes =
    dialect === 'sqlite'
      ? (await stat(file)).size
      : Number(
          (await knex.raw<{ rows: { n: number }[] }>('select pg_database_size(current_database()) as n')).rows[0]?.n,
        );
  return {
    recordings,
    holds: await rows('legal_hold_item'),
    filled_in_s: Math.round(seconds),
    bytes_a_recording: Math.round(bytes / recordings),
    ...(await measure(storage, recordings, rounds)),
  };
}

const DEADLINES = { connectMs: 5_000, statementMs: 600_000, answerMs: 600_000 };

/**
 * @param recordings - how many lie in the archive
 * @param rounds - queries of each kind
 * @param kept - a folder whose SQLite database stays for the next run; a PostgreSQL database that is there
 */
export async function benchSearch(
  database: 'sqlite' | 'postgresql',
  recordings: number,
  rounds: number,
  kept: { readonly folder: string | undefined; readonly server: string | undefined },
): Promise<object> {
  if (database === 'postgresql' && kept.server === undefined && noPostgresql)
    return { skipped: 'install the Debian package postgresql' };
  const folder = await mkdtemp(join(tmpdir(), 'bench-search-'));
  try {
    const common = { migrations: MIGRATIONS, node: 'bench' };
    if (database === 'sqlite') {
      const file = join(kept.folder ?? folder, 'bench.sqlite');
      await using storage = await openStorage({ file, ...common }, silentLogger);
      return await run(storage, recordings, rounds);
    }
    await using cluster = kept.server === undefined ? await openCluster(SERVER) : undefined;
    const server = cluster === undefined ? addressed(kept.server ?? '') : await cluster.database();
    await using storage = await openStorage(
      { file: join(folder, 'bench.sqlite'), ...common, server: { ...server, deadlines: DEADLINES } },
      silentLogger,
    );
    return await run(storage, recordings, rounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function addressed(url: string): DatabaseServer {
  const address = parsePostgresqlUrl(url);
  if ('problem' in address) throw new Error(`--server ${address.problem}`);
  return { address, connections: 4 };
}

const SERVER = ['shared_buffers = 512MB', 'work_mem = 32MB', 'max_wal_size = 4GB', 'autovacuum = off'];
