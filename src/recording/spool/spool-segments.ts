import { uuidV7 } from '../../domain/ids.ts';
import type { SharedMs, WallMs } from '../../domain/units.ts';
import { copyForward, type Sources, worthCompacting } from './compact-segments.ts';
import { erasedHead, type SegmentOwner } from './segment-head.ts';
import { type FoundSegment, type KeptSegment, SpoolCatalogue, type WrittenSegment } from './spool-catalogue.ts';
import type { SpoolDisk } from './spool-disk.ts';
import { SpoolSegment } from './spool-segment.ts';

export interface SpoolSegmentsOptions {
  readonly disk: SpoolDisk;
  /** Where it goes on when the disk fails; no recording begins there. */
  readonly spill?: SpoolDisk | undefined;
  /** Monotonic, ms. */
  readonly now: () => SharedMs;
  /** Unix time, ms. */
  readonly wall: () => WallMs;
  readonly owner: SegmentOwner;
  /** 32 bytes: the keys of segments are wrapped under this one. */
  readonly wrapping: Uint8Array;
  /** A segment that has grown beyond this is followed by another. */
  readonly segmentBytes?: number;
  /** The log goes on in the spill. */
  readonly onSpill?: () => void;
}

const SEGMENT_BYTES = 64 << 20;
/** After a compaction that failed. */
const COMPACT_AGAIN_MS = 60_000;
/** In the spill: how often the spool's own disk is tried. */
const RETURN_MS = 5_000;

/** The files of the spool: the one that is written, and those that stay for as long as something in them is needed. */
export class SpoolSegments {
  readonly catalogue = new SpoolCatalogue();
  readonly #options: SpoolSegmentsOptions;
  #current: WrittenSegment | undefined;
  /** On the spool's own disk, for a log that went into the spill. */
  #homecoming: SpoolSegment | undefined;
  #tryHomeAt = 0;
  #trying = false;
  #compactAt = 0;

  constructor(options: SpoolSegmentsOptions) {
    this.#options = options;
  }

  get current(): WrittenSegment | undefined {
    return this.#current;
  }

  get spilled(): boolean {
    return this.#current !== undefined && this.#current.disk !== this.#options.disk;
  }

