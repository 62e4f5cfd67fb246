import { recordingMs, sharedMs } from '../../domain/units.ts';
import type { QueuedRecord } from './spool-queue.ts';
import { formatContent, recordBytes } from './spool-record.ts';
import type { SpoolSegment, WrittenRecord } from './spool-segment.ts';
import type { WrittenSegment } from './spool-catalogue.ts';
import { SpoolSource } from './spool-source.ts';

/*
 * Compaction: what is still needed of old segments is copied forward into a new one, and the old ones go. A crash at any moment leaves records
 * twice, which readers pass over; the old ones go only when the copy is durable. See docs/decisions/0018-one-spool.md.
 */

export type Sources = ReadonlyMap<string, SpoolSource>;

/** Written and synced at a time: commits of calls under way go in between. */
const COPIED_AT_ONCE = 256 << 10;
/** So many small segments are made one, however little is waste in them: each holds a file open. */
const SMALL_ONES = 8;

interface Weighed {
  readonly kept: WrittenSegment;
  /** Bytes of records that are needed. */
  readonly live: number;
  readonly dead: number;
}

/**
 * Which segments are worth it: at least half of each is waste. None while there is less waste than one segment, and than twice what is needed:
 * so the spool is bounded by three times that and two segments more.
 *
 * @param closed - segments of this process that take no more records, the oldest first
 * @param most - of what is copied at a time
 */
export function worthCompacting(
  closed: readonly WrittenSegment[],
  sources: Sources,
  segmentBytes: number,
  most = segmentBytes,
): readonly WrittenSegment[] {
  const weighed = closed.flatMap((kept) => weigh(kept, sources) ?? []);
  const [live, dead] = [sum(weighed.map((one) => one.live)), sum(weighed.map((one) => one.dead))];
  if (dead < Math.max(segmentBytes, 2 * live)) return [];
  const small = weighed.filter(({ kept }) => kept.segment.durable < segmentBytes / 4);
  const wanted = new Set([
    ...weighed.filter((one) => one.dead >= one.live),
    ...(small.length >= SMALL_ONES ? small : []),
  ]);
  const chosen: WrittenSegment[] = [];
  let copied = 0;
  for (const one of weighed) {
    if (!wanted.has(one)) continue;
    if (chosen.length > 0 && copied + one.live > most) break;
    chosen.push(one.kept);
    copied += one.live;
  }
  return chosen;
}

/** Undefined: it holds a recording of which it is not known where its records are. */
function weigh(kept: WrittenSegment, sources: Sources): Weighed | undefined {
  let live = 0;
  for (const recording of kept.needed) {
    const source = sources.get(recording);
    if (source === undefined) return undefined;
    live += source.bytesIn(kept.name);
  }
  return { kept, live, dead: kept.segment.durable - live };
}

/**
 * Copies the needed records of segments, durably. What is released meanwhile is left out.
 *
 * @param vouchedFor - recordings whose release is recorded here, and that others still hold records of
 * @throws what the disk throws; SPOOL_CHANGED when a record does not authenticate any more: nothing was lost, the segments stay
 */
export async function copyForward(
  olds: readonly WrittenSegment[],
  into: SpoolSegment,
  sources: Sources,
  vouchedFor: readonly string[],
): Promise<void> {
  let batch: QueuedRecord[] = [];
  let size = 0;
  const commit = async (): Promise<void> => {
    into.seal(batch);
    await into.commit();
    batch = [];
    size = 0;
  };
  const add = async (record: QueuedRecord): Promise<void> => {
    batch.push(record);
    size += recordBytes(record.content);
    if (size >= COPIED_AT_ONCE) await commit();
  };
  for (const recording of vouchedFor)
    await add({
      source: new SpoolSource(recording, undefined),
      type: 'released',
      content: formatContent(0, recordingMs(0)),
      since: sharedMs(0),
    });
  for (const recording of new Set(olds.flatMap(({ needed }) => [...needed]))) {
    const source = sources.get(recording);
    if (source === undefined) continue;
    // whose they are, though there be no others
    await add({ source, type: 'opened', content: source.opened ?? Buffer.alloc(0), since: sharedMs(0) });
    const parts = olds.map(({ name, segment }) => segment.readRuns(source.runsIn(name)));
    for await (const { type, sequence, at, payload } of inSequence(parts)) {
      if (!olds.some(({ needed }) => needed.has(recording))) break;
      await add({ source, type, content: formatContent(sequence, at, payload), since: sharedMs(0) });
    }
  }
  if (batch.length > 0) await commit();
}

/** Each part is in sequence; what was compacted before may lie in a segment that was made later. `opened` records are left out. */
async function* inSequence(
  parts: readonly AsyncGenerator<WrittenRecord, void, void>[],
): AsyncGenerator<WrittenRecord, void, void> {
  const next = async (part: AsyncGenerator<WrittenRecord, void, void>): Promise<WrittenRecord | undefined> => {
    for (;;) {
      const { value, done } = await part.next();
      if (done === true || value === undefined) return undefined;
      if (value.type !== 'opened') return value;
    }
  };
  const heads = await Promise.all(parts.map(next));
  for (;;) {
    let least: number | undefined;
    for (const [n, head] of heads.entries())
      if (head !== undefined && (least === undefined || head.sequence < (heads[least]?.sequence ?? 0))) least = n;
    const [part, head] = least === undefined ? [] : [parts[least], heads[least]];
    if (least === undefined || part === undefined || head === undefined) return;
    yield head;
    heads[least] = await next(part);
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
