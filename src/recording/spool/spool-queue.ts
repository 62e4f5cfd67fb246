import type { SharedMs } from '../../domain/units.ts';
import type { RecordType } from './spool-record.ts';
import type { SpoolSource } from './spool-source.ts';

/** A record on its way to the disk. */
export interface QueuedRecord {
  readonly source: SpoolSource;
  readonly type: RecordType;
  /** See spool-record.ts. */
  readonly content: Buffer;
  /** When it came. */
  readonly since: SharedMs;
  /** Told when it is durable. */
  readonly onDurable?: (() => void) | undefined;
}

/** Records in the order in which they came. They leave when they are known to be durable. */
export class SpoolQueue {
  #records: QueuedRecord[] = [];

  get empty(): boolean {
    return this.#records.length === 0;
  }

  /** When the oldest came; undefined when none waits. */
  get oldest(): number | undefined {
    return this.#records[0]?.since;
  }

  push(record: QueuedRecord): void {
    this.#records.push(record);
    record.source.queuedBytes += record.content.length;
  }

  /** The first records, which stay: as many as fit into `bytes`, but one at least. */
  first(bytes: number): readonly QueuedRecord[] {
    let size = 0;
    let count = 0;
    for (const { content } of this.#records) {
      size += content.length;
      if (count > 0 && size > bytes) break;
      count++;
    }
    return this.#records.slice(0, count);
  }

  /** The first `count` are durable. */
  release(count: number): void {
    const durable = this.#records.slice(0, count);
    this.#records = this.#records.slice(count);
    for (const { source, content, onDurable } of durable) {
      source.queuedBytes -= content.length;
      onDurable?.();
    }
  }

  /** Of each source that waits, when its oldest record came. */
  oldestOf(): ReadonlyMap<SpoolSource, number> {
    const oldest = new Map<SpoolSource, number>();
    for (const { source, since } of this.#records) if (!oldest.has(source)) oldest.set(source, since);
    return oldest;
  }
}
