import { wallMs } from '../../domain/units.ts';
import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import { type RecordingId, timeOfUuid } from '../../domain/ids.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import { firstIdAt, monthAfter } from '../index/partitions.ts';
import { firstOrdinalAt, fromRow, ordinalOf, type RecordingRow } from '../index/recording-row.ts';
import { holdsPhrase, unitsOf } from '../words/tokens.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { planSearch, type SearchPlan } from './plan-search.ts';
import type { Search } from './search.ts';

const DEADLINE_MS = 5_000;
/** Candidates of one look: more than a page, since phrases are compared afterwards. */
const BATCH = 100;
const MOST_A_PAGE = 1_000;

/** What is read at once, newest first, and where the next look goes on. */
interface Look {
  readonly rows: readonly RecordingRow[];
  /** Undefined: there is nothing older. */
  readonly next: Place | undefined;
}
interface Place {
  /** Only what sorts before: id, or ordinal of SQLite. */
  readonly before: string | number | undefined;
  /** PostgreSQL: months that the next look goes through. */
  readonly months: number;
}

/** Newest first through the index of words and facets. See `plan-search.ts` for what is asked of it. */
export function openSearch(storage: Storage, hash: KeyedHash): Search {
  const { knex, dialect } = storage;
  const look = dialect === 'sqlite' ? lookInSqlite : lookInPostgresql;

  async function verified(
    rows: readonly RecordingRow[],
    { phrases }: SearchPlan,
  ): Promise<readonly IndexedRecording[]> {
    const recordings = rows.map(fromRow);
    if (phrases.length === 0 || recordings.length === 0) return recordings;
    const texts = new Map<string, string[][]>();
    const segments = await knex('archive_segment')
      .whereIn(
        'recording',
        recordings.map(({ id }) => id),
      )
      .select<{ recording: string; text: string }[]>('recording', 'text');
    for (const { recording, text } of segments) {
      const units = texts.get(recording);
      if (units === undefined) texts.set(recording, [unitsOf(text)]);
      else units.push(unitsOf(text));
    }
    return recordings.filter(({ id }) => phrases.every((phrase) => holdsPhrase(texts.get(id) ?? [], phrase)));
  }

  const find: Search['find'] = async (query, scope, { limit, after }) => {
    const plan = planSearch(query, scope, hash);
    if (plan === 'nothing') return { recordings: [], next: undefined };
    const wanted = Math.min(limit, MOST_A_PAGE);
    const found: IndexedRecording[] = [];
    const until = performance.now() + DEADLINE_MS;
    let place: Place | undefined = { before: await placeOf(after), months: 1 };
    while (place !== undefined && found.length <= wanted) {
      if (performance.now() > until)
        throw new IvrError('DEADLINE_EXCEEDED', 'the search took too long; name a shorter period or more words', {
          what: 'search',
          limit_ms: DEADLINE_MS,
        });
      const { rows, next }: Look = await look(knex, plan, place, Math.max(BATCH, wanted + 1));
      found.push(...(await verified(rows, plan)));
      place = next;
    }
    const recordings = found.slice(0, wanted);
    return { recordings, next: found.length > wanted ? recordings.at(-1)?.id : undefined };
  };

  async function placeOf(after: RecordingId | undefined): Promise<string | number | undefined> {
    if (after === undefined || dialect === 'postgresql') return after;
    const row = await knex<{ id: string; ordinal: number }>('archive_recording').where({ id: after }).first('ordinal');
    return row?.ordinal ?? ordinalOf(after);
  }

  // as the partial index has it
  const hasAgents = async (): Promise<boolean> =>
    (await knex('archive_recording').whereRaw("agents <> '[]'").first('id')) !== undefined;

  return {
    find: (query, scope, page) => orStorageFailed('searching', find(query, scope, page)),
    hasAgents: () => orStorageFailed('searching', hasAgents()),
  };
}

function narrow(query: Knex.QueryBuilder, plan: SearchPlan): void {
  for (const [column, values] of Object.entries(plan.oneOf)) void query.whereIn(`r.${column}`, [...values]);
  for (const [column, value] of Object.entries(plan.atLeast)) void query.where(`r.${column}`, '>=', value);
  for (const [column, value] of Object.entries(plan.atMost)) void query.where(`r.${column}`, '<=', value);
  // `holds > 0` as the partial index has it
  if (plan.onHold !== undefined) void query.whereRaw(plan.onHold ? 'r.holds > 0' : 'r.holds = 0');
  for (const [column, value] of plan.contains) void query.whereLike(`r.${column}`, value);
}

