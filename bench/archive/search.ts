import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import type { IndexScope, SearchPage, SearchQuery } from '../../src/archive/search/search.ts';
import type { RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { parsePostgresqlUrl } from '../../src/lib/postgresql-address.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { noPostgresql, openCluster } from '../../test/support/postgresql.ts';
import { CHINESE, END, ENGLISH, HASH, make, randomOf, skewed, SPAN, type Made } from './corpus.ts';
import { fill } from './fill-index.ts';

/*
 * Search over generated recordings of five years, each tenth under a legal hold: every kind of query, of any age. The words follow
 * a power law, as words do; some are in nearly every call and some in one of ten thousand.
 */

const EVERYTHING: IndexScope = { queues: null, level: 'C3', notBefore: null, restricted: 'hidden' };

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
  const cpu: number[] = [];
  const cpuNow = await cpuOf(storage);
  const kinds: Record<string, object> = {};
  for (const [name, kind] of Object.entries(KINDS)) {
    const took: number[] = [];
    const used: number[] = [];
    let found = 0;
    const find = async (query: SearchQuery, after?: RecordingId): Promise<SearchPage> => {
      const [from, began] = [cpuNow(), performance.now()];
      const page = await search.find(query, EVERYTHING, { limit: 50, ...(after === undefined ? {} : { after }) });
      took.push(performance.now() - began);
      used.push(cpuNow() - from);
      return page;
    };
    for (let n = 0; n < rounds; n++) {
      const query = kind(random, make(Math.floor(random() * recordings), recordings, randomOf(n)));
      // every other one is the second page
      const page = await find(query);
      found += page.recordings.length;
      if (page.next !== undefined) await find(query, page.next);
    }
    all.push(...took);
    cpu.push(...used);
    kinds[name] = {
      p50_ms: quantile(took, 0.5),
      p95_ms: quantile(took, 0.95),
      cpu_p95_ms: quantile(used, 0.95),
      found: Math.round(found / rounds),
    };
  }
  return {
    queries: all.length,
    p50_ms: quantile(all, 0.5),
    p95_ms: quantile(all, 0.95),
    p99_ms: quantile(all, 0.99),
    cpu_p95_ms: quantile(cpu, 0.95),
    kinds,
  };
}

/** Milliseconds on a processor of this process, with its threads, and of the database server's for us: what a busy machine does not change. */
async function cpuOf({ knex, dialect }: Storage): Promise<() => number> {
  const own = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  if (dialect === 'sqlite') return own;
  const { rows } = await knex.raw<{ rows: { pid: number }[] }>('select pg_backend_pid() as pid');
  const path = `/proc/${rows[0]?.pid}/schedstat`;
  return () => own() + Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6;
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
    const server =
      cluster === undefined ? addressed(kept.server ?? '') : { ...(await cluster.database()), connections: 1 };
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
  return { address, connections: 1 };
}

const SERVER = [
  'shared_buffers = 512MB',
  'work_mem = 32MB',
  'max_wal_size = 4GB',
  'autovacuum = off',
  'maintenance_work_mem = 512MB',
];
