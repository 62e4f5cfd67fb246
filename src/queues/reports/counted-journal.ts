import { IvrError } from '../../domain/error.ts';
import type { QueueStore } from '../queue-store.ts';
import { cellKey, CountedRows, type KpiLimits, quarterInKey } from './count-rows.ts';
import type { CountStore } from './count-store.ts';
import { emptyQueueCell, merged, type QueueCell, quarterOf, type ReadonlyCells } from './kpi-cells.ts';
import { formatOpenCounts, parseOpenCounts } from './open-counts-json.ts';
import { wallAfter, type WallMs, wallMs } from '../../domain/units.ts';

/** Rows that are counted in memory before their counts are kept; a start reads so many again. */
const KEPT_EVERY_ROWS = 5_000;
/** Of what is shown as it is now: a day, in whatever time zone. */
const SHOWN_MS = 26 * 3_600_000;
/** Of reading what is kept while other nodes count on: each counts for minutes before it keeps anything. */
const TRIES = 8;

/** Counts the rows of a journal once each, and keeps what is past in the database, which other nodes may count into as well. */
export class CountedJournal {
  readonly #store: Pick<QueueStore, 'read'>;
  readonly #counts: CountStore;
  readonly #limits: KpiLimits;
  readonly #keptEveryRows: number;
  /** Of the rows after `#keptTo`. */
  #counting: CountedRows | undefined;
  #keptTo = 0;
  #seq = 0;
  /** Kept ones of the last day. */
  #recent = new Map<string, QueueCell>();
  #latest: ReadonlyMap<string, QueueCell> = new Map();

  constructor(store: Pick<QueueStore, 'read'>, counts: CountStore, limits: KpiLimits, keptEveryRows = KEPT_EVERY_ROWS) {
    this.#store = store;
    this.#counts = counts;
    this.#limits = limits;
    this.#keptEveryRows = keptEveryRows;
  }

  /** Of queues on the last day, as they were when they were last read. */
  get latest(): Pick<ReadonlyCells, 'queues'> {
    return { queues: this.#latest };
  }

  /**
   * Reads on; one call at a time.
   *
   * @param at - Unix ms, now
   * @returns what was counted after row `keptTo`, which changes with the next call; the rest is kept
   * @throws IvrError STORAGE_FAILED
   */
  async readOn(at: WallMs): Promise<{ readonly counted: CountedRows; readonly keptTo: number }> {
    // what another node has counted and kept is not counted here as well
    if (this.#counting !== undefined && (await this.#counts.countedTo()) !== this.#keptTo) this.#counting = undefined;
    let now = this.#counting ?? (await this.#begin(at));
    this.#counting = undefined; // what fails in between is counted anew
    for await (const { row } of this.#store.read(this.#seq + 1)) {
      now.take(row);
      this.#seq = row.seq;
      if (row.seq - this.#keptTo < this.#keptEveryRows) continue;
      const next = await this.#keep(now, at);
      if (next === undefined) return this.readOn(at);
      now = next;
    }
    this.#counting = now;
    this.#latest = merged(this.#recent, now.queues, emptyQueueCell);
    return { counted: now, keptTo: this.#keptTo };
  }

  /** What is read in pages belongs together when nobody has counted on meanwhile. @param read - and up to which row it was counted then */
  async together<T>(read: () => Promise<{ readonly to: number; readonly value: T }>): Promise<T> {
    for (let n = 0; n < TRIES; n++) {
      const { to, value } = await read();
      if ((await this.#counts.countedTo()) === to) return value;
    }
    throw new IvrError('STORAGE_FAILED', 'the counts of the queues change faster than they can be read', {});
  }

  #begin(at: WallMs): Promise<CountedRows> {
    return this.together(async () => {
      const kept = await this.#counts.kept();
      const open = kept === undefined ? undefined : parseOpenCounts(kept.open);
      if (kept !== undefined && open === undefined) await this.#counts.clear();
      this.#keptTo = this.#seq = open === undefined ? 0 : (kept?.seq ?? 0);
      this.#recent = new Map();
      const lastDay = {
        of: 'queue',
        from: quarterOf(wallAfter(at, -SHOWN_MS)),
        until: wallMs(Number.MAX_SAFE_INTEGER),
      } as const;
      for await (const page of this.#counts.read(lastDay))
        for (const { name, quarter, cell } of page) this.#recent.set(cellKey(name, quarter), cell as QueueCell);
      return { to: this.#keptTo, value: new CountedRows(this.#limits, open) };
    });
  }

  /** @returns what counts on; undefined: another node has counted further, and its counts are the same ones */
  async #keep(now: CountedRows, at: WallMs): Promise<CountedRows | undefined> {
    const to = { seq: this.#seq, open: formatOpenCounts(now.open) };
    if (!(await this.#counts.add(this.#keptTo, to, now))) return undefined;
    this.#recent = new Map(
      [...merged(this.#recent, now.queues, emptyQueueCell)].filter(
        ([key]) => quarterInKey(key).quarter >= at - SHOWN_MS,
      ),
    );
    this.#keptTo = this.#seq;
    return new CountedRows(this.#limits, now.open);
  }
}