async function lookInSqlite(knex: Knex, plan: SearchPlan, { before }: Place, limit: number): Promise<Look> {
  const words = plan.all.length > 0;
  const key = words ? 'w.rowid' : 'r.ordinal';
  const query = words
    ? knex('archive_words as w').joinRaw('cross join archive_recording as r on r.ordinal = w.rowid') // the words first, whatever SQLite reckons
    : knex('archive_recording as r');
  void query.select('r.*').limit(limit);
  narrow(query, plan);
  if (words)
    void query.whereRaw('w.archive_words match ?', [
      plan.all.map((any) => `(${any.map(ftsTerm).join(' OR ')})`).join(' AND '),
    ]);
  if (before !== undefined) void query.where(key, '<', before);
  if (plan.from !== undefined) void query.where(key, '>=', firstOrdinalAt(plan.from));
  if (plan.until !== undefined) void query.where(key, '<', firstOrdinalAt(plan.until));
  const rows = (await query.orderBy(key, 'desc')) as RecordingRow[];
  const last = rows.at(-1);
  return {
    rows,
    next: rows.length < limit || last === undefined ? undefined : { before: Number(last['ordinal']), months: 1 },
  };
}

const ftsTerm = (token: string): string => `"${token}"`;
const tsTerm = (token: string): string => `'${token}'`;

/** Months are looked through from the newest, each time four times as many: a frequent word fills the page from the first. */
const WIDER = 4;
/** Nodes’ clocks differ: the newest may lie a little ahead. */
const A_DAY = 86_400_000;

/** The words first, and the rows of what they find: a plan of one table's months is made in a fraction of the time of two. */
const IDS_A_LOOK = 400;

async function lookInPostgresql(knex: Knex, plan: SearchPlan, { before, months }: Place, limit: number): Promise<Look> {
  const [oldest] = (await knex('archive_recording').orderBy('id').limit(1).pluck('id')) as string[];
  if (oldest === undefined) return { rows: [], next: undefined };
  const floor = Math.max(timeOfUuid(oldest), plan.from ?? 0);
  const newest = before === undefined ? Date.now() + A_DAY : timeOfUuid(String(before));
  const top = Math.min(newest + 1, plan.until ?? Infinity);
  const words = plan.all.length > 0;
  const from = words ? Math.max(floor, monthAfter(wallMs(top - 1), 1 - months)) : floor;
  const bounds: [string, string][] = [
    ['>=', firstIdAt(wallMs(from))],
    ['<', firstIdAt(wallMs(top))],
  ];
  if (before !== undefined) bounds.push(['<', String(before)]);
  const query = knex('archive_recording as r').select('r.*');
  narrow(query, plan);
  const older: Place | undefined =
    from <= floor ? undefined : { before: firstIdAt(wallMs(from)), months: months * WIDER };
  if (!words) {
    for (const [sign, id] of bounds) void query.where('r.id', sign, id);
    const rows = (await query.orderBy('r.id', 'desc').limit(limit)) as RecordingRow[];
    const last = rows.at(-1);
    return { rows, next: rows.length < limit || last === undefined ? older : { before: String(last['id']), months } };
  }
  const ids = await idsOf(knex, plan, bounds);
  const rows = ids.length === 0 ? [] : ((await query.whereIn('r.id', ids).orderBy('r.id', 'desc')) as RecordingRow[]);
  const last = ids.at(-1);
  return { rows, next: ids.length < IDS_A_LOOK || last === undefined ? older : { before: last, months } };
}

async function idsOf(knex: Knex, plan: SearchPlan, bounds: readonly (readonly [string, string])[]): Promise<string[]> {
  const hits = knex('archive_words')
    .select('recording')
    .whereRaw('tokens @@ ?::tsquery', [plan.all.map((any) => `(${any.map(tsTerm).join('|')})`).join('&')]);
  for (const [sign, id] of bounds) void hits.where('recording', sign, id);
  // materialized: by the index of the tokens, whatever PostgreSQL reckons of the order
  const found: { readonly recording: string }[] = await knex
    .withMaterialized('hit', hits)
    .from('hit')
    .orderBy('recording', 'desc')
    .limit(IDS_A_LOOK);
  return found.map(({ recording }) => recording);
}
