import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { IndexedRecording } from '../../src/archive/index/archive-index.ts';
import { openPartitions } from '../../src/archive/index/partitions.ts';
import { ordinalOf, toRow } from '../../src/archive/index/recording-row.ts';
import { searchTokens } from '../../src/archive/index/word-rows.ts';
import { keyedHash } from '../../src/archive/search/keyed-hash.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import type { SearchQuery } from '../../src/archive/search/search.ts';
import { newContactId, newLegId, type RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { noPostgresql, openCluster } from '../../test/support/postgresql.ts';

/*
 * Search over generated recordings of five years, each tenth under a legal hold: every kind of query, of any age. The words follow
 * a power law, as words do; some are in nearly every call and some in one of ten thousand.
 */

const YEARS = 5;
const SPAN = YEARS * 365.25 * 86_400_000;
const END = Date.UTC(2026, 10, 1);
const BATCH = 2_000;

/** The same numbers in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const ENGLISH =
  'the my card account balance please transfer lost block money payment credit loan address change statement branch online password fee interest rate mortgage deposit savings cheque insurance currency exchange travel limit increase complaint refund fraud unauthorized transaction merchant dispute receipt contract signature'.split(
    ' ',
  );
const CHINESE =
  '我的 银行卡 账户 余额 请问 转账 挂失 密码 贷款 利息 手机号码 地址 信用额度 还款日 投诉 退款 诈骗 交易 商户 争议 合同 签名 基金 理财 保险 外汇 汇率 存款 支票 网点 能不能 怎么 办理 昨天 今天 收到 短信 没有 提示 失败 冻结 解冻 开户 销户 年费 积分 兑换 分期 手续费 客户经理'.split(
    ' ',
  );

/** Rare when `at` is high. */
const skewed = (random: () => number, length: number): number => Math.floor(length * random() ** 3);

interface Made {
  readonly recording: IndexedRecording;
  readonly texts: readonly string[];
  readonly number: string;
}

function make(n: number, of: number, random: () => number): Made {
  const startedAt = Math.floor(END - SPAN + (SPAN * n) / of);
  const bytes = createHash('sha256').update(`${n}`).digest('hex');
  const time = startedAt.toString(16).padStart(12, '0');
  const id =
    `${time.slice(0, 8)}-${time.slice(8)}-7${bytes.slice(0, 3)}-8${bytes.slice(3, 6)}-${bytes.slice(6, 18)}` as RecordingId;
  const number = `1${String(3_000_000_000 + Math.floor(random() * 200_000))}`;
  const english = Array.from({ length: 16 }, () => ENGLISH[skewed(random, ENGLISH.length)]);
  english.push(`ticket${Math.floor(random() * 50_000)}`);
  const chinese = Array.from({ length: 10 }, () => CHINESE[skewed(random, CHINESE.length)]);
  const durationMs = Math.floor(5_000 + 600_000 * random() ** 4 * (1 + 5 * random()));
  return {
    number,
    texts: [english.join(' '), chinese.join('')],
    recording: {
      id,
      contact: newContactId(startedAt),
      leg: newLegId(startedAt),
      node: 'bench',
      direction: 'inbound',
      startedAt: wallMs(startedAt),
      sipCallId: bytes,
      caller: '*******0000',
      callee: '*95566',
      callerHash: HASH.number(number),
      calleeHash: null,
      retentionClass: 'customer-call',
      state: 'VERIFIED',
      stateReason: null,
      stateSince: wallMs(startedAt + 60_000),
      endedAt: wallMs(startedAt + durationMs),
      durationMs,
      codec: 'PCMA',
      recovered: false,
      lostMs: 0,
      gaps: 0,
      location: `customer-call/${id}`,
      versionId: null,
      bytes: durationMs,
      sha256: bytes,
      manifestSha256: bytes,
      keyEpoch: 'customer-call/2026-11',
      wrappedKey: 'x'.repeat(56),
      lockMode: 'governance',
      lockUntil: wallMs(startedAt + SPAN),
      leafIndex: n,
      problems: [],
      accountHashes: [HASH.account(`6222${Math.floor(random() * 300_000)}`) ?? ''],
      agents: random() < 0.3 ? [`agent-${skewed(random, 500)}`] : [],
      queues: [`queue-${skewed(random, 20)}`],
      intents: [`intent-${skewed(random, 60)}`],
      language: random() < 0.5 ? 'zh' : 'en',
      outcome: random() < 0.9 ? 'caller-hung-up' : 'failed',
      dialplan: 'bank-hotline',
      dialplanVersion: 1 + Math.floor((40 * n) / of),
      level: 'C2',
      holds: n % 10 === 3 ? 1 : 0,
      restricted: n % 997 === 0,
      retainUntil: wallMs(startedAt + SPAN),
    },
  };
}

const HASH = keyedHash(randomBytes(32));

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
      const page = await search.find(query, { restricted: false }, { limit: 50 });
      took.push(performance.now() - began);
      found += page.recordings.length;
      if (page.next === undefined) continue;
      const again = performance.now();
      await search.find(query, { restricted: false }, { limit: 50, after: page.next });
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

async function run(folder: string, recordings: number, rounds: number, server?: DatabaseServer): Promise<object> {
  const file = join(folder, server === undefined ? 'sqlite' : 'postgresql', 'bench.sqlite');
  await using storage = await openStorage(
    { file, migrations: MIGRATIONS, node: 'bench', ...(server === undefined ? {} : { server }) },
    silentLogger,
  );
  const began = performance.now();
  await fill(storage, recordings);
  const seconds = (performance.now() - began) / 1_000;
  const bytes =
    server === undefined
      ? (await stat(file)).size
      : Number(
          (await storage.knex.raw<{ rows: { n: number }[] }>('select pg_database_size(current_database()) as n'))
            .rows[0]?.n,
        );
  return {
    recordings,
    holds: (await storage.knex('legal_hold_item').count<{ n: number }[]>({ n: '*' }))[0]?.n,
    filled_in_s: Math.round(seconds),
    bytes_a_recording: Math.round(bytes / recordings),
    ...(await measure(storage, recordings, rounds)),
  };
}

/**
 * @param recordings - how many lie in the archive
 * @param rounds - queries of each kind
 */
export async function benchSearch(
  database: 'sqlite' | 'postgresql',
  recordings: number,
  rounds: number,
): Promise<object> {
  if (database === 'postgresql' && noPostgresql) return { skipped: 'install the Debian package postgresql' };
  const folder = await mkdtemp(join(tmpdir(), 'bench-search-'));
  try {
    if (database === 'sqlite') return await run(folder, recordings, rounds);
    await using cluster = await openCluster(SERVER);
    const server = await cluster.database();
    const deadlines = { connectMs: 5_000, statementMs: 600_000, answerMs: 600_000 };
    return await run(folder, recordings, rounds, { ...server, deadlines });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const SERVER = ['shared_buffers = 512MB', 'work_mem = 32MB', 'max_wal_size = 4GB', 'autovacuum = off'];
