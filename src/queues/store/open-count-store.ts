import type { Knex } from 'knex';
import { cellKey, quarterInKey } from '../reports/count-rows.ts';
import type { CountRange, CountStore, KeptCell } from '../reports/count-store.ts';
import { type AgentCell, emptyAgentCell, emptyQueueCell, type QueueCell, summed } from '../reports/kpi-cells.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import { wallMs } from '../../domain/units.ts';

type Scope = CountRange['of'];
interface CellRow {
  readonly scope: Scope;
  readonly name: string;
  readonly quarter: number | string;
  readonly cell: string;
}

/** SQLite takes so many values in one statement. */
const ROWS_A_STATEMENT = 200;
/** Parsed between two turns of the event loop. */
const PAGE = 2_000;

/** The tables of QUEUE_MIGRATIONS that have the counts of past quarters. */
export function openCountStore({ knex }: Pick<Storage, 'knex'>): CountStore {
  const saying = <T>(what: string, work: PromiseLike<T>): Promise<T> => orStorageFailed(what, Promise.resolve(work));
  const READING = 'reading the counts of the queues';
  return {
    async countedTo() {
      const row: { seq: number | string } | undefined = await saying(
        READING,
        knex('queue_counted').where({ id: 1 }).first('seq'),
      );
      return Number(row?.seq ?? 0);
    },
    async kept() {
      const row: { seq: number | string; open: string } | undefined = await saying(
        READING,
        knex('queue_counted').where({ id: 1 }).first('seq', 'open'),
      );
      return row === undefined ? undefined : { seq: Number(row.seq), open: row.open };
    },
    add: (from, to, { queues, agents }) =>
      saying(
        'keeping the counts of the queues',
        knex.transaction(async (trx) => {
          if (from === 0) await trx('queue_counted').insert({ id: 1, seq: 0, open: '' }).onConflict('id').ignore();
          const changed = await trx('queue_counted').where({ id: 1, seq: from }).update({ seq: to.seq, open: to.open });
          if (changed === 0) return false;
          await addCells(trx, 'queue', queues, emptyQueueCell);
          await addCells(trx, 'agent', agents, emptyAgentCell);
          return true;
        }),
      ),
    clear: () =>
      saying(
        'forgetting the counts of the queues',
        knex.transaction(async (trx) => {
          await trx('queue_count').delete();
          await trx('queue_counted').delete();
        }),
      ),
    async *read(range) {
      let last: KeptCell | undefined;
      do {
        const rows: CellRow[] = await saying(READING, pageOf(knex, range, last));
        const page = rows.map(
          ({ name, quarter, cell }): KeptCell => ({
            name,
            quarter: wallMs(Number(quarter)),
            cell: JSON.parse(cell) as KeptCell['cell'],
          }),
        );
        yield page;
        last = page.length < PAGE ? undefined : page.at(-1);
      } while (last !== undefined);
    },
  };
}

function pageOf(knex: Knex, { of, from, until, names }: CountRange, after: KeptCell | undefined): Knex.QueryBuilder {
  const query = knex('queue_count')
    .where('scope', of)
    .where('quarter', '>=', after?.quarter ?? from)
    .where('quarter', '<', until)
    .orderBy(['quarter', 'name'])
    .limit(PAGE);
  if (names !== undefined) void query.whereIn('name', names);
  if (after !== undefined)
    void query.where((either) => void either.where('quarter', '>', after.quarter).orWhere('name', '>', after.name));
  return query;
}

async function addCells<C extends QueueCell | AgentCell>(
  trx: Knex,
  scope: Scope,
  cells: ReadonlyMap<string, C>,
  empty: () => C,
): Promise<void> {
  const all = [...cells].map(([key, cell]) => ({ ...quarterInKey(key), cell }));
  for (let from = 0; from < all.length; from += ROWS_A_STATEMENT) {
    const part = all.slice(from, from + ROWS_A_STATEMENT);
    const stored: CellRow[] = await trx('queue_count')
      .where({ scope })
      .whereIn(
        ['name', 'quarter'],
        part.map(({ name, quarter }) => [name, quarter]),
      );
    const before = new Map(
      stored.map((row) => [cellKey(row.name, wallMs(Number(row.quarter))), JSON.parse(row.cell) as C]),
    );
    const rows = part.map(({ name, quarter, cell }) => {
      const known = before.get(cellKey(name, quarter));
      const sum = known === undefined ? cell : summed([known, cell], empty());
      return { scope, name, quarter, cell: JSON.stringify(sum) };
    });
    await trx('queue_count').insert(rows).onConflict(['scope', 'name', 'quarter']).merge();
  }
}
