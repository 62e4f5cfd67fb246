import type { Knex } from 'knex';
import { cellKey, quarterInKey } from '../reports/count-rows.ts';
import type { CountStore } from '../reports/count-store.ts';
import { type AgentCell, emptyAgentCell, emptyQueueCell, type QueueCell, summed } from '../reports/kpi-cells.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';

type Scope = 'queue' | 'agent';
interface CellRow {
  readonly scope: Scope;
  readonly name: string;
  readonly quarter: number | string;
  readonly cell: string;
}

/** SQLite takes so many values in one statement. */
const ROWS_A_STATEMENT = 200;

/** The tables of QUEUE_MIGRATIONS that have the counts of past quarters. */
export function openCountStore({ knex }: Pick<Storage, 'knex'>): CountStore {
  const saying = <T>(what: string, work: PromiseLike<T>): Promise<T> => orStorageFailed(what, Promise.resolve(work));
  return {
    async countedTo() {
      const row: { seq: number | string; open: string } | undefined = await saying(
        'reading the counts of the queues',
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
    async read(from, until) {
      const rows: CellRow[] = await saying(
        'reading the counts of the queues',
        knex('queue_count').where('quarter', '>=', from).where('quarter', '<', until).orderBy(['quarter', 'name']),
      );
      const of = <C>(scope: Scope): ReadonlyMap<string, C> =>
        new Map(
          rows.flatMap((row) =>
            row.scope === scope ? [[cellKey(row.name, Number(row.quarter)), JSON.parse(row.cell) as C] as const] : [],
          ),
        );
      return { queues: of<QueueCell>('queue'), agents: of<AgentCell>('agent') };
    },
  };
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
    const before = new Map(stored.map((row) => [cellKey(row.name, Number(row.quarter)), JSON.parse(row.cell) as C]));
    const rows = part.map(({ name, quarter, cell }) => {
      const known = before.get(cellKey(name, quarter));
      const sum = known === undefined ? cell : summed([known, cell], empty());
      return { scope, name, quarter, cell: JSON.stringify(sum) };
    });
    await trx('queue_count').insert(rows).onConflict(['scope', 'name', 'quarter']).merge();
  }
}