  /** The one that takes the next commit. @throws what the disk throws */
  async usable(): Promise<WrittenSegment> {
    const { segmentBytes = SEGMENT_BYTES } = this.#options;
    const now = this.#current?.segment;
    if (this.#current !== undefined && now !== undefined && !now.bad) {
      const full = now.durable >= segmentBytes || (this.spilled && this.#homecoming !== undefined);
      if (now.committing || !full) return this.#current;
    }
    const next = this.#homecoming ?? (await this.#newSegment(now));
    this.#homecoming = undefined;
    this.retire();
    this.#current = this.catalogue.add(next);
    return this.#current;
  }

  /** The present one takes no more. */
  retire(): void {
    if (this.#current !== undefined) this.#current.closed = true;
    this.#current = undefined;
  }

  adopt(found: readonly FoundSegment[]): void {
    const { disk, spill } = this.#options;
    for (const each of found) this.catalogue.adopt(each, each.spilled ? (spill ?? disk) : disk);
  }

  /** Removes what may go: its key first, then the file. What cannot be removed now stays for the next time. */
  async removeReleased(): Promise<void> {
    for (;;) {
      const kept = this.catalogue.removable();
      if (kept === undefined) return;
      try {
        await kept.disk.erase(kept.name, erasedHead());
      } catch {
        return;
      }
      kept.segment?.close();
      this.catalogue.forget(kept);
    }
  }

  /**
   * Copies forward what is needed of old segments that hold little else than what is not, so that they go. It may be left and tried again:
   * nothing depends on it but room. One at a time.
   */
  async compact(sources: Sources): Promise<void> {
    const { disk, now, segmentBytes = SEGMENT_BYTES } = this.#options;
    if (this.spilled || now() < this.#compactAt) return;
    const closed = this.catalogue.segments
      .filter(isWritten)
      .filter((kept) => kept.closed && kept.disk === disk && !this.catalogue.vouchesForOpen(kept));
    const olds = worthCompacting(closed, sources, segmentBytes);
    if (olds.length === 0) return;
    let into: WrittenSegment | undefined;
    const recordings = new Set(olds.flatMap(({ needed }) => [...needed]));
    try {
      into = this.catalogue.add(await this.#segmentOn(disk));
      for (const recording of recordings) this.catalogue.note(into, recording);
      const vouchedFor = this.catalogue.vouchedFor(olds);
      await copyForward(olds, into.segment, sources, vouchedFor);
      for (const recording of vouchedFor) this.catalogue.release(into, recording);
      for (const old of olds) {
        for (const recording of recordings) sources.get(recording)?.left(old.name);
        this.catalogue.emptied(old, vouchedFor);
      }
    } catch {
      this.#compactAt = now() + COMPACT_AGAIN_MS;
      if (into !== undefined) {
        for (const recording of recordings) sources.get(recording)?.left(into.name);
        this.catalogue.emptied(into, []);
      }
    }
    if (into !== undefined) into.closed = true;
  }

  /** While the log is in the spill: whether its own disk takes a segment again. */
  tryHome(): void {
    const { disk, now } = this.#options;
    if (!this.spilled || this.#trying || this.#homecoming !== undefined || now() < this.#tryHomeAt) return;
    this.#trying = true;
    void this.#begun(disk)
      .then((segment) => {
        this.#homecoming = segment;
      })
      .catch(() => undefined)
      .finally(() => {
        this.#trying = false;
        this.#tryHomeAt = now() + RETURN_MS;
      });
  }

  /** Those whose files cannot be found any more. */
  async missing(): Promise<readonly WrittenSegment[]> {
    const missing: WrittenSegment[] = [];
    for (const kept of this.catalogue.segments)
      if (isWritten(kept) && kept.segment.durable > 0 && !(await kept.segment.file.present().catch(() => true)))
        missing.push(kept);
    return missing;
  }

  /** What was durable in a file that somebody deleted is written again, on the same disk or in the spill. False: no disk takes it; it is tried again. */
  async restore(kept: WrittenSegment): Promise<boolean> {
    const { disk, spill } = this.#options;
    for (const each of spill === undefined ? [disk] : [disk, spill])
      try {
        await kept.segment.restore(each);
        kept.disk = each;
        return true;
      } catch {
        continue;
      }
    return false;
  }

  close(): void {
    for (const { segment } of this.catalogue.segments) segment?.close();
    this.#homecoming?.close();
  }

  /** On the spool's disk or, when that fails what is under way, on the spill. */
  async #newSegment(before: SpoolSegment | undefined): Promise<SpoolSegment> {
    const { disk, spill, now, onSpill } = this.#options;
    try {
      return await this.#segmentOn(disk);
    } catch (thrown) {
      if (spill === undefined || before === undefined) throw thrown;
      const segment = await this.#segmentOn(spill).catch(() => undefined);
      if (segment === undefined) throw thrown;
      if (before.disk !== spill) onSpill?.();
      this.#tryHomeAt = now() + RETURN_MS;
      return segment;
    }
  }

  async #begun(disk: SpoolDisk): Promise<SpoolSegment> {
    const segment = await this.#segmentOn(disk);
    try {
      await segment.begin();
      return segment;
    } catch (thrown) {
      segment.close();
      throw thrown;
    }
  }

  #segmentOn(disk: SpoolDisk): Promise<SpoolSegment> {
    const { owner, wrapping, wall } = this.#options;
    const created = wall();
    return SpoolSegment.create(disk, { id: uuidV7(created), owner, wrapping, created });
  }
}

const isWritten = (kept: KeptSegment): kept is WrittenSegment => kept.segment !== undefined;
